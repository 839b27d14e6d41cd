"""How well confidence meets what came of it, from counts by tenth.

The expected calibration error over ten bins of equal width (Naeini, Cooper & Hauskrecht 2015) and
the Brier score (Brier 1950), as flows/intelligence/calibration.py has them for single pairs.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from flows.intelligence.analytics.model import Bin
from flows.intelligence.analytics.rates import DIGITS, rate

BINS = 10


def reliability(bins: Iterable[Bin]) -> dict[str, Any]:
    """Calibration over all given bins, also of several flows; errors are None without any item."""
    by_number: dict[int, list[Bin]] = defaultdict(list)
    for found in bins:
        by_number[found.number].append(found)
    merged = [_merged(number, by_number[number]) for number in sorted(by_number)]
    items = sum(found.items for found in merged)
    return {
        "items": items,
        "ece": round(_surplus(merged) / items, DIGITS) if items else None,
        "brier": round(sum(found.squares for found in merged) / items, DIGITS) if items else None,
        "bins": [_row(found) for found in merged],
    }


def by_flow(bins: Sequence[Bin]) -> list[dict[str, Any]]:
    """Calibration of each flow by itself, by name."""
    names = sorted({found.flow for found in bins})
    return [{"flow": name} | reliability(found for found in bins if found.flow == name) for name in names]


def _merged(number: int, bins: Sequence[Bin]) -> Bin:
    return Bin(
        flow="",
        number=number,
        items=sum(found.items for found in bins),
        accepted=sum(found.accepted for found in bins),
        confidence=sum(found.confidence for found in bins),
        squares=sum(found.squares for found in bins),
    )


def _surplus(bins: Iterable[Bin]) -> float:
    return sum(abs(found.confidence - found.accepted) for found in bins)


def _row(found: Bin) -> dict[str, Any]:
    return {
        "from": found.number / BINS,
        "to": (found.number + 1) / BINS,
        "confidence": round(found.confidence / found.items, DIGITS),
        "accepted": rate(found.accepted, found.items),
    }
