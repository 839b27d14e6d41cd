"""What profiles promise: computed at each question, kept in Redis, and on fakeredis' idea of Redis."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import fakeredis
import pytest
import redis

from config import keys
from flows.catalogue.built_in import built_in_catalogue
from flows.errors import PortUnavailable
from flows.intelligence.mastery import Mastery
from flows.intelligence.profile.features import Features
from flows.ports import Profiles
from flows.signals.events import Event, Kind
from tasks.redis_client import fast_client
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_events import InMemoryEvents
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.profiles import CachedProfiles, StoredProfiles

NOW = datetime(2025, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def events() -> InMemoryEvents:
    return InMemoryEvents()


@pytest.fixture
def learners() -> InMemoryLearners:
    return InMemoryLearners()


@pytest.fixture
def stored(events: InMemoryEvents, learners: InMemoryLearners) -> StoredProfiles:
    return StoredProfiles(events, learners, InMemoryCatalogues(built_in_catalogue), lambda: NOW)


@pytest.fixture(params=["stored", "redis", "fakeredis"])
def profiles(request: pytest.FixtureRequest, stored: StoredProfiles) -> Iterator[Profiles]:
    """Each implementation in turn."""
    if request.param == "stored":
        yield stored
    elif request.param == "redis":
        yield CachedProfiles(request.getfixturevalue("redis_client"), stored)
    else:
        with fakeredis.FakeRedis(decode_responses=True) as client:
            yield CachedProfiles(client, stored)


def happened(id_: str, minute: float = 0, **more: Any) -> Event:
    fields = {"organisation": "acme", "user_id": "ann", "kind": Kind.CODE_WRITTEN, "session_id": "s"}
    return Event(id=id_, at=NOW - timedelta(minutes=60 - minute), **(fields | more))


def test_nobody_has_empty_features_and_no_session(profiles: Profiles) -> None:
    """Asking about a person or session that nobody has seen is no error, the second time either."""
    for _ in range(2):
        assert profiles.features("acme", "ann") == Features()
        assert profiles.session("acme", "s") is None


def test_features_hold_mastery_and_what_events_say(
    profiles: Profiles, events: InMemoryEvents, learners: InMemoryLearners
) -> None:
    """Both stores come together, and a second question gives the same."""
    learners.record("acme", "ann", {"go": Mastery(0.5, 4)})
    events.append([happened("1", skill="go")])
    first = profiles.features("acme", "ann")
    assert (first.mastery, first.recent_skills, first.events) == ({"go": Mastery(0.5, 4)}, ("go",), 1)
    assert profiles.features("acme", "ann") == first


def test_new_events_are_seen_once_they_are_told(profiles: Profiles, events: InMemoryEvents) -> None:
    """After ``changed`` features and session are those of now."""
    assert profiles.features("acme", "ann").events == 0
    assert profiles.session("acme", "s") is None
    new = [happened("1", skill="go")]
    events.append(new)
    profiles.changed(new)
    assert profiles.features("acme", "ann").events == 1
    session = profiles.session("acme", "s")
    assert session is not None
    assert (session.user_id, session.skills) == ("ann", ("go",))


def test_organisations_do_not_see_each_other(profiles: Profiles, events: InMemoryEvents) -> None:
    """The same ids elsewhere are somebody else; ids that look like a key do not reach across."""
    events.append([happened("1", skill="go"), happened("2", organisation="acme:ann", user_id="x")])
    assert profiles.features("acme", "ann").events == 1
    assert profiles.features("rival", "ann").events == 0
    assert profiles.session("rival", "s") is None
    assert profiles.features("acme", "ann:x").events == 0
    assert profiles.features("acme:ann", "x").events == 1


def test_a_forgotten_person_is_computed_afresh(profiles: Profiles, learners: InMemoryLearners) -> None:
    """After ``forget`` nothing comes from what was kept."""
    profiles.features("acme", "ann")
    learners.record("acme", "ann", {"go": Mastery(0.5, 4)})
    profiles.forget("acme", "ann", ["s"])
    assert profiles.features("acme", "ann").mastery == {"go": Mastery(0.5, 4)}


def test_values_are_kept_for_their_time(
    stored: StoredProfiles, events: InMemoryEvents, redis_client: "redis.Redis"
) -> None:
    """Features live 15 minutes, a session 30; until then the stores are not asked again."""
    profiles = CachedProfiles(redis_client, stored)
    profiles.features("acme", "ann")
    profiles.session("acme", "s")
    events.append([happened("1", skill="go")])  # Nobody told.
    assert profiles.features("acme", "ann").events == 0
    assert profiles.session("acme", "s") is None
    assert 890 < int(redis_client.ttl(keys.features("acme", "ann"))) <= 900
    assert 1790 < int(redis_client.ttl(keys.session_context("acme", "s"))) <= 1800


def test_who_computed_from_old_events_leaves_nothing_behind(
    stored: StoredProfiles, events: InMemoryEvents, redis_client: "redis.Redis"
) -> None:
    """A value that new events overtook while it was computed is not used."""

    class Overtaken(StoredProfiles):
        def features(self, organisation: str, user_id: str) -> Features:
            found = StoredProfiles.features(self, organisation, user_id)
            if not found.events:
                new = [happened("1")]
                events.append(new)
                CachedProfiles(redis_client, stored).changed(new)
            return found

    slow = Overtaken(stored.events, stored.learners, stored.catalogues, stored.now)
    assert CachedProfiles(redis_client, slow).features("acme", "ann").events == 0
    assert CachedProfiles(redis_client, stored).features("acme", "ann").events == 1


def test_without_redis_the_stores_answer(stored: StoredProfiles, events: InMemoryEvents) -> None:
    """Nothing fails for want of a cache but forgetting, which would leave something behind."""
    with fast_client("redis://127.0.0.1:1") as nowhere:
        profiles = CachedProfiles(nowhere, stored)
        new = [happened("1", skill="go")]
        events.append(new)
        profiles.changed(new)
        assert profiles.features("acme", "ann").events == 1
        assert profiles.session("acme", "s") is not None
        with pytest.raises(PortUnavailable, match="Redis does not answer"):
            profiles.forget("acme", "ann", [])
