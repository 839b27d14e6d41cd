"""Grading, review dates and history: what answers say."""

from datetime import UTC, date, datetime, timedelta

import pytest

from flows.catalogue.question_bank import Question
from flows.errors import InvalidRequest
from flows.intelligence.quizzes.grading import grade, score
from flows.intelligence.quizzes.history import answered_right, since
from flows.intelligence.quizzes.reviews import review_of
from flows.intelligence.tracing.forgetting import retrievability
from flows.intelligence.tracing.learner import SkillMemory
from flows.signals.events import Event, Kind


def question(number: int) -> Question:
    """A question with the right option "yes"."""
    return Question(
        id=f"q-{number}",
        skill="html",
        difficulty=2,
        stem="?",
        answer="yes",
        distractors=("no", "maybe", "never"),
        explanation="Because.",
    )


QUESTIONS = {f"q-{number}": question(number) for number in (1, 2, 3)}


def answer(number: int, text: str = "yes") -> dict[str, str]:
    """An answer to a question, by the option's text."""
    return {"questionId": f"q-{number}", "optionId": question(number).option_id(text)}


def event(item: str | None, day: int, success: bool, kind: Kind = Kind.QUIZ_ANSWERED) -> Event:
    """An answer on a day of November."""
    at = datetime(2026, 11, day, tzinfo=UTC)
    return Event(
        id=f"{item}-{day}", organisation="acme", user_id="ann", kind=kind, at=at, item=item, success=success
    )


def test_answers_are_right_or_wrong() -> None:
    """Only the right option is right; the result names it and explains."""
    right, wrong = grade(QUESTIONS, [answer(1), answer(2, "never")])

    assert (right.correct, wrong.correct) == (True, False)
    assert wrong.view() == {
        "questionId": "q-2",
        "correct": False,
        "correctOptionId": question(2).option_id("yes"),
        "explanation": "Because.",
    }


def test_the_score_is_of_all_that_was_asked() -> None:
    """A question left out counts as not right."""
    graded = grade(QUESTIONS, [answer(1), answer(2, "no")])

    assert score(graded, 3) == {"right": 1, "answered": 2, "questions": 3, "share": 0.333}


def test_every_fault_is_named() -> None:
    """Unknown questions, doubled answers and options of other questions are refused with their places."""
    foreign = {"questionId": "q-3", "optionId": question(1).option_id("yes")}
    with pytest.raises(InvalidRequest) as caught:
        grade(QUESTIONS, [answer(1), answer(9), answer(1, "no"), foreign])

    assert [(error.field, str(error)) for error in caught.value.errors] == [
        ("answers/1/questionId", "unknown question of this quiz 'q-9'"),
        ("answers/2/questionId", "is answered twice"),
        ("answers/3/optionId", f"q-3 has no option {foreign['optionId']!r}"),
    ]


@pytest.mark.parametrize(
    ("stability", "due", "span"),
    [
        (2.3065, datetime(2026, 11, 8, 15, 35, tzinfo=UTC), "7.6 days"),
        (20.0, datetime(2027, 1, 6, 7, 39, tzinfo=UTC), "66.3 days"),
    ],
)
def test_a_review_is_due_when_recall_falls_under_the_bar(stability: float, due: datetime, span: str) -> None:
    """Recall is .8 at the time the review is due: later the firmer the memory is."""
    practised = datetime(2026, 11, 1, tzinfo=UTC)
    memory = SkillMemory(observations=2, day=practised.timestamp() / 86_400, stability=stability)

    review = review_of("html", "HTML", memory, right=1, of=2)

    assert abs(review.due_at - due) < timedelta(minutes=3)
    days = (review.due_at - practised) / timedelta(days=1)
    assert retrievability(days, stability) == pytest.approx(0.8, abs=1e-6)
    assert review.why == (
        f"1 of 2 right; this was practice 2 of HTML, and its chance of recall falls under 0.80 after {span}."
    )


def test_a_review_is_a_day_away_at_least() -> None:
    """What will be forgotten within hours is due a day later, and the reason says both."""
    practised = datetime(2026, 11, 1, tzinfo=UTC)
    memory = SkillMemory(observations=1, day=practised.timestamp() / 86_400, stability=0.212)

    review = review_of("html", "HTML", memory, right=0, of=1)

    assert abs(review.due_at - datetime(2026, 11, 2, tzinfo=UTC)) < timedelta(seconds=1)
    assert review.why == (
        "0 of 1 right; this was the first practice of HTML, and its chance of recall falls under 0.80"
        " after 16.9 hours; a review comes a day later at the earliest."
    )


def test_a_review_on_the_wire() -> None:
    """A review is sent with its skill, a time with zone, and its reason."""
    memory = SkillMemory(observations=1, day=20_000.0, stability=2.3065)
    view = review_of("html", "HTML", memory, right=1, of=1).view()

    assert set(view) == {"skill", "dueAt", "why"}
    assert view["dueAt"].startswith("2024-10-11T15:")
    assert view["dueAt"].endswith("+00:00")
    assert "this was the first practice of HTML" in view["why"]


def test_the_last_answer_counts() -> None:
    """A question is held back if its last answer was right, whatever came before."""
    events = [
        event("a", 1, True),
        event("b", 1, False),
        event("c", 2, True, Kind.EXERCISE_SOLVED),
        event(None, 2, True),
        event("a", 3, False),
        event("b", 3, True),
    ]
    assert answered_right(events) == {"b"}


def test_answers_count_for_thirty_days() -> None:
    """A quiz looks back to the start of the thirtieth day before it."""
    assert since(date(2026, 11, 30)) == datetime(2026, 10, 31, tzinfo=UTC)
