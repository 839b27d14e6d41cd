"""Memories that events bring with them."""

from typing import Any

import pytest

from flows.memory.from_events import memories_from_events, memory_from_event
from flows.memory.model import Memory, MemoryKind, Visibility
from flows.signals.events import Event, Kind
from tests.memories import NOW


def event(kind: Kind = Kind.ERROR_RESOLVED, **more: Any) -> Event:
    """An event of ann at acme."""
    fields = {"id": "e-1", "organisation": "acme", "user_id": "ann", "at": NOW, "text": "Renamed it."}
    return Event(kind=kind, **(fields | more))


def test_a_resolved_error_is_a_solution_for_the_team() -> None:
    """The fix is the text, the error that it is for the title; it worked."""
    data = {"error": "KeyError: 'user'", "language": "Python", "minutes": 4}
    sent = event(skill="python-basics", item="python-key-error", session_id="s-1", data=data)
    assert memory_from_event(sent) == Memory(
        id="event:e-1",
        organisation="acme",
        user_id="ann",
        kind=MemoryKind.SOLUTION,
        title="KeyError: 'user'",
        text="Renamed it.",
        skill="python-basics",
        error="KeyError: 'user'",
        tags=("python",),
        success=True,
        visibility=Visibility.TEAM,
        at=NOW,
        session_id="s-1",
        events=("e-1",),
    )


def test_a_session_is_for_the_person_alone() -> None:
    """What a session was about is remembered as such, and nobody else is told."""
    found = memory_from_event(event(Kind.SESSION_CONTEXT, text="debugging", session_id="sess-456"))
    assert found is not None
    assert (found.kind, found.visibility, found.success) == (MemoryKind.SESSION, Visibility.PRIVATE, None)
    assert (found.text, found.session_id) == ("debugging", "sess-456")


@pytest.mark.parametrize("kind", set(Kind) - {Kind.ERROR_RESOLVED, Kind.SESSION_CONTEXT})
def test_other_events_are_not_remembered(kind: Kind) -> None:
    """Only solutions and sessions are worth reminding of."""
    assert memory_from_event(event(kind)) is None


@pytest.mark.parametrize("kind", [Kind.ERROR_RESOLVED, Kind.SESSION_CONTEXT])
@pytest.mark.parametrize("text", ["", " \n"])
def test_without_a_text_there_is_nothing_to_remember(kind: Kind, text: str) -> None:
    """An event that only says that something happened makes no memory."""
    assert memory_from_event(event(kind, text=text)) is None


@pytest.mark.parametrize(("said", "success"), [(True, True), (None, True), (False, False)])
def test_a_fix_worked_unless_it_says_otherwise(said: bool | None, success: bool) -> None:
    """An error that is resolved was resolved by it."""
    found = memory_from_event(event(success=said))
    assert found is not None
    assert found.success is success


def test_what_a_sender_puts_into_an_event_is_bounded() -> None:
    """Texts are cut, and data that is no text is passed over."""
    long = memory_from_event(event(text="x" * 9_000, data={"error": "y" * 9_000, "language": "z" * 41}))
    odd = memory_from_event(event(item="e-7", data={"error": ["no"], "language": 7}))
    assert long is not None
    assert odd is not None
    assert (len(long.text), len(long.title), len(long.error), long.tags) == (4_000, 200, 1_000, ())
    assert (odd.title, odd.error, odd.tags) == ("e-7", "", ())


def test_memories_come_by_organisation() -> None:
    """Each organisation's in the order of its events."""
    events = [event(id="1"), event(id="2", organisation="rival"), event(Kind.CODE_WRITTEN), event(id="3")]
    found = memories_from_events(events)
    assert {name: [m.id for m in ms] for name, ms in found.items()} == {
        "acme": ["event:1", "event:3"],
        "rival": ["event:2"],
    }
