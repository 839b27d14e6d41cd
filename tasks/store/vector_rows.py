"""Which memories the index of vectors holds, or may hold: the rows that say so.

A row is there before its point and goes after it, so no point is without one. ``claimed`` is a row whose
point a run is making at this moment, by ``claim``; ``indexed`` has a point; ``stale`` may have one of
another text, and ``refused`` has none, since the model does not take its text.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, select, tuple_, update

from flows.memory.embeddings.level import Level
from flows.memory.model import Memory
from tasks.store.database import answering, insert_or_keep, insert_or_replace, reading
from tasks.store.memory_search import COLUMNS, memory_of
from tasks.store.tables import memories, memory_indexes, memory_vectors

#: A claim holds this long. Whoever has it begins nothing after half of that, and no call takes so long.
CLAIM = timedelta(minutes=10)

_m, _v = memories.c, memory_vectors.c


class State(StrEnum):
    """What is known of a point."""

    CLAIMED = "claimed"
    INDEXED = "indexed"
    STALE = "stale"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """A collection for the vectors of one model, and what a cosine means in it."""

    collection: str
    dimension: int
    level: Level


@dataclass(frozen=True, slots=True)
class Held:
    """A point that may be in a collection."""

    organisation: str
    number: int
    collection: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """Memories whose points one run may make, by number, until ``begin_by``."""

    token: str
    memories: dict[int, Memory]
    begin_by: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one collection: memories in the store, rows with a point, and all rows."""

    memories: int
    indexed: int
    rows: int


class VectorRows:
    """The rows. Everything raises PortUnavailable."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine, self._reads, self._now = engine, reading(engine), now

    def built(self, fingerprint: str) -> BuiltIndex | None:
        """The collection for vectors of this kind, None before there is one."""
        query = select(memory_indexes).where(memory_indexes.c.fingerprint == fingerprint)
        with answering(), self._reads.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return BuiltIndex(row.collection, row.dimension, Level(row.unrelated, row.related))

    def keep(self, fingerprint: str, built: BuiltIndex) -> None:
        """Say that there is a collection."""
        row = {
            "fingerprint": fingerprint,
            "collection": built.collection,
            "dimension": built.dimension,
            "unrelated": built.level.unrelated,
            "related": built.level.related,
            "at": self._now(),
        }
        with answering(), self._engine.begin() as connection:
            connection.execute(insert_or_replace(connection, memory_indexes), row)

    def orphans(self, limit: int) -> list[Held]:
        """Points whose memory is gone, in any collection."""
        joined = memory_vectors.outerjoin(memories, _m.number == _v.number)
        query = select(_v.organisation_id, _v.number, _v.collection).select_from(joined)
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(query.where(_m.number.is_(None)).limit(limit)).all()
        return [Held(row.organisation_id, row.number, row.collection) for row in rows]

    def let_go(self, held: Collection[Held]) -> int:
        """Delete rows whose points are gone, but for those whose point a run may be making now."""
        being_made = (_v.state == State.CLAIMED.value) & (_v.at > self._now() - CLAIM)
        keys = [(each.organisation, each.number, each.collection) for each in held]
        key = tuple_(_v.organisation_id, _v.number, _v.collection)
        with answering(), self._engine.begin() as connection:
            return connection.execute(delete(memory_vectors).where(key.in_(keys), ~being_made)).rowcount

    def claim(self, collection: str, after: int, limit: int) -> tuple[Claimed, int | None]:
        """Memories without a point, by number from ``after`` on; and the last number looked at.

        That is None when none is left.
        """
        token, now = uuid4().hex, self._now()
        with answering(), self._engine.begin() as connection:
            wanting = connection.execute(_wanting(collection, after, limit, now)).all()
            taken = _take(connection, collection, wanting, token, now)
            rows = connection.execute(select(_m.number, *COLUMNS).where(_m.number.in_(taken))).all()
        last = wanting[-1].number if len(wanting) == limit else None
        return Claimed(token, {row.number: memory_of(row) for row in rows}, now + CLAIM / 2), last

    def settle(self, collection: str, claimed: Claimed, numbers: Collection[int], state: State) -> int:
        """Say what became of claimed memories; returns of how many.

        What is no longer this run's may have been written over by it, so it is to be made again.
        """
        mine = (_v.claim == claimed.token) & (_v.state == State.CLAIMED.value)
        change = update(memory_vectors).where(_among(collection, numbers), mine)
        done = change.values(state=state.value, at=self._now()).returning(_v.number)
        with answering(), self._engine.begin() as connection:
            settled = set(connection.execute(done).scalars()) if numbers else set()
            lost = [
                _row(claimed.memories[number].organisation, number, collection, State.STALE, "", self._now())
                for number in numbers
                if number not in settled
            ]
            if lost:
                connection.execute(insert_or_replace(connection, memory_vectors), lost)
        return len(settled)

    def release(self, collection: str, claimed: Claimed) -> None:
        """Give claimed memories back whose points were not begun."""
        mine = (_v.claim == claimed.token) & (_v.state == State.CLAIMED.value)
        change = update(memory_vectors).where(_among(collection, claimed.memories), mine)
        with answering(), self._engine.begin() as connection:
            connection.execute(change.values(state=State.STALE.value))

    def counts(self, collection: str) -> Counts:
        """How much of the memory bank a collection holds."""
        rows = select(_v.state, func.count().label("rows")).where(_v.collection == collection)
        with answering(), self._reads.connect() as connection:
            total = connection.execute(select(func.count()).select_from(memories)).scalar_one()
            by_state = {row.state: row.rows for row in connection.execute(rows.group_by(_v.state))}
        return Counts(total, by_state.get(State.INDEXED.value, 0), sum(by_state.values()))

    def between(self, collection: str, low: int, high: int, settled_before: datetime) -> dict[int, bool]:
        """The rows with a number from low to high, and which of them had a point before some time."""
        inside = (_v.collection == collection) & _v.number.between(low, high)
        query = select(_v.number, _v.state, _v.at).where(inside)
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(query).all()
        return {row.number: row.state == State.INDEXED.value and row.at < settled_before for row in rows}

    def lost(self, collection: str, numbers: Collection[int] | None = None) -> int:
        """Have points made again that are not there, all of a collection or these; returns how many."""
        where = (_v.collection == collection) & (_v.state == State.INDEXED.value)
        if numbers is not None:
            where &= _v.number.in_(sorted(numbers))
        change = update(memory_vectors).where(where).values(state=State.STALE.value)
        with answering(), self._engine.begin() as connection:
            return connection.execute(change).rowcount

    def other_collections(self, collection: str) -> list[str]:
        """Collections beside this one."""
        query = select(_v.collection).distinct().where(_v.collection != collection)
        also = select(memory_indexes.c.collection).where(memory_indexes.c.collection != collection)
        with answering(), self._reads.connect() as connection:
            return sorted(set(connection.execute(query.union(also)).scalars()))

    def forget(self, collection: str) -> int:
        """Delete what is said of a collection that is gone; returns the points."""
        with answering(), self._engine.begin() as connection:
            connection.execute(delete(memory_indexes).where(memory_indexes.c.collection == collection))
            return connection.execute(delete(memory_vectors).where(_v.collection == collection)).rowcount


def outdate(connection: Connection, organisation: str, numbers: Sequence[int]) -> None:
    """In the caller's transaction: what was stored under these numbers is another text from now on."""
    of_numbers = (_v.organisation_id == organisation) & _v.number.in_(numbers)
    connection.execute(update(memory_vectors).where(of_numbers).values(state=State.STALE.value, claim=""))


