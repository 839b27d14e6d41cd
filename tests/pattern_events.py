"""Events for tests of patterns, with what does not matter filled in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.signals.events import Event, Kind

MONDAY = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)


def at(minute: float) -> datetime:
    """So many minutes after nine on Monday."""
    return MONDAY + timedelta(minutes=minute)


def event(minute: float = 0, kind: Kind = Kind.EXERCISE_ATTEMPTED, **changes: Any) -> Event:
    """An event of ann of acme; its id says whose it is and when."""
    person = changes.get("user_id", "ann")
    fields = {
        "id": f"{person}-{minute:g}",
        "organisation": "acme",
        "user_id": "ann",
        "kind": kind,
        "at": at(minute),
        "session_id": "session-1",
    }
    return Event(**{**fields, **changes})


def skills(person: str, names: str | Sequence[str], **changes: Any) -> list[Event]:
    """A person works on one skill a minute: ``skills("ann", "abc")``."""
    return [event(minute, user_id=person, skill=name, **changes) for minute, name in enumerate(names)]


def courses(person: str, names: str | Sequence[str], **changes: Any) -> list[Event]:
    """A person completes one course a minute."""
    kind = Kind.COURSE_COMPLETED
    return [event(minute, kind, user_id=person, item=name, **changes) for minute, name in enumerate(names)]


def hit(minute: float, text: str, **changes: Any) -> Event:
    """A person meets an error."""
    return event(minute, Kind.ERROR_HIT, text=text, **changes)


def fix(minute: float, text: str, **changes: Any) -> Event:
    """A person resolves an error."""
    return event(minute, Kind.ERROR_RESOLVED, text=text, **changes)
