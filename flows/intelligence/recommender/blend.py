"""One score from all sources: a weighted logarithmic pool (Genest & Zidek 1986).

The score of an item is the sum over sources of ``weight * log(1 + share / FLOOR)``, so sources
that agree multiply, and one that knows nothing of an item takes nothing from it. The weights
depend on how much history a person has.
"""

from collections.abc import Mapping, Sequence
from math import log1p

from flows.intelligence.recommender.sources import (
    LATER,
    NAMES,
    NEXT,
    ORDER,
    POPULAR,
    SIMILAR,
    TOGETHER,
    TRENDING,
)

FLOOR = 1e-3  #: A share this small is as good as none.

#: Weight of each source.
Weights = Mapping[str, float]

#: Weights by the number of items in the history: the class of the largest start that is reached.
Blend = Mapping[int, Weights]
CLASSES = (1, 2, 5)

#: Before anything is known of a log: all sources alike, the newest step counted once.
PRIOR: Weights = {NEXT: 0.2, LATER: 0.4, TOGETHER: 0.4, ORDER: 0.3, SIMILAR: 0.3, POPULAR: 0.5, TRENDING: 0.3}
PRIOR_BLEND: Blend = dict.fromkeys(CLASSES, PRIOR)


def history_class(items: int) -> int:
    """The class of a history of so many items; one without any is weighed as the shortest."""
    return max((start for start in CLASSES if start <= items), default=CLASSES[0])


def strength(share: float) -> float:
    """What a share counts for before it is weighted, 0 for no share."""
    return log1p(share / FLOOR)


def scores(shares: Mapping[str, Mapping[int, float]], weights: Weights) -> dict[int, float]:
    """The score of every item that any source with a weight knows."""
    total: dict[int, float] = {}
    for source in NAMES:
        weight = weights[source]
        if weight:
            for place, share in shares[source].items():
                total[place] = total.get(place, 0.0) + weight * log1p(share / FLOOR)
    return total


def best(scores: Mapping[int, float], limit: int) -> Sequence[int]:
    """The places with the highest scores, best first; ties in the order of the catalogue."""
    return sorted(scores, key=lambda place: (-scores[place], place))[:limit]
