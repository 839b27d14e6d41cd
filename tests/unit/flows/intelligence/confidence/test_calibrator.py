"""Confidence from outcomes: which map is used when, and what always holds."""

import json
from random import Random
from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.intelligence.calibration import PlattScaling, fit_isotonic, fit_platt
from flows.intelligence.confidence.calibrator import (
    CalibrationSettings,
    Mixed,
    Outcome,
    fit,
    from_document,
    to_document,
)
from flows.intelligence.confidence.prior import Prior
from flows.intelligence.confidence.report import CalibrationReport, calibration_report

PRIOR = Prior(base_rate=0.4)
SETTINGS = CalibrationSettings(prior=PRIOR)
GRID = [step / 50 for step in range(51)]


def outcomes(count: int, seed: int = 1) -> list[Outcome]:
    """Items scored evenly at random, accepted with the square of their score."""
    random = Random(seed)
    return [(score, random.random() < score**2) for score in (random.random() for _ in range(count))]


def alternating(count: int, positive_every: int) -> list[Outcome]:
    """Outcomes of one score, every so many of them positive."""
    return [(0.5, place % positive_every == 0) for place in range(count)]


@pytest.mark.parametrize(
    ("given", "method"),
    [
        ([], "prior"),
        (alternating(49, 2), "prior"),
        (alternating(50, 2), "platt"),
        (alternating(90, 10), "prior"),  # Nine positive ones.
        (alternating(91, 10), "platt"),  # Ten.
        (alternating(999, 2), "platt"),
        (alternating(1000, 2), "isotonic"),
        (alternating(1000, 10), "platt"),  # The rare ones tell as much as 500 outcomes do.
        (alternating(2000, 10), "isotonic"),
    ],
)
def test_the_method_goes_by_the_outcomes_there_are(given: list[Outcome], method: str) -> None:
    """Fifty with ten of each for Platt, a thousand for isotonic regression; few of one kind count less."""
    assert fit(given, SETTINGS).method == method


def test_without_outcomes_the_prior_is_used_as_it_is() -> None:
    """Too few outcomes change nothing."""
    assert fit([], SETTINGS) == fit(alternating(49, 2), SETTINGS) == PRIOR


def test_a_fitted_map_is_mixed_with_the_one_before_it() -> None:
    """By n / (n + pseudo-count), n counting from where the map joined in."""
    given = outcomes(1099)
    scores = [min(max(score, 0.01), 0.99) for score, _ in given]
    accepted = [bool(outcome) for _, outcome in given]
    platt = fit_platt(scores, accepted)(0.7)
    isotonic = fit_isotonic(scores, accepted)(0.7)
    lower = (1050 * platt + 50 * PRIOR(0.7)) / 1100
    assert fit(given, SETTINGS)(0.7) == pytest.approx((100 * isotonic + 500 * lower) / 600)


@pytest.mark.parametrize("count", [50, 1000])
def test_a_confidence_hardly_moves_when_the_method_changes(count: int) -> None:
    """One outcome more, and no confidence moves by more than .02, though the data say otherwise."""
    given = alternating(count, 2)
    before, after = fit(given[:-1], SETTINGS), fit(given, SETTINGS)
    assert before.method != after.method
    assert max(abs(after(score) - before(score)) for score in GRID) < 0.02


@pytest.mark.parametrize("count", [0, 60, 400, 1500])
def test_a_confidence_never_falls_when_the_score_rises(count: int) -> None:
    """Whatever was learned, and it stays a probability; also at the ends."""
    confidences = [fit(outcomes(count), SETTINGS)(score) for score in GRID]
    assert confidences == sorted(confidences)
    assert 0 <= confidences[0] <= confidences[-1] <= 1


def test_outcomes_that_speak_against_the_scores_do_not_turn_them_round() -> None:
    """Where low scores are accepted and high ones are not, Platt gives all the base rate."""
    given = [(0.1, place < 150) for place in range(200)] + [(0.9, place < 50) for place in range(200)]
    calibrator = fit(given, SETTINGS)
    assert isinstance(calibrator, Mixed)
    assert isinstance(calibrator.fitted, PlattScaling)
    assert calibrator.fitted(0.1) == calibrator.fitted(0.9) == pytest.approx(0.5)


def test_confidence_comes_to_mean_what_it_says() -> None:
    """With enough outcomes it is near the true chance, where the prior was far off."""
    calibrator = fit(outcomes(5000), SETTINGS)
    assert PRIOR(0.5) == pytest.approx(0.4)
    assert [calibrator(score) for score in (0.3, 0.5, 0.8)] == pytest.approx([0.09, 0.25, 0.64], abs=0.05)


@pytest.mark.parametrize("count", [0, 100, 1500])
def test_a_calibrator_is_read_back_equal(count: int) -> None:
    """Through JSON text, in every regime."""
    calibrator = fit(outcomes(count), SETTINGS)
    assert from_document(json.loads(json.dumps(to_document(calibrator)))) == calibrator


DOCUMENT = to_document(fit(outcomes(100), SETTINGS))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": 2}, "not of format 1"),
        ({"prior": {}}, "damaged"),
        ({"prior": {"base_rate": 7}}, "damaged"),
        ({"layers": [{}]}, "damaged"),
        ({"layers": [{"method": "magic", "weight": 1, "values": [1]}]}, "damaged"),
        ({"layers": [{"method": "isotonic", "weight": 1, "values": []}]}, "damaged"),
        ({"layers": [{"method": "platt", "weight": 1, "values": [1]}]}, "damaged"),
    ],
)
def test_what_is_no_calibrator_is_refused(changes: dict[str, Any], says: str) -> None:
    """With the advice to fit it anew."""
    with pytest.raises(InvalidInput, match=says):
        from_document({**DOCUMENT, **changes})


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_an_outcome_without_a_score_is_refused(score: float) -> None:
    """A score is 0 to 1."""
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        fit([(score, 1)])


def test_the_report_judges_on_what_was_not_fitted() -> None:
    """Calibration error within .05 with two thousand outcomes; the prior alone is worse."""
    given = outcomes(2000)
    report = calibration_report(given, SETTINGS)
    prior = calibration_report(given, CalibrationSettings(prior=PRIOR, platt_from=10**6))
    assert (report.outcomes, report.method, prior.method) == (2000, "isotonic", "prior")
    assert report.ece is not None
    assert prior.ece is not None
    assert report.ece <= 0.05 < prior.ece
    assert report.brier is not None
    assert prior.brier is not None
    assert report.brier < prior.brier


def test_no_outcome_is_judged_by_a_map_that_saw_it() -> None:
    """Accepted are exactly those of one fifth, which the other four cannot tell."""
    given = [(0.5, place % 5 == 0) for place in range(100)]
    settings = CalibrationSettings(
        prior=PRIOR, platt_from=10, least_of_each=1, platt_pseudo_count=0, isotonic_from=10**6
    )
    report = calibration_report(given, settings)
    # That fifth is judged by the prior (others all alike): .4. The others see 20 positive of 80.
    assert report.brier == pytest.approx((20 * 0.6**2 + 80 * 0.25**2) / 100, abs=0.01)


def test_a_report_without_outcomes_says_so() -> None:
    """No figures are made up, and few outcomes give figures of the prior."""
    assert calibration_report([], SETTINGS) == CalibrationReport(0, None, None, "prior")
    assert calibration_report([(0.5, 1)], SETTINGS) == CalibrationReport(
        1, pytest.approx(0.6), pytest.approx(0.36), "prior"
    )
