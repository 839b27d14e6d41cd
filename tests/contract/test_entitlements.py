"""What every store of entitlements promises: on dicts, in databases, and behind the Redis cache."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine, insert, update

from config import keys
from flows.errors import PortUnavailable
from flows.intelligence.entitlements.model import Contract, EntitlementSnapshot, Training
from flows.intelligence.entitlements.policy import contract_for
from tasks.redis_client import fast_client
from tasks.store.cached_entitlements import CachedEntitlements
from tasks.store.database import ensure_organisation, insert_or_keep, open_database
from tasks.store.entitlements import StoredEntitlements
from tasks.store.in_memory_entitlements import InMemoryEntitlements
from tasks.store.tables import contracts, seats, training_completions, trainings, users

NOON = datetime(2025, 8, 18, 12, tzinfo=UTC)
TYPESCRIPT = Contract(
    id="ts",
    course="Advanced TypeScript",
    skill="typescript-advanced",
    seats=15,
    seats_used=12,
    expires_at=NOON,
)
WELDING = Contract(
    id="weld",
    course="Welding ☃",
    skill=None,
    seats=1,
    seats_used=1,
    expires_at=datetime(2025, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))),
)
SECURITY = Training(
    id="sec", course="Security Awareness", skill="security-awareness", due_on=date(2025, 9, 1)
)
PRIVACY = Training(id="priv", course="Privacy", skill=None, due_on=date(2025, 8, 1))


class Stored:
    """Puts rows into a database, and asks an implementation that reads from there."""

    def __init__(self, engine: Engine, asked: StoredEntitlements | CachedEntitlements) -> None:
        self._engine, self._asked = engine, asked

    def put(self, organisation: str, bought: list[Contract], asked: list[Training]) -> None:
        with self._engine.begin() as connection:
            ensure_organisation(connection, organisation)
            for c in bought:
                row = {"organisation_id": organisation, "id": c.id, "course": c.course, "skill_id": c.skill}
                row |= {"seats": c.seats, "seats_used": c.seats_used, "expires_at": c.expires_at}
                connection.execute(insert(contracts), row)
            for t in asked:
                row = {"organisation_id": organisation, "id": t.id, "course": t.course, "skill_id": t.skill}
                connection.execute(insert(trainings), row | {"due_on": t.due_on})

    def assign(self, organisation: str, contract_id: str, user_id: str) -> None:
        row = {"contract_id": contract_id, "assigned_at": NOON}
        with self._engine.begin() as connection:
            person = {"organisation_id": organisation, "id": user_id}
            connection.execute(insert_or_keep(connection, users), person)
            connection.execute(insert(seats), row | {"organisation_id": organisation, "user_id": user_id})

    def complete(self, organisation: str, training_id: str, user_id: str) -> None:
        row = {"training_id": training_id, "completed_at": NOON}
        with self._engine.begin() as connection:
            person = {"organisation_id": organisation, "id": user_id}
            connection.execute(insert_or_keep(connection, users), person)
            row |= {"organisation_id": organisation, "user_id": user_id}
            connection.execute(insert(training_completions), row)

    def of(self, organisation: str, user_id: str) -> EntitlementSnapshot:
        return self._asked.of(organisation, user_id)


Entitlements = InMemoryEntitlements | Stored


@pytest.fixture(params=["memory", "sqlite", "postgresql", "redis", "no-redis"])
def entitlements(request: pytest.FixtureRequest) -> Iterator[Entitlements]:
    if request.param == "memory":
        yield InMemoryEntitlements()
        return
    database = "postgresql" if request.param == "postgresql" else "sqlite"
    engine = open_database(request.getfixturevalue(f"{database}_url"))
    stored = StoredEntitlements(engine)
    if request.param == "redis":
        yield Stored(engine, CachedEntitlements(stored, request.getfixturevalue("redis_client")))
    elif request.param == "no-redis":
        with fast_client("redis://127.0.0.1:1/0") as nobody:
            yield Stored(engine, CachedEntitlements(stored, nobody))
    else:
        yield Stored(engine, stored)
    engine.dispose()


@pytest.fixture
def cached(engine: Engine, redis_client: "redis.Redis") -> Stored:
    return Stored(engine, CachedEntitlements(StoredEntitlements(engine), redis_client))


def asked(entitlements: Entitlements, organisation: str, user_id: str) -> EntitlementSnapshot:
    """The answer, which is the same when it is asked for again; a cache answers the second time."""
    first, second = entitlements.of(organisation, user_id), entitlements.of(organisation, user_id)
    assert first.licences.contracts == second.licences.contracts
    assert first.licences.trainings == second.licences.trainings
    return second


def test_nothing_is_known_of_nobody(entitlements: Entitlements) -> None:
    """An organisation and a person that nobody has heard of have nothing, which is no error."""
    found = asked(entitlements, "acme", "ann")
    assert (found.licences.contracts, found.licences.trainings) == ((), ())
    assert (found.seats_held, found.completed) == (frozenset(), frozenset())


def test_what_was_bought_is_returned(entitlements: Entitlements) -> None:
    """Contracts come soonest to end first, trainings earliest due first, to the last field and moment."""
    entitlements.put("acme", [TYPESCRIPT, WELDING], [SECURITY, PRIVACY])
    found = asked(entitlements, "acme", "ann").licences
    assert found.contracts == (WELDING, TYPESCRIPT)
    assert found.trainings == (PRIVACY, SECURITY)
    assert [c.expires_at for c in found.contracts] == [datetime(2024, 12, 31, 23, tzinfo=UTC), NOON]


def test_what_a_person_has(entitlements: Entitlements) -> None:
    """Seats and completions are the person's own, and told apart also where their ids are the same."""
    entitlements.put("acme", [TYPESCRIPT, replace(WELDING, id="sec")], [SECURITY])
    entitlements.assign("acme", "ts", "ann")
    entitlements.complete("acme", "sec", "bob")
    ann, bob = asked(entitlements, "acme", "ann"), asked(entitlements, "acme", "bob")
    assert (ann.seats_held, ann.completed) == ({"ts"}, frozenset())
    assert (bob.seats_held, bob.completed) == (frozenset(), {"sec"})


