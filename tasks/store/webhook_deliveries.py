"""Messages in the durable store, from when they are to be sent until some time after they were.

Who sends one claims it first: the attempt is counted and the row held for a while in one UPDATE, so two
senders never make the same attempt, and a sender that was killed leaves nothing behind but an attempt
that brought nothing. What an attempt brought is written down only by who made it.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, case, func, or_, select, tuple_, update

from flows.ports import Cursor
from flows.webhooks.messages import Message
from tasks.store.database import answering, ensure_organisation, insert_new, reading
from tasks.store.tables import webhook_deliveries as table
from tasks.store.tables import webhook_disabled as disabled


class DeliveryState(StrEnum):
    """Where a message is."""

    PENDING = "pending"  #: It is to be sent, now or later.
    DELIVERED = "delivered"
    DEAD = "dead"  #: All attempts are used up.
    DISABLED = "disabled"  #: Its address wants no messages.


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and what became of it so far."""

    organisation: str
    id: str
    url: str
    type: str
    job_id: str | None
    body: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    last_status: int | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None


COLUMNS = tuple(
    table.c[name] for name in ("organisation_id", *Delivery.__dataclass_fields__) if name != "organisation"
)

_KEY = (table.c.organisation_id, table.c.id)

FINISHED = (DeliveryState.DELIVERED, DeliveryState.DEAD)


