"""Batches and their members in the durable store, as clients see and change them."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, func, select, tuple_, update

from flows.errors import BatchEnded, BatchNotFound, IdempotencyKeyReused, InvalidInput, InvalidRequest
from flows.ports import Cursor
from tasks.batches.model import Batch, BatchState, Member, NewBatch, member_job
from tasks.store.base import State
from tasks.store.database import answering, ensure_organisation, insert_or_keep, reading
from tasks.store.tables import batch_members, batches

_b, _m = batches.c, batch_members.c

UNENDED = (State.QUEUED, State.RUNNING)
OPEN = (BatchState.QUEUED, BatchState.RUNNING)
REPEATABLE = (State.FAILED, State.CANCELLED)

MEMBER_COLUMNS = (
    *(_m.position, _m.user_id, _m.job_id, _m.state, _m.goal, _m.attempts, _m.finished_at, _m.problem),
)


class StoredBatches:
    """Batches on the durable store; one instance serves all threads. All raise PortUnavailable."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine, self._reads, self._now = engine, reading(engine), now

    def open(self, new: NewBatch) -> tuple[Batch, bool]:
        """Store a batch with all its members, or none. The batch, and whether it is a new one.

        With an idempotency key that was used before the batch is the one of then; raises IdempotencyKeyReused
        when the request was another one.
        """
        with answering(), self._engine.begin() as connection:
            ensure_organisation(connection, new.organisation)
            statement = insert_or_keep(connection, batches).returning(_b.id)
            opened = bool(connection.execute(statement, _row(new)).all())
            if opened:  # RETURNING makes one statement of a thousand rows, with either driver.
                rows = insert_or_keep(connection, batch_members).returning(_m.position)
                connection.execute(rows, _member_rows(new))
            id_ = new.id if opened else _id_of_key(connection, new)
        return self.get(new.organisation, id_), opened

    def get(self, organisation: str, id_: str) -> Batch:
        """One batch; raises BatchNotFound."""
        found = self._read(is_batch(organisation, id_), 1)
        if not found:
            raise _not_found(id_)
        return found[0]

    def newest(self, organisation: str, *, limit: int, before: Cursor | None = None) -> Sequence[Batch]:
        """The organisation's batches, newest first."""
        where = _b.organisation_id == organisation
        return self._read(where if before is None else where & (tuple_(_b.created_at, _b.id) < before), limit)

    def members(
        self,
        organisation: str,
        id_: str,
        *,
        limit: int,
        after: int = -1,
        state: State | None = None,
        results: bool = False,
    ) -> Sequence[Member]:
        """Members in their order, from the one after the position ``after`` on."""
        columns = (*MEMBER_COLUMNS, _m.result) if results else MEMBER_COLUMNS
        query = select(*columns).where(of_batch(organisation, id_), _m.position > after)
        if state is not None:
            query = query.where(_m.state == state)
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(query.order_by(_m.position).limit(limit)).mappings()
            return [member_of(row) for row in rows]

    def retry(self, organisation: str, id_: str, user_ids: Sequence[str] | None = None) -> int:
        """Start members again: those that failed, or those named, which may be cancelled ones too.

        Returns how many. Raises BatchNotFound, BatchEnded for a batch that was cancelled, and
        InvalidRequest when somebody is named who has not failed.
        """
        with answering(), self._engine.begin() as connection:
            if lock(connection, organisation, id_) == BatchState.CANCELLED:
                raise BatchEnded("the batch was cancelled; start another one")
            found = _repeatable(connection, organisation, id_, user_ids)
            if found:
                _start_again(connection, organisation, id_, found)
        return len(found)

    def cancel(self, organisation: str, id_: str) -> Sequence[str]:
        """End a batch and all its members that have not ended; the jobs of those that were under way.

        Raises BatchNotFound, and BatchEnded when there is nothing to cancel any more.
        """
        now = self._now()
        with answering(), self._engine.begin() as connection:
            if BatchState(lock(connection, organisation, id_)).ended:
                raise BatchEnded("the batch has ended and cannot be cancelled")
            ended: dict[str, Any] = {"state": BatchState.CANCELLED, "finished_at": now}
            connection.execute(update(batches).where(is_batch(organisation, id_)).values(ended))
            under_way = select(_m.job_id).where(of_batch(organisation, id_), _m.state == State.RUNNING)
            jobs = connection.execute(under_way).scalars().all()
            left = update(batch_members).where(of_batch(organisation, id_), _m.state.in_(UNENDED))
            connection.execute(left.values(state=State.CANCELLED, finished_at=now))
        return [job_id for job_id in jobs if job_id]

    def _read(self, where: ColumnElement[bool], limit: int) -> list[Batch]:
        query = select(batches).where(where).order_by(_b.created_at.desc(), _b.id.desc()).limit(limit)
        with answering(), self._reads.connect() as connection:
            return with_counts(connection, connection.execute(query).mappings().all())


def with_counts(connection: Connection, rows: Sequence[RowMapping]) -> list[Batch]:
    """Batches from their rows, and the states of their members counted."""
    keys = [(row["organisation_id"], row["id"]) for row in rows]
    counts = {key: dict.fromkeys(State, 0) for key in keys}
    query = select(_m.organisation_id, _m.batch_id, _m.state, func.count()).group_by(
        _m.organisation_id, _m.batch_id, _m.state
    )
    if keys:
        named = query.where(tuple_(_m.organisation_id, _m.batch_id).in_(keys))
        for organisation, id_, state, count in connection.execute(named):
            counts[organisation, id_][State(state)] = count
    return [_batch(row, counts[key]) for key, row in zip(keys, rows, strict=True)]


