"""Events from what clients send."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.signals.events import Event, Kind
from flows.signals.wire import event_from, event_from_statement

STATEMENT: dict[str, Any] = {
    "id": "s-1",
    "actor": {"mbox": "mailto:ann@example.com"},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
    "object": {"id": "course-7"},
    "timestamp": "2026-11-01T10:00:00+02:00",
}


def test_times_come_out_in_utc() -> None:
    """Whatever zone a client lives in."""
    east = datetime(2026, 11, 1, 10, tzinfo=timezone(timedelta(hours=2)))
    event = event_from("acme", {"id": "e", "userId": "ann", "kind": "error_hit", "at": east})
    assert event == Event(
        id="e",
        organisation="acme",
        user_id="ann",
        kind=Kind.ERROR_HIT,
        at=datetime(2026, 11, 1, 8, tzinfo=UTC),
    )
    assert event.at.tzinfo is UTC


@pytest.mark.parametrize(
    ("verb", "kind"),
    [
        ("http://adlnet.gov/expapi/verbs/attempted", Kind.EXERCISE_ATTEMPTED),
        ("http://adlnet.gov/expapi/verbs/passed", Kind.EXERCISE_SOLVED),
        ("http://adlnet.gov/expapi/verbs/failed", Kind.EXERCISE_ATTEMPTED),
        ("http://adlnet.gov/expapi/verbs/initialized/", Kind.COURSE_STARTED),
        ("http://activitystrea.ms/schema/1.0/COMPLETED", Kind.COURSE_COMPLETED),
    ],
)
def test_verbs(verb: str, kind: Kind) -> None:
    """The last part of a verb's address says what happened."""
    assert event_from_statement("acme", {**STATEMENT, "verb": {"id": verb}}, "s").kind is kind


def test_a_whole_statement() -> None:
    """Every part that we know goes into the event."""
    statement = {
        **STATEMENT,
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
        "actor": {"account": {"name": "ann"}, "mbox": "mailto:other@example.com"},
        "result": {"success": True, "response": "42"},
        "context": {"registration": "r-1", "extensions": {"https://x.example/skill": "go-basics"}},
    }
    assert event_from_statement("acme", statement, "s") == Event(
        id="s-1",
        organisation="acme",
        user_id="ann",
        kind=Kind.QUIZ_ANSWERED,
        at=datetime(2026, 11, 1, 8, tzinfo=UTC),
        session_id="r-1",
        skill="go-basics",
        item="course-7",
        success=True,
        text="42",
    )


def test_a_mailbox_names_a_person_without_an_account() -> None:
    """The address without its scheme."""
    assert event_from_statement("acme", STATEMENT, "s").user_id == "ann@example.com"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ""}, "s/id"),
        ({"actor": "ann"}, "s/actor"),
        ({"actor": {}}, "s/actor/mbox"),
        ({"actor": {"account": {}}}, "s/actor/account/name"),
        ({"verb": {"id": "http://x.example/sneezed"}}, "s/verb/id"),
        ({"object": None}, "s/object"),
        ({"object": {}}, "s/object/id"),
        ({"timestamp": "soon"}, "s/timestamp"),
        ({"timestamp": "2026-11-01T10:00:00"}, "s/timestamp"),
        ({"result": []}, "s/result"),
        ({"context": {"extensions": 1}}, "s/context/extensions"),
        ({"verb": {"id": "http://adlnet.gov/expapi/verbs/answered"}}, "s/result/success"),
    ],
)
def test_a_part_that_cannot_be_used(change: dict[str, Any], field: str) -> None:
    """The error names the part."""
    with pytest.raises(InvalidInput) as refused:
        event_from_statement("acme", {**STATEMENT, **change}, "s")
    assert refused.value.field == field
