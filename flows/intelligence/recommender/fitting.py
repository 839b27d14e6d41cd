"""Weights of the blend from a log: which sources told what people took up next.

A conditional logit (McFadden 1974): the probability that a person takes up an item is the
softmax of the score over the candidates. Fitted by Newton's method with a Gaussian prior, first
for all examples together, then for each class of histories with the common weights as its prior:
with few examples the weights stay near where they began. No weight is below 0, since a source
must not speak against the items it names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from operator import mul

from flows.intelligence.recommender.blend import CLASSES, PRIOR, PRIOR_BLEND, Blend, best, scores, strength
from flows.intelligence.recommender.sources import NAMES, Evidence

HARDEST = 100  #: Candidates per example that the prior ranks highest.
SAMPLED = 50  #: Candidates that stand for all the others: without these, every source looks worse.
PRIOR_STRENGTH = 20.0  #: Inverse variance of the prior.
STEPS = 8  #: Of Newton; on the logs tried, the weights stood still after three.

Vector = Sequence[float]


@dataclass(frozen=True, slots=True)
class Example:
    """What a person took up, and what there was to choose from, by the strengths of the sources."""

    history_class: int
    #: Per source the strength of each candidate; the first candidate is the one taken up.
    strengths: Sequence[Vector]
    #: How many candidates each candidate stands for.
    counts: Vector


def example(seen: Evidence, chosen: int, history_class: int) -> Example | None:
    """One choice to learn from; None when no source knew the item that was chosen."""
    prior = scores(seen.shares, PRIOR)
    if prior.pop(chosen, None) is None:
        return None
    ranked = best(prior, len(prior))
    others = ranked[HARDEST :: max(1, (len(ranked) - HARDEST) // SAMPLED)]
    places = [chosen, *ranked[:HARDEST], *others]
    rows = [seen.shares[name] for name in NAMES]
    strengths = [[strength(row.get(place, 0.0)) for place in places] for row in rows]
    count = (len(ranked) - HARDEST) / len(others) if others else 0.0
    return Example(history_class, strengths, [1.0] * (len(places) - len(others)) + [count] * len(others))


def fit(examples: Sequence[Example]) -> Blend:
    """The weights per class of histories; the prior when there are no examples."""
    if not examples:
        return PRIOR_BLEND
    common = most_likely(examples, [PRIOR[name] for name in NAMES])
    own = {start: [e for e in examples if e.history_class == start] for start in CLASSES}
    fitted = {start: most_likely(mine, common) for start, mine in own.items()}
    return {
        start: {name: round(weight, 4) for name, weight in zip(NAMES, weights, strict=True)}
        for start, weights in fitted.items()
    }


def most_likely(examples: Sequence[Example], prior: Vector) -> list[float]:
    """The weights of the highest posterior probability, each at least 0."""
    weights = list(prior)
    for _ in range(STEPS):
        slope, curvature = derivatives(examples, weights, prior)
        # A weight at 0 that wants to go below stays, and the others move as if it were not there.
        free = [i for i, weight in enumerate(weights) if weight > 0 or slope[i] > 0]
        step = solve([[curvature[i][j] for j in free] for i in free], [slope[i] for i in free])
        for i, change in zip(free, step, strict=True):
            weights[i] = max(0.0, weights[i] + change)
    return weights


def derivatives(
    examples: Sequence[Example], weights: Vector, prior: Vector
) -> tuple[list[float], list[list[float]]]:
    """Gradient of the log posterior, and its negative Hessian."""
    size = range(len(weights))
    slope = [PRIOR_STRENGTH * (p - w) for p, w in zip(prior, weights, strict=True)]
    curvature = [[PRIOR_STRENGTH if i == j else 0.0 for j in size] for i in size]
    for one in examples:
        chances = _chances(one, weights)
        parts = [list(map(mul, chances, strengths)) for strengths in one.strengths]
        means = [sum(part) for part in parts]
        for i in size:
            slope[i] += one.strengths[i][0] - means[i]
            for j in size:
                curvature[i][j] += sum(map(mul, parts[i], one.strengths[j])) - means[i] * means[j]
    return slope, curvature


def _chances(one: Example, weights: Vector) -> list[float]:
    """The softmax over the candidates."""
    totals = [0.0] * len(one.counts)
    for weight, strengths in zip(weights, one.strengths, strict=True):
        totals = [total + weight * value for total, value in zip(totals, strengths, strict=True)]
    top = max(totals)
    odds = [count * exp(total - top) for count, total in zip(one.counts, totals, strict=True)]
    everything = sum(odds)
    return [odd / everything for odd in odds]


def solve(matrix: Sequence[Vector], right: Vector) -> list[float]:
    """Solve a positive definite system by Gaussian elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i, pivot in enumerate(rows):
        for row in rows[i + 1 :]:
            factor = row[i] / pivot[i]
            row[i:] = [value - factor * above for value, above in zip(row[i:], pivot[i:], strict=True)]
    solution: list[float] = []
    for i, row in reversed(list(enumerate(rows))):
        known = sum(map(mul, row[i + 1 : -1], solution))
        solution.insert(0, (row[-1] - known) / row[i])
    return solution
