"""The memory bank in the durable store."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, delete, func, select

from config.metrics import MEMORY_VECTORS
from flows.errors import PortUnavailable
from flows.memory.embeddings.port import Near, Neighbours, Sight
from flows.memory.model import Added, Memory, MemoryKind, Recalled, Scope
from flows.memory.ranking import Found, Query, newest, rank
from flows.memory.statistics import SAMPLE, Statistics
from tasks.store.database import answering, ensure_organisation, insert_or_keep, reading
from tasks.store.in_memory_memories import indexed, not_found, storable
from tasks.store.memory_search import COLUMNS, View, candidates, latest, memory_of, numbered
from tasks.store.tables import memories as memories_table
from tasks.store.tables import organisations, team_members, users
from tasks.store.vector_rows import outdate

#: How long a large organisation's statistics are used; its words change slowly.
STATISTICS_KEPT = timedelta(minutes=10)
STATISTICS_KEPT_WHOLE = timedelta(seconds=30)  #: Of an organisation that was counted whole.
FEW = 100
MOST_ORGANISATIONS = 1_000  #: Whose statistics are kept in a process.

RANKING_S = 0.005  #: What is left to do when meaning has had its part.

_c = memories_table.c


@dataclass(frozen=True, slots=True)
class _Taken:
    at: datetime
    statistics: Statistics

    def holds(self, now: datetime) -> bool:
        return abs(now - self.at) < _kept_for(self.statistics.memories)


def _kept_for(memories: int) -> timedelta:
    """In a bank of a few each memory shows, and counting costs nothing."""
    if memories < FEW:
        return timedelta(0)
    return STATISTICS_KEPT if memories > SAMPLE else STATISTICS_KEPT_WHOLE


class StoredMemories:
    """A MemoryBank on the durable store; one instance serves all threads.

    With ``neighbours`` memories are found by what they mean, too; what a person may see is decided
    here all the same.
    """

    def __init__(self, engine: Engine, neighbours: Neighbours | None = None) -> None:
        self._engine, self._reads, self._neighbours = engine, reading(engine), neighbours
        self._taken: dict[str, _Taken] = {}

    def add(self, organisation: str, memories: Sequence[Memory]) -> Added:
        """Store what is new, in one transaction; raises InvalidInput and PortUnavailable."""
        with answering(), self._engine.begin() as connection:
            return write(connection, organisation, memories)

    def recall(
        self,
        organisation: str,
        user_id: str,
        query: str,
        limit: int,
        *,
        now: datetime,
        kinds: Collection[MemoryKind] | None = None,
        within_s: float | None = None,
    ) -> Sequence[Recalled]:
        """At most ``limit`` memories that fit a query, the best first. Raises PortUnavailable."""
        ends_s = None if within_s is None else monotonic() + within_s - RANKING_S
        with answering(), self._reads.connect() as connection:
            view = _view(connection, organisation, user_id, kinds)
            whose: dict[str, Any] = {"user_id": user_id, "mates": view.mates, "now": now, "limit": limit}
            statistics = self._statistics(connection, organisation, now)
            asked = Query.of(organisation, query, statistics)
            if not asked.words:
                return newest(map(_found, latest(connection, view, limit)), **whose)
            found = list(map(_found, candidates(connection, view, asked, statistics)))
        found, least = self._also_by_meaning(view, query, found, ends_s)
        return rank(asked, found, statistics, **whose, least_similar=least)

    def get(self, organisation: str, user_id: str, memory_id: str) -> Memory:
        """A person's own memory; raises MemoryNotFound and PortUnavailable."""
        query = select(*COLUMNS).where(_own(organisation, user_id, memory_id))
        with answering(), self._reads.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise not_found(memory_id)
        return memory_of(row)

    def delete(self, organisation: str, user_id: str, memory_id: str) -> None:
        """Forget a person's own memory; raises MemoryNotFound and PortUnavailable."""
        statement = delete(memories_table).where(_own(organisation, user_id, memory_id))
        with answering(), self._engine.begin() as connection:
            if connection.execute(statement).rowcount == 0:
                raise not_found(memory_id)

    def _also_by_meaning(
        self, view: View, query: str, found: list[Found], ends_s: float | None
    ) -> tuple[list[Found], float | None]:
        """What was found by words with what means the same, and the similarity that is enough.

        Where that cannot be had it is what was found by words, and None, whatever the reason.
        """
        if self._neighbours is None:
            return found, None
        by_words = {_number(view.organisation, each.id): each for each in found}
        try:
            within_s = None if ends_s is None else ends_s - monotonic()
            near = self._neighbours.near(_sight(view), query, by_words.keys(), within_s)
            nearest = self._nearest(view, near) if near else {}
        except PortUnavailable as error:
            MEMORY_VECTORS.labels(error.code).inc()
            return found, None
        MEMORY_VECTORS.labels("used" if near else "no_index").inc()
        if near is None:
            return found, None
        far = {number: replace(by_words[number], similarity=0.0) for number in near.far}
        return list((by_words | far | nearest).values()), near.least

    def _nearest(self, view: View, near: Near) -> dict[int, Found]:
        """What the store has under the numbers that the index gave, as far as the person may see it."""
        if not near.similarities:
            return {}
        with answering(), self._reads.connect() as connection:
            rows = numbered(connection, view, near.similarities)
        return {row.number: _found(row, near.similarities[row.number]) for row in rows}

    def _statistics(self, connection: Connection, organisation: str, now: datetime) -> Statistics:
        taken = self._taken.get(organisation)
        if taken is None or not taken.holds(now):
            taken = _Taken(now, _count(connection, organisation))
            if len(self._taken) >= MOST_ORGANISATIONS:
                self._taken.clear()
            self._taken[organisation] = taken
        return taken.statistics