def test_a_person_is_read_anew(entitlements: Entitlements) -> None:
    """A seat or a completion counts at once, whatever was asked before."""
    entitlements.put("acme", [TYPESCRIPT], [SECURITY])
    asked(entitlements, "acme", "ann")
    entitlements.assign("acme", "ts", "ann")
    entitlements.complete("acme", "sec", "ann")
    found = asked(entitlements, "acme", "ann")
    assert (found.seats_held, found.completed) == ({"ts"}, {"sec"})


def test_organisations_do_not_see_each_other(entitlements: Entitlements) -> None:
    """The same ids in two organisations are two contracts, two trainings and two people."""
    entitlements.put("acme", [TYPESCRIPT], [SECURITY])
    entitlements.put("rival", [replace(TYPESCRIPT, seats=3, seats_used=0)], [SECURITY])
    entitlements.assign("acme", "ts", "ann")
    entitlements.complete("rival", "sec", "ann")
    acme, rival = asked(entitlements, "acme", "ann"), asked(entitlements, "rival", "ann")
    assert (acme.licences.contracts[0].seats, rival.licences.contracts[0].seats) == (15, 3)
    assert (acme.seats_held, rival.seats_held) == ({"ts"}, frozenset())
    assert (acme.completed, rival.completed) == (frozenset(), {"sec"})


@pytest.mark.parametrize("text", ["☃ 𝄞", "'; DROP TABLE contracts; --", "a/b:c", "x:entitlements"])
def test_any_id_works(entitlements: Entitlements, text: str) -> None:
    """Ids are only compared, whatever characters they have."""
    entitlements.put(text, [replace(TYPESCRIPT, id=text)], [])
    entitlements.assign(text, text, text)
    assert asked(entitlements, text, text).seats_held == {text}


def test_the_cache_keeps_contracts_for_five_minutes(cached: Stored, redis_client: "redis.Redis") -> None:
    """What belongs to the organisation is kept under its key, with nothing about any person."""
    cached.put("acme", [TYPESCRIPT], [SECURITY])
    cached.assign("acme", "ts", "ann")
    cached.of("acme", "ann")
    assert redis_client.keys() == ["org:acme:entitlements"]
    assert 295 <= redis_client.ttl("org:acme:entitlements") <= 300
    assert "ann" not in redis_client.get("org:acme:entitlements")


def test_cached_seats_may_be_old_and_say_so(cached: Stored, engine: Engine) -> None:
    """A change of a contract shows when the cache has run out; ``as_of`` stays that of the reading."""
    cached.put("acme", [TYPESCRIPT], [])
    before = cached.of("acme", "ann").licences
    with engine.begin() as connection:
        connection.execute(update(contracts).values(seats_used=15))
    assert cached.of("acme", "ann").licences == before


def test_a_cached_contract_expires_on_time(cached: Stored) -> None:
    """A contract that was cached while it was good is over at its end, judged by who asks."""
    cached.put("acme", [TYPESCRIPT], [])
    cached.of("acme", "ann")
    found = cached.of("acme", "ann")
    assert contract_for("Advanced TypeScript", found, NOON - timedelta(microseconds=1)) == TYPESCRIPT
    assert contract_for("Advanced TypeScript", found, NOON) is None


def test_what_is_forgotten_is_read_anew(engine: Engine, redis_client: "redis.Redis") -> None:
    """Forgetting one organisation's cached contracts leaves the others' alone."""
    entitlements = CachedEntitlements(StoredEntitlements(engine), redis_client)
    for organisation in ("acme", "rival"):
        Stored(engine, entitlements).put(organisation, [TYPESCRIPT], [])
        entitlements.of(organisation, "ann")
    with engine.begin() as connection:
        connection.execute(update(contracts).values(seats_used=15))
    entitlements.forget("acme")
    used = [entitlements.of(o, "ann").licences.contracts[0].seats_used for o in ("acme", "rival")]
    assert used == [15, 12]


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "[]", json.dumps({"contracts": [["x"]], "trainings": [], "asOf": "now"})]
)
def test_an_unreadable_cache_is_read_anew(cached: Stored, redis_client: "redis.Redis", text: str) -> None:
    """What another version wrote, or somebody else, is replaced and never shown."""
    cached.put("acme", [TYPESCRIPT], [])
    redis_client.set(keys.entitlements("acme"), text)
    assert cached.of("acme", "ann").licences.contracts == (TYPESCRIPT,)
    assert redis_client.get(keys.entitlements("acme")) != text


def test_an_outage_is_said_to_be_one(tmp_path: Path, redis_client: "redis.Redis") -> None:
    """A database that cannot be opened raises PortUnavailable, with and without the cache."""
    (tmp_path / "is-a-folder.db").mkdir()
    stored = StoredEntitlements(open_database(f"sqlite:///{tmp_path / 'is-a-folder.db'}"))
    for entitlements in (stored, CachedEntitlements(stored, redis_client)):
        with pytest.raises(PortUnavailable):
            entitlements.of("acme", "ann")