def lock(connection: Connection, organisation: str, id_: str) -> str:
    """Keep other writers off a batch until the transaction ends; its state. Raises BatchNotFound.

    Whoever changes members takes this first, so that no two wait for each other's rows. SQLite
    lets one writer in at a time anyway.
    """
    query = select(_b.state).where(is_batch(organisation, id_)).with_for_update()
    state: str | None = connection.execute(query).scalar_one_or_none()
    if state is None:
        raise _not_found(id_)
    return state


def of_batch(organisation: str, id_: str) -> ColumnElement[bool]:
    """True for the members of a batch."""
    return (_m.organisation_id == organisation) & (_m.batch_id == id_)


def member_of(row: RowMapping) -> Member:
    """A member from its row."""
    result = row.get("result")
    return Member(
        position=row["position"],
        user_id=row["user_id"],
        job_id=row["job_id"] or "",
        state=State(row["state"]),
        goal=row["goal"],
        attempts=row["attempts"],
        finished_at=row["finished_at"],
        problem=row["problem"],
        result=zlib.decompress(result).decode() if result else None,
    )


def packed(result: str | None) -> bytes | None:
    """A result as it is stored: a quarter of its size, for a tenth of a millisecond."""
    return zlib.compress(result.encode(), 1) if result else None


def is_batch(organisation: str, id_: str) -> ColumnElement[bool]:
    """True for one batch."""
    return (_b.organisation_id == organisation) & (_b.id == id_)


def _not_found(id_: str) -> BatchNotFound:
    return BatchNotFound(f"no batch {id_}")


def _id_of_key(connection: Connection, new: NewBatch) -> str:
    query = select(_b.id, _b.request_digest).where(
        _b.organisation_id == new.organisation, _b.idempotency_key == new.idempotency_key
    )
    id_, digest = connection.execute(query).one()
    if digest != new.digest:
        raise IdempotencyKeyReused("this Idempotency-Key was sent with another request before")
    return str(id_)


def _repeatable(
    connection: Connection, organisation: str, id_: str, user_ids: Sequence[str] | None
) -> Sequence[tuple[int, int]]:
    """Position and attempts of each member that is to be started again."""
    query = select(_m.user_id, _m.position, _m.attempts).where(of_batch(organisation, id_))
    if user_ids is None:
        failed = connection.execute(query.where(_m.state == State.FAILED).order_by(_m.position))
        return [(position, attempts) for _, position, attempts in failed]
    rows = connection.execute(query.where(_m.state.in_(REPEATABLE)))
    found = {user_id: (position, attempts) for user_id, position, attempts in rows}
    strangers = [
        InvalidInput("is no member that failed or was cancelled", field=f"userIds/{index}")
        for index, user_id in enumerate(user_ids)
        if user_id not in found
    ]
    if strangers:
        raise InvalidRequest(strangers)
    return sorted({found[user_id] for user_id in user_ids})


def _start_again(
    connection: Connection, organisation: str, id_: str, found: Sequence[tuple[int, int]]
) -> None:
    for position, attempts in found:
        job_id = member_job(id_, position, attempts + 1)
        again = {"state": State.QUEUED, "attempts": attempts + 1, "job_id": job_id}
        cleared: dict[str, Any] = {"problem": None, "finished_at": None, "result": None}
        member = update(batch_members).where(of_batch(organisation, id_), _m.position == position)
        connection.execute(member.values(again | cleared))
    ended = select(func.count()).where(of_batch(organisation, id_), _m.state.not_in(UNENDED))
    run: dict[str, Any] = {"state": BatchState.QUEUED, "started_at": None, "finished_at": None}
    statement = update(batches).where(is_batch(organisation, id_))
    connection.execute(statement.values(run | {"ended_before": ended.scalar_subquery()}))


def _row(new: NewBatch) -> dict[str, Any]:
    return {
        "organisation_id": new.organisation,
        "id": new.id,
        "flow": new.flow,
        "request": dict(new.request),
        "state": BatchState.QUEUED,
        "created_at": new.created_at,
        "members": len(new.user_ids),
        "callback_url": new.callback_url,
        "idempotency_key": new.idempotency_key,
        "request_digest": new.digest,
    }


def _member_rows(new: NewBatch) -> list[dict[str, Any]]:
    in_common = {"organisation_id": new.organisation, "batch_id": new.id, "state": State.QUEUED}
    return [
        in_common
        | {"position": position, "user_id": user_id, "goal": new.goals.get(user_id)}
        | {"job_id": member_job(new.id, position, 1)}
        for position, user_id in enumerate(new.user_ids)
    ]


def _batch(row: RowMapping, counts: Mapping[State, int]) -> Batch:
    return Batch(
        organisation=row["organisation_id"],
        id=row["id"],
        flow=row["flow"],
        request=row["request"],
        state=BatchState(row["state"]),
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        members=row["members"],
        ended_before=row["ended_before"],
        callback_url=row["callback_url"],
        counts=counts,
    )
