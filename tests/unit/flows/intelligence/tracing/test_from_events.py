"""Which answer an event stands for."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from flows.intelligence.tracing.from_events import answer_of
from flows.intelligence.tracing.learner import Answer
from flows.signals.events import Event, Kind

NOON = datetime(1970, 1, 3, 12, tzinfo=UTC)


def event(kind: Kind, **changes: Any) -> Event:
    fields = {"id": "1", "organisation": "acme", "user_id": "ann", "at": NOON, "skill": "go", "item": "go/1"}
    return Event(kind=kind, **fields | changes)


@pytest.mark.parametrize("correct", [True, False])
def test_a_quiz_answer_counts_in_full(correct: bool) -> None:
    """Skill, item, outcome and the day, in days since 1970, become the answer."""
    found = answer_of(event(Kind.QUIZ_ANSWERED, success=correct))
    assert found == Answer("go", correct, "go/1", 2.5, 1.0)


def test_a_weaker_signal_has_its_weight() -> None:
    """An attempt counts less than an answer."""
    assert answer_of(event(Kind.EXERCISE_ATTEMPTED)) == Answer("go", False, "go/1", 2.5, 0.3)


def test_the_day_is_the_same_in_any_zone() -> None:
    """The moment decides, not how it is written."""
    delhi = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert answer_of(event(Kind.EXERCISE_SOLVED, at=delhi)) == Answer("go", True, "go/1", 2.5, 1.0)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Kind.QUIZ_ANSWERED, {"success": True, "skill": None}),
        (Kind.QUIZ_ANSWERED, {"success": None}),
        (Kind.CODE_WRITTEN, {}),
        (Kind.PROMPT_ACCEPTED, {"success": True}),
        (Kind.SESSION_CONTEXT, {}),
    ],
)
def test_what_says_nothing_is_no_answer(kind: Kind, changes: dict[str, Any]) -> None:
    """Events without a skill, without a judgement, or of a kind that shows no skill are left out."""
    assert answer_of(event(kind, **changes)) is None
