"""What people did, on a dict, for tests and for running without a database.

It also holds the rules about what can be stored that every event store keeps.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock

from flows.errors import InvalidInput
from flows.ports import Appended
from flows.signals.events import Event, Kind

#: PostgreSQL has no NUL in a text, and neither database has half a character.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\ufffd"

IDS = ("id", "organisation", "user_id", "session_id", "skill", "item")

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class InMemoryEvents:
    """An EventStore that forgets everything with the process."""

    def __init__(self) -> None:
        self._events: dict[str, dict[str, Event]] = {}
        self._lock = Lock()

    def append(self, events: Sequence[Event]) -> Appended:
        """Store what is new; raises InvalidInput."""
        kept = [_kept(event, data) for event, data in zip(events, checked(events), strict=True)]
        new = []
        with self._lock:
            for sent, event in zip(events, kept, strict=True):
                if event.id not in self._events.setdefault(event.organisation, {}):
                    self._events[event.organisation][event.id] = event
                    new.append(sent)
        return Appended(tuple(new), len(events) - len(new))

    def of_user(
        self,
        organisation: str,
        user_id: str,
        *,
        since: datetime | None = None,
        kinds: Collection[Kind] | None = None,
        limit: int | None = None,
    ) -> Sequence[Event]:
        """A person's events, oldest first; ``limit`` keeps the newest."""
        found = [
            event
            for event in self._in_order(organisation, since)
            if event.user_id == user_id and (kinds is None or event.kind in kinds)
        ]
        return found if limit is None else found[max(0, len(found) - limit) :]

    def of_session(self, organisation: str, session_id: str, limit: int) -> Sequence[Event]:
        """The newest events of a session, oldest first."""
        found = [event for event in self._in_order(organisation, None) if event.session_id == session_id]
        return found[max(0, len(found) - limit) :]

    def since(self, organisation: str, moment: datetime, page: int = 1000) -> Iterator[Sequence[Event]]:
        """An organisation's events from a moment on, oldest first, in pages."""
        found = self._in_order(organisation, moment)
        for start in range(0, len(found), page):
            yield found[start : start + page]

    def _in_order(self, organisation: str, since: datetime | None) -> list[Event]:
        with self._lock:
            events = list(self._events.get(organisation, {}).values())
        wanted = (event for event in events if since is None or event.at >= since)
        return [_copy(event) for event in sorted(wanted, key=lambda event: (event.at, event.id))]


def checked(events: Sequence[Event]) -> list[str]:
    """The data of each event as JSON; raises InvalidInput when one cannot be kept as it is."""
    return [_checked(number, event) for number, event in enumerate(events)]


def storable_text(text: str) -> str:
    """A text without the characters that no database keeps."""
    return UNSTORABLE.sub(REPLACEMENT, text)


def _checked(number: int, event: Event) -> str:
    for name in IDS:
        if UNSTORABLE.search(getattr(event, name) or ""):
            raise _unusable(number, name, "has a character that cannot be stored")
    if event.at.tzinfo is None:
        raise _unusable(number, "at", "has no time zone")
    try:
        return _encode(dict(event.data))
    except (TypeError, ValueError, RecursionError) as error:
        raise _unusable(number, "data", f"cannot be written as JSON: {error}") from None


def _unusable(number: int, name: str, why: str) -> InvalidInput:
    return InvalidInput(f"event {number}: {name} {why}", field=f"{number}/{name}")


def _kept(event: Event, data: str) -> Event:
    """The event as a database gives it back."""
    return replace(event, at=event.at.astimezone(UTC), text=storable_text(event.text), data=json.loads(data))


def _copy(event: Event) -> Event:
    return replace(event, data=json.loads(_encode(event.data)))
