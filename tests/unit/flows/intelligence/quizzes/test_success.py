"""The chance of a right answer, from mastery and difficulty."""

import pytest

from flows.catalogue.question_bank import Question
from flows.intelligence.quizzes.success import expected_success, fit


def question(difficulty: int) -> Question:
    """A question of some difficulty."""
    return Question(
        id="q", skill="s", difficulty=difficulty, stem="?", answer="a", distractors=(), explanation="e"
    )


@pytest.mark.parametrize(
    ("difficulty", "chance"), [(1, 0.874), (2, 0.767), (3, 0.625), (4, 0.483), (5, 0.376)]
)
def test_at_a_middle_mastery(difficulty: int, chance: float) -> None:
    """The chances that the documentation of a question's difficulty promises."""
    assert expected_success(0.5, difficulty) == pytest.approx(chance, abs=0.001)


def test_guessing_is_the_floor() -> None:
    """Who knows nothing is right in one of four cases, and who knows all nearly always."""
    assert expected_success(0.0, 5) == pytest.approx(0.25, abs=0.001)
    assert expected_success(1.0, 1) == pytest.approx(1.0, abs=0.001)


def test_mastery_helps() -> None:
    """A mastery of .8 meets difficulty 3 with .25 + .75 * .8."""
    assert expected_success(0.8, 3) == pytest.approx(0.85)


def test_fit_is_best_at_the_target() -> None:
    """The fit is 1 where seven in ten are right, and falls on both sides."""
    assert fit(0.6, question(3)) == pytest.approx(1.0)
    assert fit(0.6, question(1)) == pytest.approx(0.578, abs=0.001)
    assert fit(0.6, question(5)) == pytest.approx(0.449, abs=0.001)
