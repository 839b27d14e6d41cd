"""How well confidences agree with what happened, judged on outcomes they were not fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass

from flows.intelligence.calibration import brier_score, expected_calibration_error
from flows.intelligence.confidence.calibrator import CalibrationSettings, Outcome, fit

FOLDS = 5


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """Expected calibration error (ten bins) and Brier score over ``outcomes``, None without any.

    ``method`` is the one that is used with all outcomes.
    """

    outcomes: int
    ece: float | None
    brier: float | None
    method: str


def calibration_report(
    outcomes: Sequence[Outcome], settings: CalibrationSettings | None = None
) -> CalibrationReport:
    """Cross-validated: every fifth outcome is judged by a calibrator fitted on the others.

    Deterministic; raises InvalidInput for a score that is not 0 to 1.
    """
    method = fit(outcomes, settings).method
    if not outcomes:
        return CalibrationReport(0, None, None, method)
    confidences = [0.0] * len(outcomes)
    for fold in range(min(FOLDS, len(outcomes))):
        others = [outcome for place, outcome in enumerate(outcomes) if place % FOLDS != fold]
        calibrator = fit(others, settings)
        for place in range(fold, len(outcomes), FOLDS):
            confidences[place] = calibrator(outcomes[place][0])
    accepted = [bool(outcome) for _, outcome in outcomes]
    return CalibrationReport(
        len(outcomes),
        expected_calibration_error(confidences, accepted),
        brier_score(confidences, accepted),
        method,
    )
