"""Which error a fix was for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.signals.events import Event, Kind
from flows.signals.fixes import resolved_error

START = datetime(2025, 3, 1, 9, tzinfo=UTC)


def happened(minute: float, kind: Kind = Kind.ERROR_HIT, **more: Any) -> Event:
    fields = {"organisation": "acme", "user_id": "ann", "text": "E"} | more
    return Event(id=f"e{minute}", kind=kind, at=START + timedelta(minutes=minute), **fields)


HISTORY = [
    happened(1, session_id="a", item="loop"),
    happened(2, session_id="b", skill="go"),
    happened(3, session_id="b", skill="sql"),
    happened(4, session_id="b", text=""),
    happened(5, Kind.CODE_WRITTEN, session_id="b"),
    happened(9, session_id="b", skill="go"),
]


@pytest.mark.parametrize(
    ("fix", "expected"),
    [
        ({"item": "loop", "session_id": "b"}, "e1"),
        ({"session_id": "b", "skill": "go"}, "e2"),
        ({"session_id": "b", "skill": "rust"}, "e3"),
        ({"session_id": "b"}, "e3"),
        ({"session_id": "c"}, None),
        ({"skill": "go"}, None),
        ({"item": "other"}, None),
    ],
)
def test_item_before_skill_before_session(fix: dict[str, Any], expected: str | None) -> None:
    """The newest that fits and was hit before; what is without words or is no error does not count."""
    found = resolved_error(happened(8, Kind.ERROR_RESOLVED, **fix), HISTORY)
    assert (found.id if found else None) == expected


def test_an_error_after_the_fix_was_not_resolved_by_it() -> None:
    """Only what had happened by then counts, also when the fix is told late."""
    assert resolved_error(happened(0.5, Kind.ERROR_RESOLVED, session_id="a"), HISTORY) is None
