"""Variety among the first places: greedy maximal marginal relevance (Carbonell & Goldstein 1998).

Each next place goes to the item with the largest ``score - strength * similarity``, where the
similarity is that to the most similar item placed before. The first place is that of the best
score, and nobody is overtaken by an item that scores lower by more than ``strength``.
"""

from collections.abc import Sequence

from flows.intelligence.ranker.item import Item
from flows.intelligence.ranker.scoring import Ranked

STRENGTH = 0.1  #: In units of the score.
SAME_SKILL, SAME_TYPE = 0.7, 0.3  #: What each adds to the similarity, which is 0 to 1.
DEPTH = 50  #: Places that are looked at; bounds the time it takes.


def similarity(one: Item, other: Item) -> float:
    """0 to 1, by skill and type."""
    same_skill = one.skill is not None and one.skill == other.skill
    return SAME_SKILL * same_skill + SAME_TYPE * (one.type == other.type)


def diversify(ranked: Sequence[Ranked], strength: float = STRENGTH) -> list[Ranked]:
    """The same items in an order with more variety. ``ranked`` comes best first."""
    if not strength:
        return list(ranked)
    left = list(ranked[:DEPTH])
    nearest = [0.0] * len(left)
    order: list[Ranked] = []
    while left:
        best = max(range(len(left)), key=lambda place: left[place].score - strength * nearest[place])
        chosen = left.pop(best)
        nearest.pop(best)
        order.append(chosen)
        nearest = [
            max(so_far, similarity(one.item, chosen.item)) for one, so_far in zip(left, nearest, strict=True)
        ]
    return [*order, *ranked[DEPTH:]]
