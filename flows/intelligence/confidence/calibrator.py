"""Confidence: the estimated chance that a person accepts or completes an item, from its score.

With few outcomes it is the prior's. From ``platt_from`` outcomes Platt scaling joins in, from
``isotonic_from`` isotonic regression. Each is mixed with the map before it as if that were worth
so many outcomes (pseudo-counts: n / (n + pseudo), as in Dirichlet smoothing, Zhai & Lafferty
2004), and n counts from where the map joined in: so the confidence of a score moves by little
from one outcome to the next. A confidence never falls when the score rises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from flows.errors import InvalidInput
from flows.intelligence.calibration import (
    IsotonicRegression,
    PlattScaling,
    fit_isotonic,
    fit_platt,
    logit,
)
from flows.intelligence.confidence.prior import IDENTITY, Prior, kept

FORMAT = 1
PLATT, ISOTONIC = "platt", "isotonic"

#: Score of the item, 0 to 1, and whether it was accepted or completed.
Outcome = tuple[float, bool | int]


class Calibrator(Protocol):
    """A map from scores to confidences."""

    @property
    def method(self) -> str:
        """``prior``, ``platt`` or ``isotonic``."""
        ...

    def __call__(self, score: float) -> float:
        """The confidence for a score; both 0 to 1."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationSettings:
    """When which map joins in, and how much it has to say.

    ``least_of_each`` outcomes must be positive, and as many negative, before ``platt_from`` is
    reached; rare ones count for more outcomes in the same measure, see ``telling``.
    """

    prior: Prior = IDENTITY
    platt_from: int = 50
    least_of_each: int = 10
    isotonic_from: int = 1000
    platt_pseudo_count: float = 50.0
    isotonic_pseudo_count: float = 500.0

    def telling(self, outcomes: Sequence[Outcome]) -> float:
        """How many outcomes these count as: all, or fewer when almost all are alike."""
        positive = sum(bool(accepted) for _, accepted in outcomes)
        rarer = min(positive, len(outcomes) - positive)
        return min(len(outcomes), rarer * self.platt_from / self.least_of_each)


@dataclass(frozen=True, slots=True)
class Mixed:
    """A fitted map with ``weight`` (0 to 1), and the calibrator before it with the rest."""

    fitted: PlattScaling | IsotonicRegression
    weight: float
    before: Calibrator

    @property
    def method(self) -> str:
        """The name of the fitted map."""
        return PLATT if isinstance(self.fitted, PlattScaling) else ISOTONIC

    def __call__(self, score: float) -> float:
        """The confidence for a score; both 0 to 1."""
        return self.weight * self.fitted(kept(score)) + (1 - self.weight) * self.before(score)


def fit(outcomes: Sequence[Outcome], settings: CalibrationSettings | None = None) -> Calibrator:
    """The calibrator that so many outcomes allow. Raises InvalidInput for a score that is not 0 to 1."""
    chosen = settings or CalibrationSettings()
    if not all(0 <= score <= 1 for score, _ in outcomes):
        raise InvalidInput("a score must be between 0 and 1")
    scores = [kept(score) for score, _ in outcomes]
    accepted = [bool(outcome) for _, outcome in outcomes]
    telling = chosen.telling(outcomes)
    found: Calibrator = chosen.prior
    if telling >= chosen.platt_from:
        weight = _weight(telling, chosen.platt_from, chosen.platt_pseudo_count)
        found = Mixed(_rising(fit_platt(scores, accepted), accepted), weight, found)
    if telling >= max(chosen.isotonic_from, chosen.platt_from):
        weight = _weight(telling, chosen.isotonic_from, chosen.isotonic_pseudo_count)
        found = Mixed(fit_isotonic(scores, accepted), weight, found)
    return found


def _weight(telling: float, joined_at: int, pseudo_count: float) -> float:
    since = telling - joined_at + 1
    return since / (since + pseudo_count)


def _rising(scaling: PlattScaling, accepted: Sequence[bool]) -> PlattScaling:
    """The scaling, or the base rate for all scores when it would turn their order round."""
    if scaling.slope >= 0:
        return scaling
    return PlattScaling(0.0, logit(sum(accepted) / len(accepted)))


def to_document(calibrator: Calibrator) -> dict[str, Any]:
    """The calibrator as plain JSON values; ``from_document`` gives an equal one back."""
    layers = []
    while isinstance(calibrator, Mixed):
        fitted = calibrator.fitted
        values = (
            [fitted.slope, fitted.offset]
            if isinstance(fitted, PlattScaling)
            else [list(knot) for knot in fitted.knots]
        )
        layers.append({"method": calibrator.method, "weight": calibrator.weight, "values": values})
        calibrator = calibrator.before
    if not isinstance(calibrator, Prior):
        raise TypeError(f"no document for {calibrator!r}")
    return {"format": FORMAT, "prior": asdict(calibrator), "layers": layers[::-1]}


def from_document(document: Mapping[str, Any]) -> Calibrator:
    """Raises InvalidInput for what ``to_document`` of this version did not write."""
    if document.get("format") != FORMAT:
        raise InvalidInput(f"the calibration is not of format {FORMAT}: fit it anew")
    try:
        found: Calibrator = Prior(**document["prior"])
        for layer in document["layers"]:
            found = Mixed(_fitted(layer["method"], layer["values"]), float(layer["weight"]), found)
    except (KeyError, TypeError, ValueError, InvalidInput) as error:
        raise InvalidInput(f"the calibration is damaged ({error!r}): fit it anew") from None
    return found


def _fitted(method: str, values: Sequence[Any]) -> PlattScaling | IsotonicRegression:
    if method == PLATT:
        slope, offset = values
        return PlattScaling(float(slope), float(offset))
    if method != ISOTONIC or not values:
        raise ValueError(method)
    return IsotonicRegression(tuple((float(score), float(rate)) for score, rate in values))