def _wanting(collection: str, after: int, limit: int, now: datetime) -> Any:
    same = (_v.organisation_id == _m.organisation_id) & (_v.number == _m.number)
    joined = memories.outerjoin(memory_vectors, same & (_v.collection == collection))
    left = (_v.state == State.STALE.value) | _left_lying(now)
    query = select(_m.number, _m.organisation_id, _v.state).select_from(joined)
    return query.where(_m.number > after, _v.number.is_(None) | left).order_by(_m.number).limit(limit)


def _left_lying(now: datetime) -> ColumnElement[bool]:
    return (_v.state == State.CLAIMED.value) & (_v.at <= now - CLAIM)


def _take(
    connection: Connection, collection: str, wanting: Sequence[Any], token: str, now: datetime
) -> list[int]:
    """Those that nobody else took at the same time."""
    new = [
        _row(row.organisation_id, row.number, collection, State.CLAIMED, token, now)
        for row in wanting
        if row.state is None
    ]
    taken: list[int] = []
    if new:
        insert = insert_or_keep(connection, memory_vectors).returning(_v.number)
        taken += connection.execute(insert, new).scalars()
    if old := [row.number for row in wanting if row.state is not None]:
        free = (_v.state == State.STALE.value) | _left_lying(now)
        take = update(memory_vectors).where(_among(collection, old), free)
        again = take.values(state=State.CLAIMED.value, claim=token, at=now).returning(_v.number)
        taken += connection.execute(again).scalars()
    return taken


def _among(collection: str, numbers: Collection[int]) -> ColumnElement[bool]:
    return (_v.collection == collection) & _v.number.in_(sorted(numbers))


def _row(
    organisation: str, number: int, collection: str, state: State, claim: str, at: datetime
) -> dict[str, Any]:
    return {
        "organisation_id": organisation,
        "number": number,
        "collection": collection,
        "state": state.value,
        "claim": claim,
        "at": at,
    }
