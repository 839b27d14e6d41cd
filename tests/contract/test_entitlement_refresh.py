"""From the source into the durable store and Redis: on SQLite and on PostgreSQL."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import redis
from sqlalchemy import Engine, func, insert, select

from config import keys
from config.metrics import ENTITLEMENT_REFRESHES
from flows.errors import BadUpstreamAnswer, RefreshUnderWay, StoreUnavailable, UpstreamUnavailable
from flows.intelligence.entitlements.model import Training
from flows.intelligence.entitlements.policy import contract_for
from tasks.entitlement_refresh import EntitlementRefresh
from tasks.redis_client import fast_client
from tasks.store.entitlement_states import Confirmed
from tasks.store.erasure import erase_user
from tasks.store.tables import contracts, seats, training_completions, users
from tests.sourced import NOON, STALE_S, VOID_S, Clock, HandSource, make_refresh, sourced


@pytest.fixture
def source() -> HandSource:
    """Acme and its rival have the same."""
    source = HandSource()
    source.put(sourced("acme"), sourced("rival"))
    return source


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def refresh(
    engine: Engine, redis_client: "redis.Redis", source: HandSource, clock: Clock
) -> EntitlementRefresh:
    return make_refresh(engine, redis_client, source, clock)


def courses(refresh: EntitlementRefresh, organisation: str = "acme") -> list[str]:
    """What Ann may take there now."""
    found = refresh.cache.of(organisation, "ann")
    return [c.course for c in found.licences.contracts if contract_for(c.course, found, refresh.now())]


def test_what_the_source_says_is_there(refresh: EntitlementRefresh, engine: Engine) -> None:
    """Contracts, seats and trainings; a person whom nobody has seen comes into being."""
    assert refresh.refresh("acme").fate == "replaced"
    found = refresh.cache.of("acme", "ann")
    assert found.licences.contracts == sourced().contracts
    assert found.licences.trainings == sourced().trainings
    assert found.seats_held == {"ts"}
    assert found.licences.known_as_of == NOON
    with engine.connect() as connection:
        assert connection.execute(select(users.c.organisation_id, users.c.id)).all() == [("acme", "ann")]


def test_what_it_says_no_more_is_gone(
    refresh: EntitlementRefresh, source: HandSource, engine: Engine, clock: Clock
) -> None:
    """And what stays is kept with what was known beside: since when a seat is held, who completed what."""
    (contract,), (training,) = sourced().contracts, sourced().trainings
    gone = replace(contract, id="go", course="Go")
    other = Training(id="old", course="Old", skill=None, due_on=NOON.date())
    source.put(
        sourced(
            contracts=(contract, gone),
            trainings=(training, other),
            seats=frozenset({("ts", "ann"), ("ts", "bob"), ("go", "ann")}),
        )
    )
    refresh.refresh("acme")
    with engine.begin() as connection:
        row = {"organisation_id": "acme", "user_id": "ann", "completed_at": NOON}
        connection.execute(
            insert(training_completions), [row | {"training_id": id_} for id_ in ("sec", "old")]
        )
    clock.pass_s(60)
    source.put(sourced(contracts=(replace(contract, seats_used=5),)))
    assert refresh.refresh("acme").fate == "replaced"
    ann, bob = refresh.cache.of("acme", "ann"), refresh.cache.of("acme", "bob")
    assert [(c.id, c.seats_used) for c in ann.licences.contracts] == [("ts", 5)]
    assert [t.id for t in ann.licences.trainings] == ["sec"]
    assert (ann.seats_held, ann.completed, bob.seats_held) == ({"ts"}, {"sec"}, frozenset())
    with engine.connect() as connection:
        assert connection.execute(select(seats.c.user_id, seats.c.assigned_at)).all() == [("ann", NOON)]


def test_organisations_do_not_see_each_other(refresh: EntitlementRefresh, source: HandSource) -> None:
    """The same ids in two organisations: what one has no more, the other keeps."""
    refresh.refresh("acme")
    refresh.refresh("rival")
    source.put(sourced("acme", contracts=(), seats=frozenset(), trainings=()))
    refresh.refresh("acme")
    assert (courses(refresh, "acme"), courses(refresh, "rival")) == ([], ["TypeScript"])
    assert refresh.status("rival")["counts"] == {"contracts": 1, "seats": 1, "trainings": 1}
    assert refresh.cache.of("rival", "ann").seats_held == {"ts"}


def test_what_has_not_changed_is_not_sent_again(
    refresh: EntitlementRefresh, source: HandSource, clock: Clock
) -> None:
    """The source is asked with what it called its last answer, and confirms it anew."""
    refresh.refresh("acme")
    clock.pass_s(600)
    assert refresh.refresh("acme").fate == "unchanged"
    assert source.asked[0] == ("acme", None)
    assert source.asked[1][1] is not None
    assert refresh.status("acme")["ageS"] == 0
    assert courses(refresh) == ["TypeScript"]


def test_what_another_source_called_its_answer_means_nothing(
    refresh: EntitlementRefresh, source: HandSource
) -> None:
    """After a change of the source everything is asked for."""
    refresh.refresh("acme")
    source.identity = "another"  # type: ignore[misc]
    assert refresh.refresh("acme").fate == "replaced"
    assert source.asked[1] == ("acme", None)


def test_a_source_may_say_that_it_is_behind(
    refresh: EntitlementRefresh, source: HandSource, clock: Clock
) -> None:
    """Its word is as old as it says, also when it has not changed; it is never of the future."""
    source.put(sourced(as_of=NOON - timedelta(seconds=600)))
    refresh.refresh("acme")
    clock.pass_s(60)
    refresh.refresh("acme")
    assert refresh.status("acme")["ageS"] == 660
    source.put(sourced(as_of=NOON + timedelta(days=9)))
    refresh.refresh("acme")
    assert refresh.status("acme")["ageS"] == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UpstreamUnavailable("cannot be reached"), "upstream_unavailable"),
        (BadUpstreamAnswer("contracts/0/seats must be a whole number"), "bad_upstream_answer"),
    ],
)
def test_what_was_known_stays_when_the_source_does_not_say(
    refresh: EntitlementRefresh, source: HandSource, clock: Clock, error: Exception, code: str
) -> None:
    """It grows old in the open: first as it is, then stale, in the end void; and recovers at once."""
    refresh.refresh("acme")
    source.error = error
    seen = []
    for after_s in (60, STALE_S, VOID_S):
        clock.at = NOON + timedelta(seconds=after_s + 1)
        refreshed = refresh.refresh("acme")
        assert (refreshed.fate, refreshed.error) == ("failed", error)
        status = refresh.status("acme")
        assert status["lastError"] == {"code": code, "detail": str(error)}
        assert status["counts"]["contracts"] == 1
        seen.append((status["stale"], status["void"], courses(refresh)))
    assert seen == [(False, False, ["TypeScript"]), (True, False, ["TypeScript"]), (True, True, [])]
    source.error = None
    refresh.refresh("acme")
    assert refresh.status("acme")["lastError"] is None
    assert courses(refresh) == ["TypeScript"]


def test_what_no_source_ever_said_is_not_shown(refresh: EntitlementRefresh, engine: Engine) -> None:
    """Contracts that were there before a source was named count only after it has confirmed them."""
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO organisations (id, name, pseudonym_key) VALUES ('acme', 'acme', 'k')"
        )
        row = {"organisation_id": "acme", "id": "ts", "course": "TypeScript", "seats": 5, "seats_used": 0}
        connection.execute(insert(contracts), row | {"expires_at": NOON + timedelta(days=1)})
    status = refresh.status("acme")
    assert (status["asOf"], status["stale"], status["void"]) == (None, True, True)
    assert (courses(refresh), status["counts"]["contracts"]) == ([], 1)
    refresh.refresh("acme")
    assert courses(refresh) == ["TypeScript"]


def test_one_that_the_source_does_not_know_loses_nothing_at_once(
    refresh: EntitlementRefresh, source: HandSource
) -> None:
    """A source at a wrong address knows nobody: what was known stays as long as it may."""
    refresh.refresh("acme")
    del source.has["acme"]
    refreshed = refresh.refresh("acme")
    assert refreshed.fate == "unlisted"
    assert refresh.status("acme")["lastError"]["code"] == "entitlements_not_found"
    assert courses(refresh) == ["TypeScript"]


def test_redis_has_what_the_source_said(refresh: EntitlementRefresh, redis_client: "redis.Redis") -> None:
    """With a lifetime that begins anew: nobody who asks finds the old ones, or none."""
    redis_client.set(keys.entitlements("acme"), "old")
    refresh.refresh("acme")
    kept = json.loads(redis_client.get(keys.entitlements("acme")) or "")
    assert [contract[0] for contract in kept["contracts"]] == ["ts"]
    assert redis_client.ttl(keys.entitlements("acme")) > 290
    assert redis_client.get(keys.refresh_lease("acme")) is None


def test_one_refresh_at_a_time(refresh: EntitlementRefresh, source: HandSource) -> None:
    """Who comes while one is under way is told so, and another organisation is not held up."""
    source.meanwhile = lambda: None
    caught: list[bool] = []

    def second() -> None:
        source.meanwhile = lambda: None
        with pytest.raises(RefreshUnderWay):
            refresh.refresh("acme")
        refresh.refresh("rival")
        caught.append(True)

    source.meanwhile = second
    assert refresh.refresh("acme").fate == "replaced"
    assert caught == [True]


def test_who_was_overtaken_changes_nothing(
    refresh: EntitlementRefresh, source: HandSource, clock: Clock
) -> None:
    """A refresh that hung while a later one came and went has an old answer in its hands."""
    newer = sourced(contracts=(), seats=frozenset(), trainings=())

    def overtake() -> None:
        said = Confirmed(
            source="by-hand",
            etag=None,
            confirmed_at=NOON,
            stated_as_of=None,
            checked_at=NOON,
            next_at=NOON,
            found=newer,
        )
        assert refresh.states.confirm("acme", 0, said)

    source.meanwhile = overtake
    assert refresh.refresh("acme").fate == "overtaken"
    assert courses(refresh) == []


def test_all_are_asked_in_their_time(refresh: EntitlementRefresh, source: HandSource, clock: Clock) -> None:
    """Those never asked about at once, each of them again two to four minutes later, none sooner."""
    source.put(*(sourced(f"o{number}") for number in range(20)))
    assert refresh.refresh_due() == {"replaced": 22}
    times = {refresh.status(organisation)["nextCheckAt"] for organisation in source.has}
    assert len(times) > 10
    source.asked.clear()
    clock.pass_s(119)
    assert refresh.refresh_due() == {}
    clock.pass_s(61)
    first = refresh.refresh_due()
    assert 0 < first["unchanged"] < 22
    clock.pass_s(61)
    assert first["unchanged"] + refresh.refresh_due()["unchanged"] >= 22
    assert {organisation for organisation, _ in source.asked} == set(source.has)


def test_what_is_expected_is_asked_about(engine: Engine, redis_client: "redis.Redis", clock: Clock) -> None:
    """An organisation that has a key and nothing else yet."""
    source = HandSource()
    source.put(sourced("keyed"))
    source.listed = tuple  # type: ignore[method-assign]
    refresh = make_refresh(engine, redis_client, source, clock, expected=frozenset({"keyed"}))
    assert refresh.refresh_due() == {"replaced": 1}
    assert refresh.refresh_due() == {}


def test_a_failing_source_is_asked_again_soon(
    refresh: EntitlementRefresh, source: HandSource, clock: Clock
) -> None:
    """Within a minute, and what breaks one organisation's refresh leaves the others alone."""
    refresh.refresh_due()
    clock.pass_s(241)
    source.error = ValueError("nobody foresaw this")
    assert refresh.refresh_due() == {"failed": 2}
    assert refresh.status("acme")["lastError"] == {"code": "internal", "detail": "ValueError"}
    source.error = None
    clock.pass_s(29)
    assert refresh.refresh_due() == {}
    clock.pass_s(32)
    assert refresh.refresh_due() == {"unchanged": 2}


