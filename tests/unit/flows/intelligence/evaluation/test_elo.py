"""The reference rating, against values worked out by hand."""

import pytest

from flows.intelligence.evaluation.elo import Elo
from flows.intelligence.tracing.learner import Answer

near = pytest.approx


def test_all_start_equal() -> None:
    """Nobody is known, nothing is hard: one half."""
    elo = Elo()
    assert elo.predict(elo.start(), "loops", "task") == 0.5


def test_four_ratings_share_a_surprise() -> None:
    """After a success all four have moved by .5: log-odds 2, on another item 1.5, skill alone 1.5."""
    elo = Elo()
    student = elo.start()
    elo.observe(student, Answer("loops", True, "task"))
    assert elo.predict(student, "loops", "task") == near(0.880797)
    assert elo.predict(student, "loops", "other") == near(0.817574)
    assert elo.predict(student, "types", "other") == near(0.622459)


def test_difficulties_are_learned_from_everybody() -> None:
    """One student's failure makes skill and item harder for the next: log-odds -1."""
    elo = Elo()
    elo.observe(elo.start(), Answer("loops", False, "task"))
    assert elo.predict(elo.start(), "loops", "task") == near(0.268941, abs=1e-6)


def test_steps_shrink() -> None:
    """The second surprise, 1 - .880797, moves each rating by 1 / 1.05 of it: 2 + 4 x .113526."""
    elo = Elo()
    student = elo.start()
    for _ in range(2):
        elo.observe(student, Answer("loops", True, "task"))
    assert elo.predict(student, "loops", "task") == near(0.920864, abs=1e-5)
