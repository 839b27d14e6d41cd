"""How well a model is chosen per question, beside choosing one model per task.

A router sees neither the scores of a tested question nor of any question of its part: training
and every choice of a constant happen in the other parts. A choice weighs the predicted score
against the price; from weight to weight that draws a curve of mean score over mean price.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from flows.errors import InvalidInput
from flows.intelligence.routing.learned import Scored, best_model, folds, train
from flows.intelligence.routing.task_table import Scores

PARTS = 5
#: Score that one USD per million tokens is worth, from "any price" to "nearly only the price".
PRICE_WEIGHTS = (
    0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.12, 0.15, 0.17, 0.2, 0.25,
    0.3, 0.5, 1.0, 3.0,
)  # fmt: skip
STEPS = 20  #: Places at which a curve is compared with a line.


@dataclass(frozen=True, slots=True)
class Point:
    """Mean score, 0 to 1, at a mean price in USD per million tokens."""

    score: float
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterReport:
    """What came of choosing. ``table_*`` choose per task, ``curve`` per question.

    ``cheap`` means at most the price of the cheapest third of the models; ``factors`` are those that
    training chose for corrections, one per part.
    """

    questions: int
    oracle: Point
    best_single: Point
    best_single_model: str
    table: Point
    table_cheap: Point
    table_curve: tuple[tuple[float, Point], ...]
    curve: tuple[tuple[float, Point], ...]
    cheap: float
    factors: tuple[float, ...]


def evaluate(
    rows: Sequence[Scored],
    models: Sequence[str],
    prices: Sequence[float],
    *,
    seed: int = 0,
    told: Callable[[int], None] = lambda part: None,
) -> RouterReport:
    """Test each of five parts once on a router trained on the others; ``told`` hears of each part done.

    Raises InvalidInput when there are fewer than ten questions.
    """
    if len(rows) < 2 * PARTS:
        raise InvalidInput(f"at least {2 * PARTS} questions are needed, two in each part")
    learned: list[Scores] = [()] * len(rows)
    usual: list[Scores] = [()] * len(rows)
    factors = []
    for part, tested in enumerate(folds(len(rows), PARTS, seed)):
        left_out = set(tested)
        router = train([r for n, r in enumerate(rows) if n not in left_out], prices, seed=seed)
        for number in tested:
            learned[number] = router.predict(rows[number].question)
            usual[number] = router.table.predict(rows[number].question.task)
        factors.append(router.factor)
        told(part)
    return _report(rows, models, prices, _Predictions(learned, usual, factors))


@dataclass(frozen=True, slots=True)
class _Predictions:
    """Per question, what the router and the table of its round expected; the factor of each round."""

    learned: Sequence[Scores]
    usual: Sequence[Scores]
    factors: Sequence[float]


def _report(
    rows: Sequence[Scored], models: Sequence[str], prices: Sequence[float], found: _Predictions
) -> RouterReport:
    scores = [row.scores for row in rows]

    def choosing(predicted: Sequence[Scores], weight: float = 0.0) -> Point:
        return _mean(scores, prices, [best_model(row, prices, weight) for row in predicted])

    cheap = sorted(prices)[(len(prices) - 1) // 3]
    means = [fmean(column) for column in zip(*scores, strict=True)]
    affordable = [
        [score if price <= cheap else -1.0 for score, price in zip(row, prices, strict=True)]
        for row in found.usual
    ]
    return RouterReport(
        questions=len(rows),
        oracle=choosing(scores),
        best_single=choosing([means] * len(rows)),
        best_single_model=models[best_model(means, prices, 0.0)],
        table=choosing(found.usual),
        table_cheap=choosing(affordable),
        table_curve=tuple((weight, choosing(found.usual, weight)) for weight in PRICE_WEIGHTS),
        curve=tuple((weight, choosing(found.learned, weight)) for weight in PRICE_WEIGHTS),
        cheap=cheap,
        factors=tuple(found.factors),
    )


def _mean(scores: Sequence[Scores], prices: Sequence[float], chosen: Sequence[int]) -> Point:
    """Mean score and price of the models chosen, one per question."""
    got = [row[model] for row, model in zip(scores, chosen, strict=True)]
    return Point(fmean(got), fmean(prices[model] for model in chosen))


def score_at(curve: Iterable[Point], price: float) -> float:
    """The score of a curve at a mean price: between two points, some questions go by each of them.

    Beyond the dearest point nothing more is to be had; below the cheapest, its own score.
    """
    best: dict[float, float] = {}
    for found in curve:
        best[found.price] = max(found.score, best.get(found.price, 0.0))
    points = sorted(best.items())
    if price <= points[0][0]:
        return points[0][1]
    for (low, worse), (high, better) in pairwise(points):
        if price <= high:
            return worse + (better - worse) * (price - low) / (high - low)
    return points[-1][1]


def margins(curve: Sequence[Point], cheap: Point, dear: Point) -> list[tuple[float, float]]:
    """Prices from one point to another, and how far the curve lies above the line through both."""
    found = []
    for step in range(STEPS + 1):
        share = step / STEPS
        price = cheap.price + share * (dear.price - cheap.price)
        line = cheap.score + share * (dear.score - cheap.score)
        found.append((price, score_at(curve, price) - line))
    return found
