"""What quality to expect of a model: estimates that observations move."""

from dataclasses import replace
from random import Random

import pytest

from flows.catalogue.model_cards import QualityPrior
from flows.intelligence.routing.observations import ModelTally
from flows.intelligence.routing.quality import ExpectedQuality, Posterior, expected_quality
from tests.model_cases import card, tally

WISH = {"task": "code review", "language": "Python", "complexity": "high"}


def expected(*tallies: ModelTally, overall: float = 0.6, **changes: str | None) -> ExpectedQuality:
    return expected_quality(card(overall=overall), tallies, **{**WISH, **changes})


def test_a_posterior_has_a_spread() -> None:
    """Half of four observations: a quarter of all spread is .25 squared."""
    assert Posterior(0.5, 3).deviation == 0.25


def test_without_observations_the_card_decides() -> None:
    """The estimate for the task, with the card's own weight, and nothing judged."""
    prior = QualityPrior(overall=0.6, tasks={"code review": 0.7}, weight=4, source="estimate")
    found = expected_quality(replace(card(), quality=prior), [], **WISH)
    assert (found.here.mean, found.here.strength) == (pytest.approx(0.7), 4)
    assert (found.overall, found.language, found.judged, found.judged_here) == (0.6, 0.6, 0, 0)


def test_a_claim_of_the_card_is_worth_little() -> None:
    """A language that the card names adds .02."""
    found = expected_quality(card(overall=0.6, languages=("Python",)), [], **WISH)
    assert (found.language, found.here.mean) == (pytest.approx(0.62), pytest.approx(0.62))


def test_observations_outweigh_the_card() -> None:
    """Forty uses of .9 leave little of an estimate of .3."""
    found = expected(tally(uses=40, judged=40), overall=0.3)
    assert 0.87 < found.here.mean < 0.9
    assert (found.judged, found.judged_language, found.judged_here) == (40, 40, 40)


def test_uses_that_nobody_judged_say_nothing() -> None:
    """A latency alone does not move the expected quality."""
    found = expected(tally(judged=0, quality=0.0))
    assert (found.here, found.judged) == (Posterior(pytest.approx(0.6), 4), 0)


def test_what_was_seen_elsewhere_helps() -> None:
    """Good work on another task and language lifts the estimate, by less than the same here."""
    elsewhere = expected(tally(task="debugging", language="Go", complexity="low")).here.mean
    assert 0.6 < elsewhere < expected(tally()).here.mean


def test_a_language_is_told_apart() -> None:
    """Better in Python than in Java: so it is expected for a task that neither was tried on."""
    tallies = [tally(task="debugging", quality=0.95), tally(task="debugging", language="Java", quality=0.7)]
    python, java = (expected(*tallies, language=name) for name in ("Python", "Java"))
    assert python.language > python.overall > java.language
    assert python.here.mean > java.here.mean + 0.1
    assert (python.judged_language, python.judged_here) == (10, 0)


def test_complexity_is_told_apart() -> None:
    """Worse at high complexity: so it is expected at high complexity, everything else equal."""
    tallies = [tally(quality=0.6), tally(quality=0.9, complexity="low")]
    high, low = (expected(*tallies, complexity=name).here.mean for name in ("high", "low"))
    assert high < low - 0.05


def test_no_task_is_every_task() -> None:
    """Without a task and a language the whole record counts."""
    found = expected(tally(), tally(task="debugging", language="Go"), task=None, language=None)
    assert (found.judged_here, found.judged) == (20, 20)
    assert found.language == found.overall


def test_the_mean_stays_off_the_ends() -> None:
    """However good the record, a draw from the posterior is possible."""
    found = expected(tally(uses=10_000, judged=10_000, quality=1.0), overall=1.0)
    assert found.here.mean == 0.99
    assert 0 < found.here.draw(Random(1)) <= 1


def test_nothing_is_counted_twice() -> None:
    """A record that is the same everywhere is expected everywhere, and never exceeded."""
    tallies = [tally(task=task, language=language) for task in "abc" for language in ("Go", "Python")]
    found = [expected(*tallies, overall=0.3, task=task).here.mean for task in ("a", "code review")]
    assert all(0.8 < mean < 0.9 for mean in found)


def test_a_language_is_not_blamed_for_its_tasks() -> None:
    """Go was used for a task that goes badly in every language: that says nothing about Go."""
    tallies = [
        tally(task="hard", quality=0.5, language="Go", uses=50, judged=50),
        tally(task="hard", quality=0.5, language="Java", uses=50, judged=50),
        tally(task="easy", quality=0.9, language="Java", uses=100, judged=100),
    ]
    found = expected(*tallies, overall=0.7, language="Go")
    assert found.language == pytest.approx(found.overall, abs=0.02)
