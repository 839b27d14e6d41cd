"""The source of entitlements that the settings name, and all that reads from it."""

from collections.abc import Mapping

import redis
from sqlalchemy import Engine

from config.settings import Settings
from flows.intelligence.entitlements.source import EntitlementSource
from tasks.clients.base import UpstreamClient
from tasks.clients.entitlements import HttpEntitlements
from tasks.clients.upstreams import ENTITLEMENTS
from tasks.entitlement_refresh import EntitlementRefresh
from tasks.store.cached_entitlements import CachedEntitlements
from tasks.store.entitlement_file import FileEntitlements
from tasks.store.entitlement_states import StoredEntitlementStates
from tasks.store.entitlements import Bounds, StoredEntitlements


def entitlement_source(
    settings: Settings, upstreams: Mapping[str, UpstreamClient]
) -> EntitlementSource | None:
    """A service or a file; None where the durable store itself is the source."""
    if ENTITLEMENTS in upstreams:
        return HttpEntitlements(upstreams[ENTITLEMENTS])
    return FileEntitlements(settings.entitlements_file) if settings.entitlements_file else None


def make_refresh(
    settings: Settings, engine: Engine, client: "redis.Redis", upstreams: Mapping[str, UpstreamClient]
) -> EntitlementRefresh:
    """The refresh of entitlements, with the cached entitlements that it keeps new."""
    source = entitlement_source(settings, upstreams)
    bounds = Bounds(settings.entitlements_stale_s, settings.entitlements_void_s) if source else None
    return EntitlementRefresh(
        source=source,
        states=StoredEntitlementStates(engine),
        cache=CachedEntitlements(StoredEntitlements(engine, bounds=bounds), client),
        client=client,
        expected=frozenset(settings.api_keys.values()),
    )
