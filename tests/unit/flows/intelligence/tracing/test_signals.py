"""What events say about a skill."""

import pytest

from flows.errors import InvalidInput
from flows.intelligence.tracing.learner import Answer
from flows.intelligence.tracing.signals import answer_from


@pytest.mark.parametrize("correct", [True, False])
def test_a_quiz_answer_is_an_answer(correct: bool) -> None:
    """It says in full what its outcome is."""
    found = answer_from("quiz_answered", "loops", item="q1", day=2.0, correct=correct)
    assert found == Answer("loops", correct, "q1", 2.0, 1.0)


def test_a_quiz_answer_needs_its_outcome() -> None:
    """Without one it says nothing that could be guessed."""
    with pytest.raises(InvalidInput) as caught:
        answer_from("quiz_answered", "loops")
    assert caught.value.field == "correct"


@pytest.mark.parametrize(
    ("kind", "correct", "weight"),
    [
        ("exercise_solved", True, 1.0),
        ("exercise_attempted", False, 0.3),
        ("course_completed", True, 0.5),
        ("error_resolved", True, 0.3),
        ("error_hit", False, 0.3),
    ],
)
def test_other_events_have_an_outcome_of_their_own(kind: str, correct: bool, weight: float) -> None:
    """Solving and completing speak for the skill, attempts and errors against it, most of them weakly."""
    assert answer_from(kind, "loops", item="x", day=1.5) == Answer("loops", correct, "x", 1.5, weight)


@pytest.mark.parametrize("kind", ["course_started", "prompt_dismissed", "code_written"])
def test_most_events_say_nothing(kind: str) -> None:
    """Starting a course is no evidence of mastering it."""
    assert answer_from(kind, "loops") is None
