"""How good probabilities are, and maps that make them mean what they say.

``probabilities`` are 0 to 1 and ``outcomes`` are true or false, of equal length and not empty;
anything else raises InvalidInput. Measures: area under the ROC curve by ranks (Mann & Whitney
1947, Hanley & McNeil 1982), Brier score (Brier 1950), log loss, expected calibration error over
bins of equal width (Naeini, Cooper & Hauskrecht 2015). Maps: Platt scaling (Platt 1999, by Newton
steps as in Lin, Lin & Weng 2007) and isotonic regression by pooling adjacent violators (Ayer et
al. 1955; Zadrozny & Elkan 2002).
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp, inf, log

from flows.errors import InvalidInput

CERTAIN = 1e-12  #: Probabilities are kept this far from 0 and 1 where a logarithm is taken.
NEWTON_STEPS = 100
SMALLEST_STEP = 1e-10
RIDGE = 1e-6  #: Keeps the Newton step defined when all probabilities are equal; moves no optimum.

Pairs = list[tuple[float, bool]]


def sigmoid(logit: float) -> float:
    """Probability of a log-odds; of any size, without overflow."""
    if logit >= 0:
        return 1 / (1 + exp(-logit))
    odds = exp(logit)
    return odds / (1 + odds)


def logit(probability: float) -> float:
    """Log-odds of a probability, which is kept off 0 and 1."""
    kept = min(max(probability, CERTAIN), 1 - CERTAIN)
    return log(kept / (1 - kept))


def _pairs(probabilities: Sequence[float], outcomes: Sequence[bool]) -> Pairs:
    if len(probabilities) != len(outcomes) or not probabilities:
        raise InvalidInput("probabilities and outcomes must be of equal length and not empty")
    if not all(0 <= probability <= 1 for probability in probabilities):
        raise InvalidInput("probabilities must be between 0 and 1")
    return [
        (probability, bool(outcome)) for probability, outcome in zip(probabilities, outcomes, strict=True)
    ]


def _by_probability(pairs: Pairs) -> Iterator[tuple[float, list[bool]]]:
    """Each probability, lowest first, with the outcomes that it was given for."""
    ordered = sorted(pairs, key=lambda pair: pair[0])
    for probability, tied in groupby(ordered, key=lambda pair: pair[0]):
        yield probability, [outcome for _, outcome in tied]


def auc(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Chance that a true outcome was given more than a false one; a tie counts half.

    Raises InvalidInput when all outcomes are equal: there is then nothing to tell apart.
    """
    falses_below, won = 0, 0.0
    for _, tied in _by_probability(_pairs(probabilities, outcomes)):
        trues = sum(tied)
        falses = len(tied) - trues
        won += trues * (falses_below + falses / 2)
        falses_below += falses
    trues = len(outcomes) - falses_below
    if not trues or not falses_below:
        raise InvalidInput("the area under the curve needs true and false outcomes")
    return won / (trues * falses_below)


def accuracy(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Share of outcomes on the side of one half that was given; one half itself says true."""
    pairs = _pairs(probabilities, outcomes)
    return sum((probability >= 0.5) == outcome for probability, outcome in pairs) / len(pairs)


def brier_score(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Mean squared distance to the outcome, 0 (best) to 1."""
    pairs = _pairs(probabilities, outcomes)
    return sum((probability - outcome) ** 2 for probability, outcome in pairs) / len(pairs)


def log_loss(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Mean negative log-likelihood in nats; a certain answer that is wrong costs about 27.6."""
    pairs = _pairs(probabilities, outcomes)
    return -sum(log(max(p if outcome else 1 - p, CERTAIN)) for p, outcome in pairs) / len(pairs)


def expected_calibration_error(
    probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = 10
) -> float:
    """Mean distance between probability and frequency over bins of equal width, by their share."""
    pairs = _pairs(probabilities, outcomes)
    surplus = [0.0] * bins
    for probability, outcome in pairs:
        surplus[min(int(probability * bins), bins - 1)] += probability - outcome
    return sum(abs(total) for total in surplus) / len(pairs)


@dataclass(frozen=True, slots=True)
class PlattScaling:
    """A line through the log-odds: slope under 1 tempers, over 1 sharpens; order is kept."""

    slope: float
    offset: float

    def __call__(self, probability: float) -> float:
        """The calibrated probability."""
        return sigmoid(self.slope * logit(probability) + self.offset)


def fit_platt(probabilities: Sequence[float], outcomes: Sequence[bool]) -> PlattScaling:
    """Platt scaling by maximum likelihood, towards targets just off 0 and 1: with few outcomes, or
    only equal ones, it stays moderate.
    """
    pairs = _pairs(probabilities, outcomes)
    trues = sum(outcome for _, outcome in pairs)
    targets = {True: (trues + 1) / (trues + 2), False: 1 / (len(pairs) - trues + 2)}
    points = [(logit(probability), targets[outcome]) for probability, outcome in pairs]
    slope, offset = 0.0, log((trues + 1) / (len(pairs) - trues + 1))
    for _ in range(NEWTON_STEPS):
        slope_step, offset_step = _newton_step(points, slope, offset)
        slope, offset = slope + slope_step, offset + offset_step
        if abs(slope_step) + abs(offset_step) < SMALLEST_STEP:
            break
    return PlattScaling(slope, offset)


def _newton_step(points: list[tuple[float, float]], slope: float, offset: float) -> tuple[float, float]:
    up_slope = up_offset = 0.0
    slope_slope, slope_offset, offset_offset = RIDGE, 0.0, RIDGE
    for score, target in points:
        probability = sigmoid(slope * score + offset)
        error, curvature = target - probability, probability * (1 - probability)
        up_slope += error * score
        up_offset += error
        slope_slope += curvature * score * score
        slope_offset += curvature * score
        offset_offset += curvature
    determinant = slope_slope * offset_offset - slope_offset * slope_offset
    return (
        (offset_offset * up_slope - slope_offset * up_offset) / determinant,
        (slope_slope * up_offset - slope_offset * up_slope) / determinant,
    )


@dataclass(frozen=True, slots=True)
class IsotonicRegression:
    """A rising curve through ``knots`` (probability, calibrated value); straight between them."""

    knots: tuple[tuple[float, float], ...]

    def __call__(self, probability: float) -> float:
        """The calibrated probability; beyond the outermost knots it stays what it is there."""
        right = bisect_left(self.knots, (probability, -inf))
        if right == len(self.knots):
            return self.knots[-1][1]
        (to, high), (start, low) = self.knots[right], self.knots[max(right - 1, 0)]
        return low + (high - low) * (probability - start) / (to - start) if right and to > start else high


def fit_isotonic(probabilities: Sequence[float], outcomes: Sequence[bool]) -> IsotonicRegression:
    """The rising curve with the least squared error; each pool gives the knots at its two ends."""
    pools: list[tuple[float, float, int, int]] = []  # From, to, true outcomes, outcomes.
    for probability, tied in _by_probability(_pairs(probabilities, outcomes)):
        start, trues, count = probability, sum(tied), len(tied)
        while pools and pools[-1][2] * count >= trues * pools[-1][3]:
            start, _, more_trues, more = pools.pop()
            trues, count = trues + more_trues, count + more
        pools.append((start, probability, trues, count))
    ends = ((end, trues / count) for start, to, trues, count in pools for end in sorted({start, to}))
    return IsotonicRegression(tuple(ends))
