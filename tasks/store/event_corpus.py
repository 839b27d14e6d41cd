"""All events of all organisations, as trainings read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, bindparam, func, select

from flows.signals.events import Event
from tasks.store.database import answering, reading
from tasks.store.events import StoredEvents
from tasks.store.tables import events, organisations

FIRST = datetime(1970, 1, 1, tzinfo=UTC)

_EXTENT = select(func.count(), func.max(events.c.at)).where(
    events.c.organisation_id == bindparam("organisation")
)


@dataclass(frozen=True, slots=True)
class EventCorpus:
    """Reads events of whole organisations from the durable store."""

    engine: Engine

    def organisations(self) -> Sequence[str]:
        """All there are, sorted. Raises PortUnavailable."""
        with answering(), reading(self.engine).connect() as connection:
            return connection.execute(select(organisations.c.id).order_by(organisations.c.id)).scalars().all()

    def extent(self, organisation: str) -> dict[str, Any]:
        """How many events there are and when the newest happened, as plain JSON.

        Equal extents mean that nothing came, was erased or ran out in between, short of changes
        that cancel each other out. Raises PortUnavailable.
        """
        with answering(), reading(self.engine).connect() as connection:
            count, newest = connection.execute(_EXTENT, {"organisation": organisation}).one()
        return {"events": count, "newest": newest and newest.isoformat()}

    def pages(self, organisation: str) -> Iterator[Sequence[Event]]:
        """All events, oldest first, so many at a time that memory stays bounded. Raises PortUnavailable."""
        return StoredEvents(self.engine).since(organisation, FIRST)
