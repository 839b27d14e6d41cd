"""What people did, in the durable store.

A batch is written by one INSERT that leaves out what is there and says what was new, so a sender
who does not know whether a batch arrived sends it again. The batch is one parameter, a JSON list
with a list per event, which the database unpacks: that is up to six times as fast as a parameter
per value (tests/benchmarks/event_store.py), and the statement is always the same.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, TextClause, select, text, tuple_
from sqlalchemy.exc import IntegrityError

from flows.ports import Appended
from flows.signals.events import Event, Kind
from tasks.store.database import answering, ensure_organisation, insert_or_keep, reading
from tasks.store.in_memory_events import checked, storable_text
from tasks.store.tables import events as events_table
from tasks.store.tables import users

Key = tuple[str, str]  #: Organisation and event id.

BATCH = 1000  #: Events per INSERT.

_c = events_table.c
_COLUMNS = (
    *(_c.id, _c.organisation_id, _c.user_id, _c.kind, _c.at),
    *(_c.session_id, _c.skill_id, _c.item, _c.success, _c.text, _c.data),
)

#: SQLite keeps times as text without a zone, PostgreSQL reads them with one.
_ZONE = {"sqlite": "", "postgresql": "+00"}


def _insert_from(unpacked: str, cell: str, casts: Mapping[str, str]) -> TextClause:
    """The INSERT of a dialect, from something with a column ``value`` that holds a JSON list."""
    names = [column.name for column in _COLUMNS]
    cells = [casts.get(name, "{}").format(cell.format(place)) for place, name in enumerate(names)]
    # Without a WHERE, SQLite takes ON CONFLICT for a part of the SELECT.
    return text(
        f"INSERT INTO events ({', '.join(names)}) SELECT {', '.join(cells)} FROM {unpacked} WHERE true"
        " ON CONFLICT DO NOTHING RETURNING organisation_id, id"
    )


_INSERT = {
    "sqlite": _insert_from("json_each(:rows)", "json_extract(value, '$[{}]')", {}),
    "postgresql": _insert_from(
        "jsonb_array_elements(CAST(:rows AS jsonb)) AS unpacked (value)",
        "value ->> {}",
        {"at": "CAST({} AS timestamptz)", "success": "CAST({} AS boolean)"},
    ),
}


class StoredEvents:
    """An EventStore on the durable store; one instance serves all threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._reads = engine, reading(engine)

    def append(self, events: Sequence[Event]) -> Appended:
        """Store what is new, in one transaction; raises InvalidInput and PortUnavailable."""
        with answering():
            try:
                return self._append(events)
            except IntegrityError:
                # Somebody was erased between two statements. What comes after an erasure counts.
                return self._append(events)

    def _append(self, events: Sequence[Event]) -> Appended:
        with self._engine.begin() as connection:
            return write(connection, events)

    def of_user(
        self,
        organisation: str,
        user_id: str,
        *,
        since: datetime | None = None,
        kinds: Collection[Kind] | None = None,
        limit: int | None = None,
    ) -> Sequence[Event]:
        """A person's events, oldest first; ``limit`` keeps the newest. Raises PortUnavailable."""
        wanted: list[ColumnElement[bool]] = [_c.organisation_id == organisation, _c.user_id == user_id]
        if since is not None:
            wanted.append(_c.at >= since)
        if kinds is not None:
            wanted.append(_c.kind.in_([kind.value for kind in kinds]))
        return self._newest(wanted, limit)

    def of_session(self, organisation: str, session_id: str, limit: int) -> Sequence[Event]:
        """The newest events of a session, oldest first. Raises PortUnavailable."""
        return self._newest([_c.organisation_id == organisation, _c.session_id == session_id], limit)

    def _newest(self, wanted: Iterable[ColumnElement[bool]], limit: int | None) -> list[Event]:
        newest_first = select(*_COLUMNS).where(*wanted).order_by(_c.at.desc(), _c.id.desc()).limit(limit)
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(newest_first).all()
        return [_event(row) for row in reversed(rows)]

    def since(self, organisation: str, moment: datetime, page: int = 1000) -> Iterator[Sequence[Event]]:
        """An organisation's events from a moment on, oldest first. Raises PortUnavailable."""
        of_organisation = select(*_COLUMNS).where(_c.organisation_id == organisation)
        oldest_first = of_organisation.order_by(_c.at, _c.id).limit(page)
        query = oldest_first.where(_c.at >= moment)
        while True:
            with answering(), self._reads.connect() as connection:
                rows = connection.execute(query).all()
            if rows:
                yield [_event(row) for row in rows]
            if len(rows) < page:
                return
            query = oldest_first.where(tuple_(_c.at, _c.id) > tuple_(rows[-1].at, rows[-1].id))


def write(connection: Connection, events: Sequence[Event]) -> Appended:
    """Store what is new, inside the caller's transaction; raises InvalidInput."""
    unique: dict[Key, tuple[Event, str]] = {}
    for event, data in zip(events, checked(events), strict=True):
        unique.setdefault((event.organisation, event.id), (event, data))
    _ensure_people(connection, [event for event, _ in unique.values()])
    stored: set[Key] = set()
    keys = iter(sorted(unique))  # So that two writers of the same events cannot wait for each other.
    while batch := list(islice(keys, BATCH)):
        stored |= _insert(connection, [unique[key] for key in batch])
    new = tuple(event for key, (event, _) in unique.items() if key in stored)
    return Appended(new, len(events) - len(new))


def _insert(connection: Connection, batch: Sequence[tuple[Event, str]]) -> set[Key]:
    name = connection.dialect.name
    rows = json.dumps([_row(event, data, _ZONE[name]) for event, data in batch], ensure_ascii=False)
    return {(row[0], row[1]) for row in connection.execute(_INSERT[name], {"rows": rows})}


def _ensure_people(connection: Connection, events: Iterable[Event]) -> None:
    people = sorted({(event.organisation, event.user_id) for event in events})
    for organisation in sorted({organisation for organisation, _ in people}):
        ensure_organisation(connection, organisation)
    rows = [{"organisation_id": organisation, "id": user_id} for organisation, user_id in people]
    if rows:
        connection.execute(insert_or_keep(connection, users), rows)


def _row(event: Event, data: str, zone: str) -> list[Any]:
    """In the order of the columns."""
    at = event.at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds") + zone
    named = (event.id, event.organisation, event.user_id, event.kind.value, at)
    found = (event.session_id, event.skill, event.item, event.success, storable_text(event.text), data)
    return [*named, *found]


def _event(row: Any) -> Event:
    id_, organisation, user_id, kind, at, session_id, skill, item, success, said, data = row
    return Event(
        id=id_,
        organisation=organisation,
        user_id=user_id,
        kind=Kind(kind),
        at=at,
        session_id=session_id,
        skill=skill,
        item=item,
        success=success,
        text=said,
        data=data,
    )