class WebhookDeliveries:
    """The messages; one instance serves all threads. Every method raises PortUnavailable."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine, self._reads, self._now = engine, reading(engine), now

    def put(self, messages: Iterable[Message]) -> int:
        """Store those that are not there, to be sent at once; returns how many that were."""
        unique: dict[tuple[str, str], Message] = {}
        for message in messages:
            unique.setdefault((message.organisation, message.id), message)
        with answering(), self._engine.begin() as connection:
            for organisation in sorted({organisation for organisation, _ in unique}):
                ensure_organisation(connection, organisation)
            unwanted = _disabled_among(connection, {(m.organisation, m.url) for m in unique.values()})
            rows = [self._row(unique[key], unwanted) for key in sorted(unique)]
            return insert_new(connection, table, rows)

    def claim(self, limit: int, per_address: int, lease: timedelta) -> list[Delivery]:
        """Take what is due, the longest due first, but no more than some of one address.

        ``attempts`` of what is returned is the number of the attempt that is to be made.
        """
        with answering(), self._reads.connect() as connection:
            due = connection.execute(_due(self._now(), limit, per_address)).all()
        claimed = (self._claim(organisation, id_, lease) for organisation, id_ in due)
        return [delivery for delivery in claimed if delivery is not None]

    def _claim(self, organisation: str, id_: str, lease: timedelta) -> Delivery | None:
        now = self._now()
        statement = update(table).where(_one(organisation, id_), _is_due(now))
        values = {"attempts": table.c.attempts + 1, "claimed_until": now + lease}
        with answering(), self._engine.begin() as connection:
            row = connection.execute(statement.values(values).returning(*COLUMNS)).one_or_none()
        return None if row is None else Delivery(*row)

    def conclude(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        status: int | None,
        error: str | None,
        wait_s: float | None = None,
    ) -> bool:
        """Write down what an attempt brought; False when another one was begun in the meantime."""
        now = self._now()
        values: dict[str, Any] = {
            "state": state,
            "claimed_until": None,
            "last_status": status,
            "last_error": error,
        }
        if wait_s is not None:
            values["due_at"] = now + timedelta(seconds=wait_s)
        if state in FINISHED:
            values["finished_at"] = now
        mine = _one(delivery.organisation, delivery.id) & (table.c.attempts == delivery.attempts)
        statement = update(table).where(mine, table.c.state == DeliveryState.PENDING).values(values)
        with answering(), self._engine.begin() as connection:
            return bool(connection.execute(statement).rowcount)

    def postpone(self, organisation: str, url: str, wait_s: float) -> int:
        """Send nothing else to an address before so many seconds are over; returns how many wait now."""
        until = self._now() + timedelta(seconds=wait_s)
        waiting = _to(organisation, url, DeliveryState.PENDING) & (table.c.due_at < until)
        with answering(), self._engine.begin() as connection:
            return connection.execute(update(table).where(waiting).values(due_at=until)).rowcount

    def disable(self, organisation: str, url: str) -> None:
        """Send nothing to an address any more, until it is enabled again."""
        row = {"organisation_id": organisation, "url": url, "disabled_at": self._now()}
        waiting = _to(organisation, url, DeliveryState.PENDING)
        with answering(), self._engine.begin() as connection:
            insert_new(connection, disabled, [row])
            connection.execute(update(table).where(waiting).values(state=DeliveryState.DISABLED))

    def enable(self, organisation: str, url: str) -> bool:
        """Send to an address again, first what came up in the meantime; False when it was not disabled."""
        which = (disabled.c.organisation_id == organisation) & (disabled.c.url == url)
        held = _to(organisation, url, DeliveryState.DISABLED)
        again = {"state": DeliveryState.PENDING, "due_at": self._now(), "attempts": 0, "claimed_until": None}
        with answering(), self._engine.begin() as connection:
            found = connection.execute(disabled.delete().where(which)).rowcount
            connection.execute(update(table).where(held).values(again))
        return bool(found)

    def disabled(self, organisation: str) -> list[tuple[str, datetime]]:
        """Addresses that want no messages, and since when."""
        query = select(disabled.c.url, disabled.c.disabled_at).where(
            disabled.c.organisation_id == organisation
        )
        with answering(), self._reads.connect() as connection:
            return [(url, at) for url, at in connection.execute(query.order_by(disabled.c.url))]

    def retry(self, organisation: str, id_: str) -> bool:
        """Send a message at once, one that had come to its end from the first attempt on.

        False when there is none of this id, or its address is disabled.
        """
        now, this = self._now(), _one(organisation, id_)
        again = {"state": DeliveryState.PENDING, "attempts": 0, "due_at": now, "finished_at": None}
        ended = update(table).where(this, table.c.state.in_(FINISHED)).values(again)
        waiting = update(table).where(this, table.c.state == DeliveryState.PENDING).values(due_at=now)
        with answering(), self._engine.begin() as connection:
            return any(connection.execute(statement).rowcount for statement in (ended, waiting))

    def get(self, organisation: str, id_: str) -> Delivery | None:
        """A message of the organisation."""
        with answering(), self._reads.connect() as connection:
            row = connection.execute(select(*COLUMNS).where(_one(organisation, id_))).one_or_none()
        return None if row is None else Delivery(*row)

    def listed(
        self,
        organisation: str,
        *,
        limit: int,
        job_id: str | None = None,
        state: str | None = None,
        before: Cursor | None = None,
    ) -> Sequence[Delivery]:
        """Messages of the organisation, newest first."""
        query = select(*COLUMNS).where(table.c.organisation_id == organisation)
        if job_id is not None:
            query = query.where(table.c.job_id == job_id)
        if state is not None:
            query = query.where(table.c.state == state)
        if before is not None:
            query = query.where(tuple_(table.c.created_at, table.c.id) < before)
        query = query.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)
        with answering(), self._reads.connect() as connection:
            return [Delivery(*row) for row in connection.execute(query)]

    def waiting(self) -> tuple[int, float]:
        """How many messages are to be sent, and for how many seconds the oldest has been due."""
        query = select(func.count(), func.min(table.c.due_at)).where(table.c.state == DeliveryState.PENDING)
        with answering(), self._reads.connect() as connection:
            count, oldest = connection.execute(query).one()
        return count, max(0.0, (self._now() - oldest).total_seconds()) if oldest else 0.0

    def _row(self, message: Message, unwanted: Collection[tuple[str, str]]) -> dict[str, Any]:
        held = (message.organisation, message.url) in unwanted
        return {
            "organisation_id": message.organisation,
            "id": message.id,
            "url": message.url,
            "type": message.type,
            "job_id": message.job_id,
            "user_id": message.user_id,
            "body": message.body,
            "state": DeliveryState.DISABLED if held else DeliveryState.PENDING,
            "attempts": 0,
            "due_at": self._now(),
            "created_at": self._now(),
        }


def _one(organisation: str, id_: str) -> ColumnElement[bool]:
    return (table.c.organisation_id == organisation) & (table.c.id == id_)


def _to(organisation: str, url: str, state: DeliveryState) -> ColumnElement[bool]:
    return (table.c.organisation_id == organisation) & (table.c.url == url) & (table.c.state == state)


def _is_due(now: datetime) -> ColumnElement[bool]:
    free = or_(table.c.claimed_until.is_(None), table.c.claimed_until <= now)
    return (table.c.state == DeliveryState.PENDING) & (table.c.due_at <= now) & free


def _due(now: datetime, limit: int, per_address: int) -> Any:
    """A slow address must not keep the others waiting: of each only some are on their way at a time."""
    on_their_way = case((table.c.claimed_until > now, 0), else_=1)
    place = func.row_number().over(
        partition_by=(table.c.organisation_id, table.c.url), order_by=(on_their_way, table.c.due_at)
    )
    due = (table.c.state == DeliveryState.PENDING) & (table.c.due_at <= now)
    ranked = (
        select(*_KEY, table.c.due_at, on_their_way.label("free"), place.label("place")).where(due).subquery()
    )
    query = select(ranked.c.organisation_id, ranked.c.id)
    query = query.where(ranked.c.free == 1, ranked.c.place <= per_address)
    return query.order_by(ranked.c.due_at).limit(limit)


def _disabled_among(connection: Connection, addresses: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    query = select(disabled.c.organisation_id, disabled.c.url).where(
        tuple_(disabled.c.organisation_id, disabled.c.url).in_(sorted(addresses))
    )
    return {(organisation, url) for organisation, url in connection.execute(query)}
