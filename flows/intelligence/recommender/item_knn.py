"""Items that the same people take up, in whatever order: item-based nearest neighbours.

Cosine of the items' audiences (Sarwar et al. 2001) with a shrinkage term that pulls pairs with
little support towards nothing (Bell & Koren 2007). The exponent on the candidate's popularity
is below the cosine's one half (Deshpande & Karypis 2004): less is taken from what many know.
"""

from collections import defaultdict
from collections.abc import Mapping

from flows.intelligence.recommender.interactions import Histories
from flows.intelligence.recommender.neighbours import Neighbours, all_shares

SHRINKAGE = 20.0  #: In people.
CANDIDATE_EXPONENT = 0.4
LONGEST = 200  #: Steps of one person that pairs are made from, the newest; the cost is quadratic.


def together(histories: Histories, size: int) -> Neighbours:
    """For each of ``size`` items those with the most similar audience."""
    audience: defaultdict[int, float] = defaultdict(float)
    pairs: defaultdict[int, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for steps in histories.values():
        newest = steps[-LONGEST:]
        for step in newest:
            audience[step.item] += step.strength
            row = pairs[step.item]
            for other in newest:
                row[other.item] += other.strength
    return all_shares({item: _similarities(item, others, audience) for item, others in pairs.items()}, size)


def _similarities(item: int, others: Mapping[int, float], audience: Mapping[int, float]) -> dict[int, float]:
    own = audience[item] ** (1 - CANDIDATE_EXPONENT)
    return {
        other: count / (own * audience[other] ** CANDIDATE_EXPONENT + SHRINKAGE)
        for other, count in others.items()
        if other != item
    }