def test_a_tick_has_an_end(
    engine: Engine, redis_client: "redis.Redis", source: HandSource, clock: Clock
) -> None:
    """What is not asked in one tick is asked in the next."""
    times = iter([0.0, 1.0, 9.0])
    refresh = make_refresh(engine, redis_client, source, clock, clock=lambda: next(times))
    assert refresh.refresh_due() == {"replaced": 1}
    assert make_refresh(engine, redis_client, source, clock).refresh_due() == {"replaced": 1}


def test_without_a_source_the_store_is_it(engine: Engine, redis_client: "redis.Redis", clock: Clock) -> None:
    """Nothing grows stale; a refresh reads anew what is stored."""
    filled = HandSource()
    filled.put(sourced("acme"))
    make_refresh(engine, redis_client, filled, clock).refresh("acme")
    clock.pass_s(5 * VOID_S)
    store = make_refresh(engine, redis_client, None, clock)
    assert store.refresh_due() == {}
    assert store.refresh("acme").fate == "unchanged"
    status = store.status("acme")
    assert (status["source"], status["stale"], status["void"], status["ageS"]) == ("store", False, False, 0)
    assert courses(store) == ["TypeScript"]


def test_an_erased_person_stays_erased_until_the_source_says_more(
    refresh: EntitlementRefresh, source: HandSource, engine: Engine
) -> None:
    """Erasure takes the seat; what has not changed at the source does not bring it back."""
    refresh.refresh("acme")
    assert erase_user(engine, "acme", "ann")["seats"] == 1
    assert refresh.refresh("acme").fate == "unchanged"
    assert refresh.cache.of("acme", "ann").seats_held == frozenset()
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(users)).scalar_one() == 0


def test_refreshes_are_counted(refresh: EntitlementRefresh, source: HandSource) -> None:
    """By what came of them."""

    def counted(fate: str) -> float:
        return ENTITLEMENT_REFRESHES.labels(fate)._value.get()

    before = {fate: counted(fate) for fate in ("replaced", "failed")}
    refresh.refresh("acme")
    source.error = UpstreamUnavailable("gone")
    refresh.refresh("acme")
    assert {fate: counted(fate) - before[fate] for fate in before} == {"replaced": 1, "failed": 1}


def test_without_redis_nobody_is_asked(engine: Engine, source: HandSource, clock: Clock) -> None:
    """Nobody could say that no other one is under way."""
    with fast_client("redis://127.0.0.1:1/0") as nobody, pytest.raises(StoreUnavailable):
        make_refresh(engine, nobody, source, clock).refresh("acme")
    assert source.asked == []
