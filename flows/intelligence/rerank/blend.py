"""Rules and model in one order, with a bound on what the model can do."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from math import fsum

from flows.intelligence.ranker.scoring import Contribution, Ranked, placed

MODEL = "model"  #: The name of the model's part in a score.
MOST_WEIGHT = 0.5  #: The model never counts for more than the rules.


def blended(ranked: Sequence[Ranked], order: Sequence[int], weight: float) -> tuple[Ranked, ...]:
    """The ranking with its first ``len(order)`` items in an order made of both.

    ``order`` holds their places from 0 on, the model's favourite first, each once. An item's score
    becomes ``(1 - weight) * score + weight * rank``, where rank is 1 for the favourite and goes
    down to 0 in equal steps: no item gains more than ``weight``, whatever the model says. Items
    are compared by that, with one difference: where variety or rules put an item before others
    of a higher score, it counts as high as the highest of them, so that with no weight the order
    stays as it is. What is beyond the pool stays where it is, with its score.
    """
    pool = ranked[: len(order)]
    ranks = _ranks(order)
    worth = list(accumulate((one.score for one in reversed(pool)), max))[::-1]
    blend = [(1 - weight) * rules + weight * rank for rules, rank in zip(worth, ranks, strict=True)]
    scored = [_scored(one, rank, weight) for one, rank in zip(pool, ranks, strict=True)]
    best_first = sorted(range(len(pool)), key=lambda place: -blend[place])
    return placed([*(scored[place] for place in best_first), *ranked[len(order) :]])


def moved(before: Sequence[Ranked], after: Sequence[Ranked]) -> int:
    """How many items stand at another place than before."""
    return sum(one.item.id != other.item.id for one, other in zip(before, after, strict=True))


def _ranks(order: Sequence[int]) -> list[float]:
    """1 for the first place in the order down to 0 for the last, by item."""
    last = max(1, len(order) - 1)
    ranks = [0.0] * len(order)
    for number, place in enumerate(order):
        ranks[place] = 1 - number / last
    return ranks


def _scored(one: Ranked, rank: float, weight: float) -> Ranked:
    """The item with its blended score, which is the sum of its contributions as before."""
    parts = [
        replace(part, weight=(1 - weight) * part.weight, contribution=(1 - weight) * part.contribution)
        for part in one.contributions
    ]
    parts.append(Contribution(MODEL, rank, weight, weight * rank))
    parts.sort(key=lambda part: (-part.contribution, part.feature))
    return replace(one, score=fsum(part.contribution for part in parts), contributions=tuple(parts))
