"""Measures and maps of probabilities, against values worked out by hand."""

from collections.abc import Callable, Sequence
from math import isfinite

import pytest

from flows.errors import InvalidInput
from flows.intelligence.calibration import (
    IsotonicRegression,
    accuracy,
    auc,
    brier_score,
    expected_calibration_error,
    fit_isotonic,
    fit_platt,
    log_loss,
    logit,
    sigmoid,
)

near = pytest.approx
Measure = Callable[[Sequence[float], Sequence[bool]], object]


def test_sigmoid_of_any_size() -> None:
    """Log-odds become probabilities, also where an exponential would overflow."""
    assert sigmoid(0) == 0.5
    assert sigmoid(1.3862943611) == near(0.8)
    assert sigmoid(-1.3862943611) == near(0.2)
    assert (sigmoid(1000), sigmoid(-1000)) == (1.0, 0.0)


def test_logit_of_any_probability() -> None:
    """Log-odds are finite even for certainty, and the inverse of the sigmoid elsewhere."""
    assert logit(0.8) == near(1.3862943611)
    assert sigmoid(logit(0.37)) == near(0.37)
    assert isfinite(logit(0.0))
    assert logit(1.0) == near(27.63102, abs=1e-3)


def test_auc_is_the_share_of_pairs_in_order() -> None:
    """Of the four pairs of a true and a false outcome, three are in order."""
    assert auc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75


def test_auc_counts_a_tie_as_half() -> None:
    """Pairs: .5 over .2, .5 ties with .5, .9 over both."""
    assert auc([0.2, 0.5, 0.5, 0.9], [False, True, False, True]) == 0.875
    assert auc([0.3, 0.3, 0.3], [True, False, True]) == 0.5


def test_auc_of_a_reversed_order_is_nought() -> None:
    """What is always the wrong way round scores 0, not an absolute value."""
    assert auc([0.9, 0.1], [False, True]) == 0.0


@pytest.mark.parametrize("outcome", [True, False])
def test_auc_needs_both_outcomes(outcome: bool) -> None:
    """With equal outcomes there is nothing to tell apart."""
    with pytest.raises(InvalidInput, match="true and false"):
        auc([0.2, 0.8], [outcome, outcome])


def test_accuracy() -> None:
    """One half counts as saying true."""
    assert accuracy([0.5, 0.49, 0.9, 0.1], [True, True, False, False]) == 0.5


def test_brier_score() -> None:
    """(.2² + .3²) / 2."""
    assert brier_score([0.8, 0.3], [True, False]) == near(0.065)


def test_log_loss() -> None:
    """-(ln .8 + ln .75) / 2."""
    assert log_loss([0.8, 0.25], [True, False]) == near(0.2554128)


def test_log_loss_of_a_certain_mistake_is_finite() -> None:
    """Certainty that is wrong costs ln of one in 10¹²."""
    assert log_loss([1.0], [False]) == near(27.6310211)
    assert log_loss([0.0], [True]) == near(27.6310211)


def test_expected_calibration_error() -> None:
    """Bin .1 to .2: |.27 - 1|; bin .9 to 1, one included: |2.87 - 2|; of five outcomes."""
    error = expected_calibration_error([0.15, 0.12, 0.95, 0.92, 1.0], [True, False, True, True, False])
    assert error == near(0.32)


def test_calibration_error_by_number_of_bins() -> None:
    """One bin sees only the means, which agree here; two bins see .2 each."""
    assert expected_calibration_error([0.2, 0.8], [False, True], bins=1) == near(0.0)
    assert expected_calibration_error([0.2, 0.8], [False, True], bins=2) == near(0.2)


