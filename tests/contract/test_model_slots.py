"""What slots of a model promise: in one process, in Redis, in Valkey, and on fakeredis' idea of Redis."""

from collections.abc import Callable, Iterator
from threading import Barrier, Thread

import fakeredis
import pytest
import redis

from config import keys
from flows.upstreams.breaker import BreakerState
from tasks.redis_client import fast_client
from tasks.store.breaker_states import BreakerStates
from tasks.store.model_slots import ModelSlots, ProcessSlots, RedisSlots

LEASE_S = 30.0
NO_TIME_S = 0.0  #: A lease of no length is over at once.

MakeSlots = Callable[[int], ModelSlots]


@pytest.fixture(params=["process", "redis", "valkey", "fakeredis"])
def make(request: pytest.FixtureRequest) -> Iterator[MakeSlots]:
    """Makes slots of each kind in turn."""
    if request.param == "process":
        yield ProcessSlots
    elif request.param == "redis":
        client = request.getfixturevalue("redis_client")
        yield lambda slots: RedisSlots(client, "llm", slots)
    elif request.param == "valkey":
        with fast_client(request.getfixturevalue("valkey_server").url) as client:
            client.flushall()
            yield lambda slots: RedisSlots(client, "llm", slots)
    else:
        with fakeredis.FakeRedis(decode_responses=True) as client:
            yield lambda slots: RedisSlots(client, "llm", slots)


def taken(slots: ModelSlots, *holders: str, **more: bool) -> list[bool]:
    return [slots.take(holder, LEASE_S, **more) is None for holder in holders]


def test_there_are_as_many_as_were_said(make: MakeSlots) -> None:
    """Whoever comes when all are taken gets none, until one is given back."""
    slots = make(2)
    assert taken(slots, "a", "b", "c") == [True, True, False]
    slots.free("a")
    assert taken(slots, "c", "a") == [True, False]


def test_a_holder_has_one_slot(make: MakeSlots) -> None:
    """Who reserved one takes the same when they begin, and asks as often as they like."""
    slots = make(1)
    assert slots.take("a", LEASE_S, reserve=True) is None
    assert taken(slots, "a", "a", "b") == [True, True, False]


def test_who_never_gives_back_loses_it(make: MakeSlots) -> None:
    """A slot ends with its lease: a process that was killed keeps nobody out."""
    slots = make(1)
    assert slots.take("killed", NO_TIME_S) is None
    assert taken(slots, "b") == [True]


def test_giving_back_what_one_has_not(make: MakeSlots) -> None:
    """Nobody loses a slot by it."""
    slots = make(1)
    taken(slots, "a")
    slots.free("b")
    assert taken(slots, "b") == [False]


def test_one_slot_is_left_to_people(make: MakeSlots) -> None:
    """What nobody waits for takes all but one of several, and the only one where there is one."""
    slots = make(2)
    assert taken(slots, "refine-1", "refine-2", waited_for=False) == [True, False]
    assert taken(slots, "person", "refine-1") == [True, True]
    slots.free("refine-1")
    assert taken(slots, "refine-2", waited_for=False) == [False]
    slots.free("person")
    only = make(1)
    assert taken(only, "refine-3", waited_for=False) == [True]
    assert taken(only, "person") == [False]


def test_no_more_than_there_are_at_once(make: MakeSlots) -> None:
    """Of many who ask in the same moment, exactly so many get one."""
    slots, start, got = make(3), Barrier(12), list[bool]()

    def ask(number: int) -> None:
        start.wait(10)
        got.append(slots.take(f"holder-{number}", LEASE_S) is None)

    threads = [Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(got) == [False] * 9 + [True] * 3


def test_a_dead_model_is_reserved_for_nobody(redis_client: "redis.Redis") -> None:
    """While a process leaves it alone, others are told so; whoever is to see asks without reserving."""
    slots, states = RedisSlots(redis_client, "llm", 1), BreakerStates(redis_client)
    states.tell("llm", "worker:1", BreakerState.OPEN, 2.0)
    refusal = slots.take("a", LEASE_S, reserve=True)
    assert refusal is not None
    assert 1 < refusal.left_alone_s <= 2
    assert taken(slots, "a") == [True]
    states.tell("llm", "worker:1", BreakerState.CLOSED)
    assert slots.take("a", LEASE_S, reserve=True) is None


def test_what_a_use_took_is_kept(redis_client: "redis.Redis") -> None:
    """With giving the slot back, newest first; and people's use is remembered for a while."""
    slots = RedisSlots(redis_client, "llm", 1)
    taken(slots, "a", waited_for=False)
    assert not redis_client.exists(keys.MODEL_USED)
    slots.free("a", ["1", "2"])
    taken(slots, "b")
    slots.free("b", ["3"])
    slots.free("b")
    assert redis_client.lrange(keys.MODEL_TIMINGS, 0, -1) == ["3", "2", "1"]
    assert 0 < redis_client.ttl(keys.MODEL_USED) <= keys.MODEL_USED_S


def test_without_redis_a_process_keeps_to_its_own() -> None:
    """It asks no more at once than the model has slots, as far as it can know."""
    slots = RedisSlots(fast_client("redis://127.0.0.1:1/0", 0.05), "llm", 1)
    assert taken(slots, "a", "b") == [True, False]
    slots.free("a", ["lost"])
    assert taken(slots, "b") == [True]
