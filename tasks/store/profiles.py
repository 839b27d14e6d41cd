"""What is known about people and sessions: computed from the stores, and kept at hand in Redis."""

import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import redis

from config import keys
from flows.catalogue.model import BUILT_IN
from flows.errors import PortUnavailable
from flows.intelligence.profile.features import Features, features_of
from flows.intelligence.profile.session import SessionContext, session_of
from flows.ports import CatalogueLibrary, EventStore, LearnerRecords, Profiles
from flows.signals.events import Event

HISTORY = 1_000  #: A person's newest events that features are rolled up from.
SESSION_EVENTS = 200  #: A session's newest events.

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredProfiles:
    """Profiles, computed at each question."""

    events: EventStore
    learners: LearnerRecords
    catalogues: CatalogueLibrary
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def features(self, organisation: str, user_id: str) -> Features:
        """The features of a person. Raises PortUnavailable."""
        mastery = self.learners.mastery(organisation, user_id)
        history = self.events.of_user(organisation, user_id, limit=HISTORY)
        catalogue = self.catalogues.get(organisation, BUILT_IN)
        return features_of(history, mastery, catalogue, self.now())

    def session(self, organisation: str, session_id: str) -> SessionContext | None:
        """What is going on in a session. Raises PortUnavailable."""
        return session_of(self.events.of_session(organisation, session_id, SESSION_EVENTS))

    def changed(self, events: Sequence[Event]) -> None:
        """Nothing is kept, so nothing is out of date."""

    def forget(self, organisation: str, user_id: str, sessions: Collection[str]) -> None:
        """Nothing is kept, so there is nothing to forget."""


class CachedProfiles:
    """Profiles in Redis in front of others; without Redis those answer.

    Each value carries the revision that was current before it was computed, and counts only while
    that is the current one: whoever computes from old events while new ones come in cannot leave
    an old value behind.
    """

    def __init__(self, client: "redis.Redis", source: Profiles) -> None:
        self._client, self._source = client, source

    def features(self, organisation: str, user_id: str) -> Features:
        """The features of a person, at most 15 minutes old. Raises PortUnavailable."""
        document = self._kept(
            keys.features(organisation, user_id),
            keys.FEATURES_TTL_S,
            lambda: self._source.features(organisation, user_id).to_document(),
        )
        return Features.from_document(cast(Mapping[str, Any], document))

    def session(self, organisation: str, session_id: str) -> SessionContext | None:
        """What is going on in a session. Raises PortUnavailable."""

        def compute() -> dict[str, Any] | None:
            found = self._source.session(organisation, session_id)
            return found.to_document() if found else None

        document = self._kept(
            keys.session_context(organisation, session_id), keys.SESSION_CONTEXT_TTL_S, compute
        )
        return SessionContext.from_document(document) if document else None

    def changed(self, events: Sequence[Event]) -> None:
        """Count up the revisions of the people and sessions of these events."""
        out_of_date = sorted(set(_keys(events)))
        try:
            with self._client.pipeline(transaction=False) as pipe:
                for key in out_of_date:
                    pipe.incr(keys.revision(key))
                    pipe.expire(keys.revision(key), keys.REVISION_TTL_S)
                pipe.execute()
        except redis.RedisError as error:  # Then what is kept lives on to its end.
            log.warning("profiles_not_renewed", extra={"error": str(error)})
        self._source.changed(events)

    def forget(self, organisation: str, user_id: str, sessions: Collection[str]) -> None:
        """Delete what is kept of a person; raises PortUnavailable when it cannot be."""
        gone = [keys.features(organisation, user_id)]
        gone += [keys.session_context(organisation, session_id) for session_id in sessions]
        try:
            with self._client.pipeline(transaction=True) as pipe:
                for key in gone:
                    pipe.incr(keys.revision(key))
                    pipe.expire(keys.revision(key), keys.REVISION_TTL_S)
                    pipe.delete(key)
                pipe.execute()
        except redis.RedisError as error:
            raise PortUnavailable(f"Redis does not answer: {error}") from error
        self._source.forget(organisation, user_id, sessions)

    def _kept(
        self, key: str, ttl_s: int, compute: Callable[[], Mapping[str, Any] | None]
    ) -> Mapping[str, Any] | None:
        try:
            text, current = cast("list[str | None]", self._client.mget(key, keys.revision(key)))
        except redis.RedisError:
            return compute()
        revision = current or "0"
        computed_at, _, kept = (text or "").partition(" ")
        if computed_at == revision:
            return cast("Mapping[str, Any] | None", json.loads(kept))
        document = compute()
        try:
            kept = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
            self._client.set(key, f"{revision} {kept}", ex=ttl_s)
        except redis.RedisError as error:
            log.warning("profile_not_kept", extra={"error": str(error)})
        return document


def _keys(events: Iterable[Event]) -> Iterable[str]:
    for event in events:
        yield keys.features(event.organisation, event.user_id)
        if event.session_id:
            yield keys.session_context(event.organisation, event.session_id)
