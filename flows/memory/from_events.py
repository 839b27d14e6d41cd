"""Memories that nobody has to write: made from what people do."""

from collections.abc import Iterable

from flows.memory.model import MAX_ERROR, MAX_TEXT, MAX_TITLE, Memory, MemoryKind, Visibility
from flows.signals.events import Event, Kind

ERROR = "error"  #: Where an event's data has the message that a fix was for.
LONGEST_LANGUAGE = 40  #: Characters; what is longer is no name of a language.


def memory_from_event(event: Event) -> Memory | None:
    """The memory in an event, None when there is none.

    What resolved an error is a solution that the team may be reminded of. What a session was about
    is for the person alone. Both need a text.
    """
    text = event.text.strip()
    if not text:
        return None
    if event.kind is Kind.ERROR_RESOLVED:
        return _solution(event, text)
    return _session(event, text) if event.kind is Kind.SESSION_CONTEXT else None


def memories_from_events(events: Iterable[Event]) -> dict[str, list[Memory]]:
    """All that is worth remembering of these events, by organisation, in their order."""
    found: dict[str, list[Memory]] = {}
    for event in events:
        if memory := memory_from_event(event):
            found.setdefault(memory.organisation, []).append(memory)
    return found


def _solution(event: Event, text: str) -> Memory:
    error = _said(event, ERROR)
    return Memory(
        id=_id(event),
        organisation=event.organisation,
        user_id=event.user_id,
        kind=MemoryKind.SOLUTION,
        title=(error or event.item or "")[:MAX_TITLE],
        text=text[:MAX_TEXT],
        skill=event.skill,
        error=error[:MAX_ERROR],
        tags=_tags(event),
        success=event.success is not False,
        visibility=Visibility.TEAM,
        at=event.at,
        session_id=event.session_id,
        events=(event.id,),
    )


def _session(event: Event, text: str) -> Memory:
    return Memory(
        id=_id(event),
        organisation=event.organisation,
        user_id=event.user_id,
        kind=MemoryKind.SESSION,
        text=text[:MAX_TEXT],
        skill=event.skill,
        tags=_tags(event),
        at=event.at,
        session_id=event.session_id,
        events=(event.id,),
    )


def _id(event: Event) -> str:
    return f"event:{event.id}"


def _tags(event: Event) -> tuple[str, ...]:
    language = _said(event, "language")
    return (language.lower(),) if language and len(language) <= LONGEST_LANGUAGE else ()


def _said(event: Event, name: str) -> str:
    """A text in the event's data, which is the sender's own."""
    value = event.data.get(name)
    return value.strip() if isinstance(value, str) else ""