def write(connection: Connection, organisation: str, memories: Sequence[Memory]) -> Added:
    """Store what is new, inside the caller's transaction; raises InvalidInput."""
    unique: dict[str, Memory] = {}
    for memory in storable(organisation, memories):
        unique.setdefault(memory.id, memory)
    if not unique:
        return Added(0, 0)
    ensure_organisation(connection, organisation)
    people = sorted({memory.user_id for memory in unique.values()})
    rows = [{"organisation_id": organisation, "id": user_id} for user_id in people]
    connection.execute(insert_or_keep(connection, users), rows)
    insert = insert_or_keep(connection, memories_table).returning(_c.number)
    # In order: two writers cannot wait for each other, and FTS5 writes rising numbers in one go.
    new = sorted(map(_row, unique.values()), key=lambda row: row["number"])
    stored = connection.execute(insert, new).scalars().all()
    if stored:
        outdate(connection, organisation, stored)
    return Added(len(stored), len(memories) - len(stored))


def _view(
    connection: Connection, organisation: str, user_id: str, kinds: Collection[MemoryKind] | None
) -> View:
    rows = connection.execute(_POLICY_AND_MATES, {"organisation": organisation, "user": user_id}).all()
    said = rows[0].memory_policy if rows else ""
    policy = Scope(said) if said in set(Scope) else Scope.OWN  # What nobody understands shares nothing.
    return View(organisation, user_id, policy, frozenset(row.user_id for row in rows if row.user_id), kinds)


def _policy_and_mates() -> Select[Any]:
    """A row per team mate, or one without; none for an organisation that is not there."""
    mine, theirs = team_members.alias("mine"), team_members.alias("theirs")
    o = organisations.c.id
    me = (mine.c.organisation_id == o) & (mine.c.user_id == bindparam("user"))
    one_team = (theirs.c.organisation_id == o) & (theirs.c.team_id == mine.c.team_id)
    mates = one_team & (theirs.c.user_id != mine.c.user_id)
    joined = organisations.outerjoin(mine, me).outerjoin(theirs, mates)
    query = select(organisations.c.memory_policy, theirs.c.user_id).select_from(joined)
    return query.where(o == bindparam("organisation"))


_POLICY_AND_MATES = _policy_and_mates()


def _count(connection: Connection, organisation: str) -> Statistics:
    """From the newest and the oldest memories: an organisation's subjects change with time."""
    of_organisation = _c.organisation_id == organisation
    total = connection.execute(select(func.count()).select_from(memories_table).where(of_organisation))
    memories = total.scalar_one()
    terms = select(_c.terms).where(of_organisation)
    last = connection.execute(terms.order_by(_c.at.desc(), _c.id.desc()).limit(SAMPLE // 2)).scalars().all()
    rest = min(SAMPLE // 2, memories - len(last))
    first = connection.execute(terms.order_by(_c.at, _c.id).limit(max(0, rest))).scalars().all()
    return Statistics.of(memories, [*last, *first])


def _own(organisation: str, user_id: str, memory_id: str) -> Any:
    return (_c.organisation_id == organisation) & (_c.id == memory_id) & (_c.user_id == user_id)


def _number(organisation: str, memory_id: str) -> int:
    """A number of 63 bits for a memory. Among a million the chance that any two are equal is 1 in 10^7."""
    named = f"{organisation}\0{memory_id}".encode()
    return int.from_bytes(blake2b(named, digest_size=8).digest(), "big") >> 1


def _row(memory: Memory) -> dict[str, Any]:
    return {
        "organisation_id": memory.organisation,
        "id": memory.id,
        "number": _number(memory.organisation, memory.id),
        "user_id": memory.user_id,
        "kind": memory.kind.value,
        "visibility": memory.visibility.value,
        "at": memory.at,
        "title": memory.title,
        "text": memory.text,
        "skill_id": memory.skill,
        "error": memory.error,
        "tags": list(memory.tags),
        "success": memory.success,
        "session_id": memory.session_id,
        "events": list(memory.events),
        "terms": indexed(memory),
    }


def _found(row: Any, similarity: float | None = None) -> Found:
    return Found(row.terms, row.user_id, row.id, row.at, row.success, lambda: memory_of(row), similarity)


def _sight(view: View) -> Sight:
    return Sight(view.organisation, view.user_id, view.policy, view.mates, view.kinds)
