"""Sessions: what is going on, from the session's events."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.intelligence.profile.session import SessionContext, session_of
from flows.signals.events import Event, Kind

START = datetime(2025, 3, 1, 9, tzinfo=UTC)


def happened(minute: float, kind: Kind, user_id: str = "ann", **more: Any) -> Event:
    at = START + timedelta(minutes=minute)
    return Event(
        id=f"e{minute}", organisation="acme", user_id=user_id, kind=kind, at=at, session_id="s", **more
    )


def test_a_session_without_events_is_none() -> None:
    """Nobody was there, so there is nothing to tell."""
    assert session_of([]) is None


def test_what_is_going_on() -> None:
    """Skills and prompts newest first, open errors only, times of first and last event."""
    events = [
        happened(1, Kind.CODE_WRITTEN, skill="react-hooks"),
        happened(2, Kind.ERROR_HIT, text="Maximum update depth exceeded", skill="react-hooks"),
        happened(3, Kind.ERROR_HIT, text="ReferenceError: a is not defined", skill="javascript-async"),
        happened(4, Kind.ERROR_RESOLVED, skill="javascript-async"),
        happened(5, Kind.PROMPT_USED, item="p1"),
        happened(6, Kind.PROMPT_USED, item="p2"),
    ]
    assert session_of(events) == SessionContext(
        user_id="ann",
        started_at=START + timedelta(minutes=1),
        last_at=START + timedelta(minutes=6),
        skills=("javascript-async", "react-hooks"),
        errors=("Maximum update depth exceeded",),
        prompts=("p2", "p1"),
    )


def test_what_clients_said_is_kept_newest_last_word() -> None:
    """Newer values replace older ones; what is no short plain value is left out."""
    events = [
        happened(1, Kind.SESSION_CONTEXT, data={"language": "python", "file": "a.py", "open": ["a"]}),
        happened(2, Kind.SESSION_CONTEXT, data={"language": "go", "huge": "x" * 301}, text="refactoring"),
    ]
    found = session_of(events)
    assert found is not None
    assert found.stated == {"language": "go", "file": "a.py", "text": "refactoring"}


def test_what_clients_said_is_bounded() -> None:
    """Values that do not fit into 2,000 characters any more are left out."""
    data = {f"name{number}": "x" * 295 for number in range(10)}
    found = session_of([happened(1, Kind.SESSION_CONTEXT, data=data)])
    assert found is not None
    assert len(found.stated) == 6


def test_two_people_under_one_session_id_are_not_mixed() -> None:
    """The session is the one of whoever was seen last."""
    events = [
        happened(1, Kind.CODE_WRITTEN, skill="go"),
        happened(2, Kind.CODE_WRITTEN, user_id="bob", skill="sql-basics"),
    ]
    found = session_of(events)
    assert found is not None
    assert (found.user_id, found.skills) == ("bob", ("sql-basics",))


def test_a_session_travels_as_json() -> None:
    """A document that went through JSON reads back equal."""
    found = session_of([happened(1, Kind.SESSION_CONTEXT, data={"a": 1, "b": True}, skill="go")])
    assert found is not None
    assert SessionContext.from_document(json.loads(json.dumps(found.to_document()))) == found
