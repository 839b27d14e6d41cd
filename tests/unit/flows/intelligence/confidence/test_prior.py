"""What a score means before there are outcomes."""

import pytest

from flows.errors import InvalidInput
from flows.intelligence.confidence.path_week import WeekFeatures
from flows.intelligence.confidence.prior import IDENTITY, PRIORS, Prior, prior_of


def test_a_typical_score_has_the_base_rate() -> None:
    """And better ones more, on a line through the log-odds."""
    prior = Prior(base_rate=0.2, typical_score=0.6, slope=2.0)
    assert prior(0.6) == pytest.approx(0.2)
    # Odds .25, times the squared ratio of the odds of the scores, 9 to 1.5.
    assert prior(0.9) == pytest.approx(9 / 10)


@pytest.mark.parametrize("flow", [*PRIORS, "a flow to come"])
def test_a_prior_rises_with_the_score_and_is_never_certain(flow: str) -> None:
    """From the lowest score to the highest, for every flow."""
    confidences = [prior_of(flow)(step / 20) for step in range(21)]
    assert confidences == sorted(set(confidences))
    assert 0 < confidences[0] < 0.05 < 0.95 < confidences[-1] < 1


def test_the_confidence_of_a_path_is_its_own_score() -> None:
    """A week's score is a probability already, and stays what it is."""
    week = WeekFeatures(readiness=1, stretch=0, load=1, distance=0).confidence()
    assert prior_of("learning_path") is IDENTITY
    assert IDENTITY(week) == pytest.approx(week) == 0.92


def test_a_score_that_is_none_counts_as_the_least() -> None:
    """NaN is not passed on as a confidence."""
    assert IDENTITY(float("nan")) == IDENTITY(0.0) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"base_rate": 0.0}, "base_rate"),
        ({"base_rate": 1.0}, "base_rate"),
        ({"base_rate": 0.5, "typical_score": 1.0}, "typical_score"),
        ({"base_rate": 0.5, "slope": 0.0}, "slope"),
    ],
)
def test_a_prior_that_is_none_is_refused(fields: dict[str, float], field: str) -> None:
    """Certain base rates and maps that do not rise say nothing of use."""
    with pytest.raises(InvalidInput) as refused:
        Prior(**fields)
    assert refused.value.field == field
