"""Which memories the index of vectors holds, or may hold: the rows that say so.

A row is there before its point and goes after it, so no point is without one. ``claimed`` is a row whose
point a run is making at this moment, by ``claim``; it has no ``claim`` when its text changed meanwhile.
``indexed`` has a point; ``stale`` may have one, of the same text; ``outdated`` may have one of a text that is
gone, and perhaps of a person who is: it is treated like one whose memory is gone. ``refused`` has none, since
the model did not take its text.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, Update, case, delete, func, select, tuple_, update

from flows.memory.embeddings.level import Level
from flows.memory.model import Memory
from tasks.store.database import answering, insert_or_replace, reading
from tasks.store.memory_search import COLUMNS, memory_of
from tasks.store.tables import memories, memory_indexes, memory_vectors
from tasks.store.vector_claims import CLAIM, State, among, left_lying, row_of, take, wanting

_m, _v = memories.c, memory_vectors.c


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """A collection for the vectors of one model, and what a cosine means in it.

    ``filled``: it once had all memories. ``compared_at`` is when it was last compared with the rows, None
    for never; ``go_on_at`` the number at which a comparison under way goes on, 0 when none is.
    """

    collection: str
    dimension: int
    level: Level
    filled: bool = False
    compared_at: datetime | None = None
    go_on_at: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A point that may be in a collection, and what its row said."""

    organisation: str
    number: int
    collection: str
    state: State


