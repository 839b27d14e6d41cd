"""Entitlements with what belongs to the whole organisation cached in Redis.

A contract's end is stored with it and judged by whoever reads it, so a cached contract expires
on time. What may be minutes old is the number of free seats and the list of contracts. A
person's seats and completions are read anew each time.
"""

import json
import logging
from contextlib import suppress

import redis

from config import keys
from flows.intelligence.entitlements.as_json import licences_from_json, licences_to_json
from flows.intelligence.entitlements.model import EntitlementSnapshot, Licences
from tasks.store.entitlements import StoredEntitlements

log = logging.getLogger(__name__)


class CachedEntitlements:
    """Entitlements on the durable store behind Redis; without Redis it goes on without a cache."""

    def __init__(self, stored: StoredEntitlements, client: "redis.Redis") -> None:
        self._stored, self._client = stored, client

    def of(self, organisation: str, user_id: str) -> EntitlementSnapshot:
        """Contracts and trainings at most five minutes old, the person's part as it is now.

        Raises PortUnavailable.
        """
        return self._stored.of_person(organisation, user_id, self.licences(organisation))

    def licences(self, organisation: str) -> Licences:
        """What belongs to the whole organisation, at most five minutes old. Raises PortUnavailable."""
        return self._cached(organisation) or self._load(organisation)

    def forget(self, organisation: str) -> None:
        """Read the organisation's contracts anew next time, as far as Redis answers."""
        with suppress(redis.RedisError):
            self._client.delete(keys.entitlements(organisation))

    def renew(self, organisation: str) -> None:
        """Read the organisation's contracts anew now. Raises PortUnavailable."""
        self._load(organisation)

    def _cached(self, organisation: str) -> Licences | None:
        try:
            text = self._client.get(keys.entitlements(organisation))
            return licences_from_json(json.loads(text)) if text else None
        except redis.RedisError as error:
            log.warning("entitlements_uncached", extra={"error": str(error)})
        except (ValueError, KeyError, TypeError) as error:  # Written by another version.
            log.warning("entitlements_unreadable", extra={"error": str(error)})
        return None

    def _load(self, organisation: str) -> Licences:
        licences = self._stored.licences(organisation)
        text = json.dumps(licences_to_json(licences), separators=(",", ":"))
        with suppress(redis.RedisError):
            self._client.set(keys.entitlements(organisation), text, ex=keys.ENTITLEMENTS_TTL_S)
        return licences
