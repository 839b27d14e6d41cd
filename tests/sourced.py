"""A source of entitlements that a test holds in its hand, and refreshes that ask it."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import redis
from sqlalchemy import Engine

from flows.errors import EntitlementsNotFound, PortUnavailable
from flows.intelligence.entitlements.model import Contract, Training
from flows.intelligence.entitlements.source import Fetched, SourcedEntitlements
from tasks.entitlement_refresh import EntitlementRefresh
from tasks.store.cached_entitlements import CachedEntitlements
from tasks.store.entitlement_file import etag_of
from tasks.store.entitlement_states import StoredEntitlementStates
from tasks.store.entitlements import Bounds, StoredEntitlements

NOON = datetime(2025, 8, 18, 12, tzinfo=UTC)
STALE_S, VOID_S = 900, 86_400


def sourced(organisation: str = "acme", **changes: Any) -> SourcedEntitlements:
    """An organisation with one contract, in which ann has a seat, and one training."""
    contract = Contract(
        id="ts", course="TypeScript", skill=None, seats=5, seats_used=2, expires_at=NOON + timedelta(days=9)
    )
    training = Training(id="sec", course="Security", skill=None, due_on=NOON.date())
    parts: dict[str, Any] = {
        "contracts": (contract,),
        "seats": frozenset({("ts", "ann")}),
        "trainings": (training,),
    }
    return SourcedEntitlements(organisation=organisation, **(parts | changes))


class HandSource:
    """Says what the test put in, or fails as the test says; counts what it is asked."""

    kind, identity = "http", "by-hand"

    def __init__(self) -> None:
        self.has: dict[str, SourcedEntitlements] = {}
        self.error: Exception | None = None
        self.asked: list[tuple[str, str | None]] = []
        self.meanwhile = lambda: None

    def put(self, *found: SourcedEntitlements) -> None:
        """These organisations have this from now on."""
        self.has |= {one.organisation: one for one in found}

    def fetch(self, organisation: str, etag: str | None) -> Fetched:
        """What was put in."""
        self.asked.append((organisation, etag))
        self.meanwhile()
        if self.error is not None:
            raise self.error
        if organisation not in self.has:
            raise EntitlementsNotFound("unknown here")
        found = self.has[organisation]
        current = etag_of(found)
        return Fetched(None if current == etag else found, current)

    def listed(self) -> Collection[str]:
        """All that were put in."""
        if isinstance(self.error, PortUnavailable):
            raise self.error
        return self.has.keys()


class Clock:
    """A clock that goes on when the test says so."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        """What it shows."""
        return self.at

    def pass_s(self, seconds: float) -> None:
        """So much later."""
        self.at += timedelta(seconds=seconds)


def make_refresh(
    engine: Engine, client: "redis.Redis", source: HandSource | None, now: Clock, **more: Any
) -> EntitlementRefresh:
    """Refreshes of a source into a database and a Redis, by a clock."""
    bounds = Bounds(STALE_S, VOID_S) if source else None
    return EntitlementRefresh(
        source=source,
        states=StoredEntitlementStates(engine),
        cache=CachedEntitlements(StoredEntitlements(engine, now, bounds), client),
        client=client,
        now=now,
        random=Random(7),
        **more,
    )