@dataclass(frozen=True, slots=True)
class Claimed:
    """Memories whose points one run may make, by number, until ``begin_by``."""

    token: str
    memories: dict[int, Memory]
    begin_by: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one collection: memories in the store, rows with a point, and rows that may have one."""

    memories: int
    indexed: int
    most: int


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
        level = Level(row.unrelated, row.related)
        return BuiltIndex(row.collection, row.dimension, level, row.filled, row.compared_at, row.go_on_at)

    def keep(self, fingerprint: str, built: BuiltIndex) -> None:
        """Say that there is a collection."""
        row = {
            "fingerprint": fingerprint,
            "collection": built.collection,
            "dimension": built.dimension,
            "unrelated": built.level.unrelated,
            "related": built.level.related,
            "at": self._now(),
            "filled": False,
            "compared_at": self._now(),
            "go_on_at": 0,
        }
        with answering(), self._engine.begin() as connection:
            connection.execute(insert_or_replace(connection, memory_indexes), row)

    def filled(self, collection: str) -> None:
        """Say that a collection has all memories."""
        with answering(), self._engine.begin() as connection:
            connection.execute(_of_index(collection).values(filled=True))

    def compared(self, collection: str, go_on_at: int) -> None:
        """Say how far a collection was compared with its rows, 0 for to its end."""
        done: dict[str, Any] = {} if go_on_at else {"compared_at": self._now()}
        with answering(), self._engine.begin() as connection:
            connection.execute(_of_index(collection).values(go_on_at=go_on_at, **done))

    def orphans(self, limit: int) -> list[Held]:
        """Points whose memory, or whose text, is gone, in any collection."""
        joined = memory_vectors.outerjoin(memories, _m.number == _v.number)
        query = select(_v.organisation_id, _v.number, _v.collection, _v.state).select_from(joined)
        gone = _m.number.is_(None) | (_v.state == State.OUTDATED.value)
        changed = left_lying(self._now()) & (_v.claim == "")
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(query.where(gone | changed).limit(limit)).all()
        return [Held(row.organisation_id, row.number, row.collection, State(row.state)) for row in rows]

    def let_go(self, held: Collection[Held]) -> int:
        """Delete rows whose points are gone, but for those whose point a run may be making now.

        A row that says something else by now has another point.
        """
        being_made = (_v.state == State.CLAIMED.value) & (_v.at > self._now() - CLAIM)
        keys = [(each.organisation, each.number, each.collection, each.state.value) for each in held]
        key = tuple_(_v.organisation_id, _v.number, _v.collection, _v.state)
        with answering(), self._engine.begin() as connection:
            return connection.execute(delete(memory_vectors).where(key.in_(keys), ~being_made)).rowcount

    def claim(self, collection: str, after: int, limit: int) -> tuple[Claimed, int | None]:
        """Memories without a point, by number from ``after`` on; and the last number looked at.

        That is None when none is left.
        """
        token, now = uuid4().hex, self._now()
        with answering(), self._engine.begin() as connection:
            wanted = connection.execute(wanting(collection, after, limit, now)).all()
            taken = take(connection, collection, wanted, token, now)
        # After the commit: who changes a text from now on sees the claim, and ends it.
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(select(_m.number, *COLUMNS).where(_m.number.in_(taken))).all()
        last = wanted[-1].number if len(wanted) == limit else None
        return Claimed(token, {row.number: memory_of(row) for row in rows}, now + CLAIM / 2), last

    def settle(self, collection: str, claimed: Claimed, numbers: Collection[int], state: State) -> int:
        """Say what became of claimed memories; returns of how many.

        What is no longer this run's may have been written over by it, with a text that is gone.
        """
        mine = (_v.claim == claimed.token) & (_v.state == State.CLAIMED.value)
        change = update(memory_vectors).where(among(collection, numbers), mine)
        done = change.values(state=state.value, at=self._now()).returning(_v.number)
        with answering(), self._engine.begin() as connection:
            settled = set(connection.execute(done).scalars()) if numbers else set()
            lost = [
                row_of(
                    claimed.memories[number].organisation, number, collection, State.OUTDATED, "", self._now()
                )
                for number in numbers
                if number not in settled
            ]
            if lost:
                connection.execute(insert_or_replace(connection, memory_vectors), lost)
        return len(settled)

    def release(self, collection: str, claimed: Claimed, numbers: Collection[int]) -> None:
        """Give claimed memories back whose points were not begun, those too whose claim a new text ended."""
        mine = (_v.state == State.CLAIMED.value) & _v.claim.in_([claimed.token, ""])
        state = case((_v.claim == claimed.token, State.STALE.value), else_=State.OUTDATED.value)
        change = update(memory_vectors).where(among(collection, numbers), mine).values(state=state)
        with answering(), self._engine.begin() as connection:
            connection.execute(change)

    def counts(self, collection: str) -> Counts:
        """How much of the memory bank a collection holds."""
        rows = select(_v.state, func.count().label("rows")).where(_v.collection == collection)
        with answering(), self._reads.connect() as connection:
            total = connection.execute(select(func.count()).select_from(memories)).scalar_one()
            by_state = {row.state: row.rows for row in connection.execute(rows.group_by(_v.state))}
        by_state.pop(State.REFUSED.value, None)
        return Counts(total, by_state.get(State.INDEXED.value, 0), sum(by_state.values()))

    def held(self, collection: str, numbers: Collection[int]) -> frozenset[int]:
        """Those of these memories that have a point."""
        if not numbers:
            return frozenset()
        query = select(_v.number).where(among(collection, numbers), _v.state == State.INDEXED.value)
        with answering(), self._reads.connect() as connection:
            return frozenset(connection.execute(query).scalars())

    def page(self, collection: str, start: int, limit: int, settled_before: datetime) -> dict[int, bool]:
        """The rows with the lowest numbers from ``start`` on, and which had a point before some time."""
        inside = (_v.collection == collection) & (_v.number >= start)
        query = select(_v.number, _v.state, _v.at).where(inside).order_by(_v.number).limit(limit)
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(query).all()
        return {row.number: row.state == State.INDEXED.value and row.at < settled_before for row in rows}

    def lost(self, collection: str, numbers: Collection[int] | None = None) -> int:
        """Have points made again that are not there, all of a collection or these; returns how many.

        A collection that lost all of them is filled anew before it is asked again.
        """
        where = (_v.collection == collection) & (_v.state == State.INDEXED.value)
        if numbers is not None:
            where &= _v.number.in_(sorted(numbers))
        change = update(memory_vectors).where(where).values(state=State.STALE.value)
        with answering(), self._engine.begin() as connection:
            if numbers is None:
                connection.execute(_of_index(collection).values(filled=False))
            return connection.execute(change).rowcount

    def collections(self) -> list[str]:
        """All collections that there may be."""
        query = select(_v.collection).union(select(memory_indexes.c.collection))
        with answering(), self._reads.connect() as connection:
            return sorted(connection.execute(query).scalars())

    def forget(self, collection: str) -> int:
        """Delete what is said of a collection that is gone; returns the points."""
        with answering(), self._engine.begin() as connection:
            connection.execute(delete(memory_indexes).where(memory_indexes.c.collection == collection))
            return connection.execute(delete(memory_vectors).where(_v.collection == collection)).rowcount


def outdate(connection: Connection, organisation: str, numbers: Sequence[int]) -> None:
    """In the caller's transaction: what was stored under these numbers is another text from now on.

    A claim ends, but its row says as long as before that a point may be on its way.
    """
    of_numbers = (_v.organisation_id == organisation) & _v.number.in_(numbers)
    claimed = _v.state == State.CLAIMED.value
    state = case((claimed, State.CLAIMED.value), else_=State.OUTDATED.value)
    connection.execute(update(memory_vectors).where(of_numbers).values(state=state, claim=""))


def _of_index(collection: str) -> Update:
    return update(memory_indexes).where(memory_indexes.c.collection == collection)
