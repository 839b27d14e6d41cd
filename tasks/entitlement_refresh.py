"""Entitlements from their source into the durable store and Redis, before what is there gets old.

When the source does not say, what it said last stays, and grows old in the open: after a while it is
marked as stale, and in the end nobody is shown anything for it.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from time import monotonic
from typing import Any

import redis
from redis.exceptions import LockError

from config import keys
from config.metrics import ENTITLEMENT_REFRESHES
from flows.errors import EntitlementsNotFound, PortUnavailable, RefreshUnderWay, ServiceError
from flows.intelligence.entitlements.source import EntitlementSource, Fetched
from tasks.store.cached_entitlements import CachedEntitlements
from tasks.store.entitlement_states import Confirmed, EntitlementState, StoredEntitlementStates
from tasks.store.in_redis import translated

#: Asked again after this many seconds, drawn anew each time, so that organisations do not come at
#: once. The longest and a tick are less than the lifetime of what is in Redis.
NEXT_S = (120.0, 240.0)
AFTER_FAILURE_S = (30.0, 60.0)
TICK_S = 8.0  #: How long one tick may ask: less than it takes to count its worker as gone.
MOST_PER_TICK = 500

REPLACED, UNCHANGED, FAILED, UNLISTED = "replaced", "unchanged", "failed", "unlisted"
OVERTAKEN, UNDER_WAY = "overtaken", "under_way"

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Now, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of a refresh; ``error`` says why the source did not answer."""

    fate: str
    error: ServiceError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementRefresh:
    """Asks the source, one organisation at a time and each by one caller at a time.

    Without a ``source`` the durable store is it. ``expected`` are organisations to ask about though
    nothing was stored for them yet.
    """

    source: EntitlementSource | None
    states: StoredEntitlementStates
    cache: CachedEntitlements
    client: "redis.Redis"
    expected: frozenset[str] = frozenset()
    now: Callable[[], datetime] = utc_now
    random: Random = field(default_factory=Random)
    clock: Callable[[], float] = monotonic

    def refresh(self, organisation: str) -> Refreshed:
        """Ask the source about one organisation now, and keep what it says.

        Raises RefreshUnderWay, and PortUnavailable and StoreUnavailable when our own stores do not answer.
        """
        with self._alone(organisation):
            refreshed = self._refreshed(organisation)
            self.cache.renew(organisation)
        ENTITLEMENT_REFRESHES.labels(refreshed.fate).inc()
        if refreshed.error is not None:
            said = {"organisation": organisation, "fate": refreshed.fate, "error": str(refreshed.error)}
            level = logging.INFO if refreshed.fate == UNLISTED else logging.WARNING
            log.log(level, "entitlements_not_refreshed", extra=said)
        return refreshed

    def refresh_due(self) -> dict[str, int]:
        """Ask about all for whom it is time, as far as this tick goes; returns how many had which fate.

        What goes wrong with one organisation costs the others nothing.
        """
        fates: Counter[str] = Counter()
        ends_s = self.clock() + TICK_S
        if self.source is not None:
            for organisation in self._due():
                if self.clock() >= ends_s:
                    break
                fates[self._fate(organisation)] += 1
        return dict(fates)

    def status(self, organisation: str) -> dict[str, Any]:
        """What is known of the organisation and how old it is, as plain JSON. Raises PortUnavailable."""
        state = self.states.of(organisation) if self.source else None
        now, licences = self.now(), self.cache.licences(organisation)
        as_of = licences.known_as_of
        return {
            "orgId": organisation,
            "source": self.source.kind if self.source else "store",
            "asOf": as_of and as_of.isoformat(timespec="seconds"),
            "ageS": None if as_of is None else round((now - as_of).total_seconds()),
            "stale": licences.is_stale(now),
            "void": licences.is_void(now),
            "counts": self.states.counts(organisation),
            "checkedAt": state and state.checked_at.isoformat(timespec="seconds"),
            "nextCheckAt": state and state.next_at.isoformat(timespec="seconds"),
            "lastError": {"code": state.error, "detail": state.detail} if state and state.error else None,
        }

    def _due(self) -> list[str]:
        new: set[str] = set(self.expected)
        try:
            new.update(self.source.listed() if self.source else ())
        except PortUnavailable as error:  # Each organisation is going to hear it.
            log.warning("entitlements_not_listed", extra={"error": str(error)})
        unknown = self.states.unknown(new) if new else []
        return [*unknown, *self.states.due(self.now(), MOST_PER_TICK)][:MOST_PER_TICK]

    def _fate(self, organisation: str) -> str:
        try:
            return self.refresh(organisation).fate
        except RefreshUnderWay:
            return UNDER_WAY
        except ServiceError:
            raise
        except Exception as error:
            log.exception("entitlements_refresh_broke", extra={"organisation": organisation})
            self._failed(organisation, ServiceError(type(error).__name__))
            return FAILED

    def _refreshed(self, organisation: str) -> Refreshed:
        if self.source is None:
            return Refreshed(UNCHANGED)
        state, asked_at = self.states.of(organisation), self.now()
        etag = state.etag if state and state.source == self.source.identity else None
        try:
            fetched = self.source.fetch(organisation, etag)
        except (PortUnavailable, EntitlementsNotFound) as error:
            self._failed(organisation, error)
            return Refreshed(UNLISTED if isinstance(error, EntitlementsNotFound) else FAILED, error)
        said = self._confirmed(fetched, state, asked_at)
        if not self.states.confirm(organisation, state.revision if state else 0, said):
            return Refreshed(OVERTAKEN)
        return Refreshed(UNCHANGED if fetched.found is None else REPLACED)

    def _confirmed(self, fetched: Fetched, state: EntitlementState | None, asked_at: datetime) -> Confirmed:
        """Of when it speaks is when it was asked, or before, where it says so itself."""
        assert self.source is not None
        before = state.stated_as_of if state else None
        stated = fetched.found.as_of if fetched.found else before
        return Confirmed(
            source=self.source.identity,
            etag=fetched.etag,
            confirmed_at=min(asked_at, stated) if stated else asked_at,
            stated_as_of=stated,
            checked_at=asked_at,
            next_at=self._next(NEXT_S),
            found=fetched.found,
        )

    def _failed(self, organisation: str, error: ServiceError) -> None:
        assert self.source is not None
        unlisted = isinstance(error, EntitlementsNotFound)
        next_at, why = self._next(NEXT_S if unlisted else AFTER_FAILURE_S), (error.code, str(error))
        self.states.failed(organisation, self.source.identity, self.now(), next_at, why)

    def _next(self, between_s: tuple[float, float]) -> datetime:
        return self.now() + timedelta(seconds=self.random.uniform(*between_s))

    @contextmanager
    def _alone(self, organisation: str) -> Iterator[None]:
        lease = self.client.lock(
            keys.refresh_lease(organisation), timeout=keys.REFRESH_LEASE_S, blocking=False
        )
        with translated():
            if not lease.acquire():
                raise RefreshUnderWay("the organisation's entitlements are being read at this moment")
        try:
            yield
        finally:
            self._let_go(lease)

    def _let_go(self, lease: Any) -> None:
        try:
            lease.release()
        except (LockError, redis.RedisError) as error:  # It had run out, or will.
            log.warning("refresh_lease_lost", extra={"error": str(error)})
