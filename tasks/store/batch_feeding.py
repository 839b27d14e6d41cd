"""Batches and their members in the durable store, as the feeder sees and moves them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine, bindparam, exists, func, select, update

from tasks.batches.model import Batch, BatchState, Member, MemberEnd
from tasks.store.base import State
from tasks.store.batches import (
    MEMBER_COLUMNS,
    OPEN,
    UNENDED,
    is_batch,
    lock,
    member_of,
    of_batch,
    packed,
    with_counts,
)
from tasks.store.database import answering, reading
from tasks.store.tables import batch_members, batches, users

_b, _m = batches.c, batch_members.c

#: Only as long as the member still waits for this very job: not twice, and not after a cancellation.
_SETTLE = (
    update(batch_members)
    .where(
        _m.organisation_id == bindparam("organisation"),
        _m.batch_id == bindparam("batch"),
        _m.position == bindparam("place"),
        _m.job_id == bindparam("job"),
        _m.state == State.RUNNING,
    )
    .values(
        state=bindparam("ended"),
        problem=bindparam("said"),
        result=bindparam("answer"),
        finished_at=bindparam("now"),
    )
)


class BatchFeeding:
    """The feeder's side of the store. All raise PortUnavailable."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine, self._reads, self._now = engine, reading(engine), now

    def open_batches(self, limit: int) -> Sequence[Batch]:
        """Batches that have not ended, of all organisations: who waited longest for a turn first."""
        query = select(batches).where(_b.state.in_(OPEN))
        ordered = query.order_by(_b.fed_at.asc().nulls_first(), _b.created_at).limit(limit)
        with answering(), self._reads.connect() as connection:
            return with_counts(connection, connection.execute(ordered).mappings().all())

    def begin_turn(self, batch: Batch) -> None:
        """Note that the batch has its turn now; with its first one a run begins."""
        now = self._now()
        turn = {"fed_at": now, "state": BatchState.RUNNING, "started_at": func.coalesce(_b.started_at, now)}
        this = is_batch(batch.organisation, batch.id)
        statement = update(batches).where(this, _b.state.in_(OPEN)).values(turn)
        with answering(), self._engine.begin() as connection:
            connection.execute(statement)

    def under_way(self, batch: Batch) -> Sequence[Member]:
        """Members that were claimed and have not ended, as far as the store knows."""
        query = select(*MEMBER_COLUMNS).where(of_batch(batch.organisation, batch.id))
        running = query.where(_m.state == State.RUNNING).order_by(_m.position)
        with answering(), self._reads.connect() as connection:
            return [member_of(row) for row in connection.execute(running).mappings()]

    def claim(self, batch: Batch, limit: int) -> Sequence[Member]:
        """Take the next members that wait: from now on their jobs may be in the ledger."""
        of_this = of_batch(batch.organisation, batch.id)
        waiting = select(_m.position).where(of_this, _m.state == State.QUEUED)
        first = waiting.order_by(_m.position).limit(limit).scalar_subquery()
        statement = update(batch_members).where(of_this, _m.position.in_(first), _m.state == State.QUEUED)
        with answering(), self._engine.begin() as connection:
            lock(connection, batch.organisation, batch.id)
            rows = connection.execute(statement.values(state=State.RUNNING).returning(*MEMBER_COLUMNS))
            return sorted((member_of(row) for row in rows.mappings()), key=lambda member: member.position)

    def settle(self, batch: Batch, ends: Sequence[MemberEnd]) -> None:
        """Store what came of members; one that has ended already keeps its end."""
        if not ends:
            return
        in_common = {"organisation": batch.organisation, "batch": batch.id, "now": self._now()}
        rows = [
            in_common
            | {"place": end.position, "job": end.job_id, "ended": end.state, "said": end.problem}
            | {"answer": packed(end.result)}
            for end in ends
        ]
        with answering(), self._engine.begin() as connection:
            lock(connection, batch.organisation, batch.id)
            connection.execute(_SETTLE, rows)

    def finish(self, batch: Batch) -> None:
        """Note the end of a batch, unless a member of it has not ended."""
        left = exists().where(of_batch(batch.organisation, batch.id), _m.state.in_(UNENDED))
        over = {"state": BatchState.FINISHED, "finished_at": self._now()}
        this = is_batch(batch.organisation, batch.id)
        with answering(), self._engine.begin() as connection:
            lock(connection, batch.organisation, batch.id)  # A retry may be on its way: see what it did.
            connection.execute(update(batches).where(this, _b.state.in_(OPEN), ~left).values(over))

    def levels(self, organisation: str, user_ids: Sequence[str]) -> Mapping[str, str | None]:
        """Of these people those whom the organisation knows, with their level where it was stated."""
        query = select(users.c.id, users.c.level).where(
            users.c.organisation_id == organisation, users.c.id.in_(user_ids)
        )
        with answering(), self._reads.connect() as connection:
            return {row.id: row.level for row in connection.execute(query)}
