"""The names a person probably meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher

LEAST_LIKENESS = 0.6


def nearest(name: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """Up to ``limit`` names most alike, best first; ties in alphabetical order.

    A name that contains the asked one, or is contained in it, counts as very alike, since
    people abbreviate.
    """
    asked = _letters(name)
    scored = sorted((-_likeness(asked, _letters(candidate)), candidate) for candidate in set(names))
    return [candidate for score, candidate in scored[:limit] if score <= -LEAST_LIKENESS]


def _letters(name: str) -> str:
    """Letters and digits only: people forget where the dashes go."""
    return "".join(character for character in name.lower() if character.isalnum())


def _likeness(asked: str, candidate: str) -> float:
    ratio = SequenceMatcher(None, asked, candidate).ratio()
    contained = len(asked) >= 3 and (asked in candidate or candidate in asked)
    return max(ratio, 0.7 + 0.3 * ratio) if contained else ratio
