"""The names a person probably meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest(name: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """Up to ``limit`` names most alike, best first; ties in alphabetical order.

    A name that contains the asked one, or is contained in it, counts as very alike, since
    people abbreviate ("full-stack" is caught by spelling, "react" by containment).
    """
    asked = name.lower()
    scored = sorted((-_likeness(asked, candidate.lower()), candidate) for candidate in set(names))
    return [candidate for score, candidate in scored[:limit] if score <= -0.5]


def _likeness(asked: str, candidate: str) -> float:
    ratio = SequenceMatcher(None, asked, candidate).ratio()
    contained = len(asked) >= 3 and (asked in candidate or candidate in asked)
    return max(ratio, 0.7 + 0.3 * ratio) if contained else ratio
