"""Secrets that messages are signed with: one per organisation, for a day two while one takes over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, or_, select, update

from flows.webhooks.signing import new_secret
from tasks.store.database import answering, ensure_organisation, insert_or_keep, reading
from tasks.store.tables import webhook_secrets as table

OVERLAP = timedelta(hours=24)  #: How long the secret before still signs after a rotation.


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret; ``expires_at`` is None for the current one."""

    number: int
    text: str = field(repr=False)
    created_at: datetime
    expires_at: datetime | None


class WebhookSecrets:
    """Secrets in the durable store; one instance serves all threads. Raises PortUnavailable."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine, self._reads, self._now = engine, reading(engine), now

    def in_force(self, organisation: str) -> list[Secret]:
        """What signs at this moment, the current secret first. The first one is made when it is needed."""
        with answering(), self._reads.connect() as connection:
            last = _last(connection, organisation)
            found = self._in_force(connection, organisation)
        if not found or found[0].expires_at is not None:
            with answering(), self._engine.begin() as connection:
                self._add(connection, organisation, last + 1)
                found = self._in_force(connection, organisation)
        return found

    def rotate(self, organisation: str) -> list[Secret]:
        """Make another secret the current one; the one before signs for another day, and older ones no
        more than they would have. Two rotations at the same time are one.
        """
        with answering(), self._engine.begin() as connection:
            last = _last(connection, organisation)
            replaced = (table.c.organisation_id == organisation) & (table.c.number <= last)
            ends = update(table).where(replaced, table.c.expires_at.is_(None))
            connection.execute(ends.values(expires_at=self._now() + OVERLAP))
            self._add(connection, organisation, last + 1)
            return self._in_force(connection, organisation)

    def remove(self, organisation: str, number: int) -> bool:
        """Let a secret sign no more from now on; False when it is not there."""
        which = (table.c.organisation_id == organisation) & (table.c.number == number)
        with answering(), self._engine.begin() as connection:
            return bool(connection.execute(delete(table).where(which)).rowcount)

    def _add(self, connection: Connection, organisation: str, number: int) -> None:
        """A secret of this number, unless somebody else has just made it. Those that are over are deleted."""
        ensure_organisation(connection, organisation)
        over = (table.c.organisation_id == organisation) & (table.c.expires_at <= self._now())
        connection.execute(delete(table).where(over))
        row = {
            "organisation_id": organisation,
            "number": number,
            "secret": new_secret(),
            "created_at": self._now(),
        }
        connection.execute(insert_or_keep(connection, table), row)

    def _in_force(self, connection: Connection, organisation: str) -> list[Secret]:
        lasting = or_(table.c.expires_at.is_(None), table.c.expires_at > self._now())
        columns = (table.c.number, table.c.secret, table.c.created_at, table.c.expires_at)
        query = select(*columns).where(table.c.organisation_id == organisation, lasting)
        return [Secret(*row) for row in connection.execute(query.order_by(table.c.number.desc()))]


def _last(connection: Connection, organisation: str) -> int:
    """The highest number that there is, 0 for none."""
    query = select(func.max(table.c.number)).where(table.c.organisation_id == organisation)
    return connection.execute(query).scalar_one() or 0
