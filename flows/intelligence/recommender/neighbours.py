"""Neighbour lists: for every item the few others that one source leads to."""

from collections.abc import Iterable, Mapping, Sequence

NEIGHBOURS = 100  #: Kept per item and source; 50 loses a little accuracy, 200 wins hardly any.
DIGITS = 5

#: Place of the neighbour in the catalogue to its share, strongest first; the shares sum to 1.
Row = Mapping[int, float]

#: One row per item, in the order of the catalogue.
Neighbours = Sequence[Row]


def shares(weights: Mapping[int, float], *, keep: int = NEIGHBOURS) -> Row:
    """The strongest weights as shares of their sum, ties in the order of the catalogue."""
    strongest = sorted((-weight, place) for place, weight in weights.items() if weight > 0)[:keep]
    total = sum(weight for weight, _ in strongest)
    return {place: round(weight / total, DIGITS) for weight, place in strongest}


def all_shares(weights: Mapping[int, Mapping[int, float]], size: int) -> tuple[Row, ...]:
    """``shares`` for each of ``size`` items; an item without weights has an empty row."""
    return tuple(shares(weights.get(place, {})) for place in range(size))


def mixed(rows: Iterable[tuple[Row, float]]) -> dict[int, float]:
    """Weighted mean of rows: the weights sum to 1."""
    total: dict[int, float] = {}
    for row, weight in rows:
        for place, share in row.items():
            total[place] = total.get(place, 0.0) + weight * share
    return total