@pytest.mark.parametrize(
    "measure",
    [
        auc,
        accuracy,
        brier_score,
        log_loss,
        expected_calibration_error,
        fit_platt,
        fit_isotonic,
    ],
)
@pytest.mark.parametrize(
    ("probabilities", "outcomes"),
    [([], []), ([0.5], [True, False]), ([1.2, 0.1], [True, False]), ([float("nan"), 0.1], [True, False])],
)
def test_unusable_pairs_are_refused(
    measure: Measure, probabilities: list[float], outcomes: list[bool]
) -> None:
    """Nothing, unequal lengths, and what is no probability."""
    with pytest.raises(InvalidInput):
        measure(probabilities, outcomes)


def test_platt_tempers_what_is_too_sure() -> None:
    """Said .2 and .8, happened 1/4 and 3/4; the smoothed targets 5/6 and 1/6 make that 1/3, 2/3."""
    said = [0.2] * 4 + [0.8] * 4
    platt = fit_platt(said, [True, False, False, False, True, True, True, False])
    assert (platt.slope, platt.offset) == (near(0.5), near(0.0, abs=1e-9))
    assert (platt(0.2), platt(0.5), platt(0.8)) == (near(1 / 3), near(0.5), near(2 / 3))


def test_platt_shifts_what_is_too_low() -> None:
    """Said .5 and .8, happened 3/4 and 4/4; smoothed (8/9, 1/3): 3/4 and 8/9, log-odds ln 3, ln 8."""
    platt = fit_platt([0.5] * 4 + [0.8] * 4, [True, True, True, False, True, True, True, True])
    assert platt.offset == near(1.0986123)
    assert platt.slope == near(0.7075187)


def test_platt_of_equal_outcomes_stays_moderate() -> None:
    """Three successes at .7 are no certainty: (3 + 1) / (3 + 2)."""
    assert fit_platt([0.7, 0.7, 0.7], [True, True, True])(0.7) == near(0.8)
    assert fit_platt([0.7, 0.7, 0.7], [False, False, False])(0.7) == near(0.2)


def test_platt_survives_certainty() -> None:
    """Certain and wrong twice: the line turns round, to the smoothed targets 2/3 and 1/3."""
    platt = fit_platt([0.0, 1.0], [True, False])
    assert (platt(0.0), platt(1.0)) == (near(2 / 3, abs=1e-4), near(1 / 3, abs=1e-4))


def test_isotonic_pools_what_falls() -> None:
    """The outcomes at .2 and .3 are the wrong way round, so they share their mean."""
    curve = fit_isotonic([0.4, 0.2, 0.1, 0.3], [True, True, False, False])
    assert curve.knots == ((0.1, 0.0), (0.2, 0.5), (0.3, 0.5), (0.4, 1.0))


def test_isotonic_pools_backwards() -> None:
    """Each fall reaches back as far as it must: 1, 1, 0, 0 end as one pool after the first."""
    curve = fit_isotonic([0.1, 0.2, 0.3, 0.4, 0.5], [False, True, True, False, False])
    assert curve.knots == ((0.1, 0.0), (0.2, 0.5), (0.5, 0.5))


def test_isotonic_puts_equal_probabilities_together() -> None:
    """One probability has one value, whatever the order of its outcomes."""
    assert fit_isotonic([0.5, 0.5, 0.5], [True, False, False]).knots == ((0.5, near(1 / 3)),)
    assert fit_isotonic([0.5, 0.5, 0.5], [False, False, True]).knots == ((0.5, near(1 / 3)),)


@pytest.mark.parametrize(
    ("probability", "calibrated"),
    [(0.0, 0.1), (0.2, 0.1), (0.3, 0.2), (0.4, 0.3), (0.5, 0.3), (0.6, 0.3), (0.7, 0.6), (0.9, 0.9)],
)
def test_isotonic_is_straight_between_knots(probability: float, calibrated: float) -> None:
    """Between knots a straight line, beyond the outermost what they say."""
    curve = IsotonicRegression(((0.2, 0.1), (0.4, 0.3), (0.6, 0.3), (0.8, 0.9)))
    assert curve(probability) == near(calibrated)
