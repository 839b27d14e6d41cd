"""What processes tell each other of their breakers, in Redis, in Valkey, and on fakeredis' idea of Redis."""

from collections.abc import Iterator

import fakeredis
import pytest

from config import keys
from flows.upstreams.breaker import BreakerState
from tasks.redis_client import fast_client
from tasks.store.breaker_states import BreakerStates


@pytest.fixture(params=["redis", "valkey", "fakeredis"])
def client(request: pytest.FixtureRequest) -> Iterator["fakeredis.FakeRedis"]:
    """An empty server of each kind."""
    if request.param == "redis":
        yield request.getfixturevalue("redis_client")
    elif request.param == "valkey":
        with fast_client(request.getfixturevalue("valkey_server").url) as opened:
            opened.flushall()
            yield opened
    else:
        with fakeredis.FakeRedis(decode_responses=True) as opened:
            yield opened


def test_processes_are_counted_by_upstream(client: "fakeredis.FakeRedis") -> None:
    """Each process whose breaker is open or half-open counts once, until that closes."""
    states = BreakerStates(client)
    assert states.not_closed() == {}
    for process in ("a:1", "b@c:2"):
        states.tell("llm", process, BreakerState.OPEN)
    states.tell("llm", "a:1", BreakerState.HALF_OPEN)
    states.tell("memory", "a:1", BreakerState.OPEN)
    assert states.not_closed() == {"llm": 2, "memory": 1}
    states.tell("llm", "a:1", BreakerState.CLOSED)
    states.tell("pbml", "a:1", BreakerState.CLOSED)
    assert states.not_closed() == {"llm": 1, "memory": 1}


def test_what_is_old_is_forgotten(client: "fakeredis.FakeRedis") -> None:
    """A process that has not asked for half a minute, or is gone, does not count any more."""
    states = BreakerStates(client)
    states.tell("llm", "a:1", BreakerState.OPEN)
    states.tell("llm", "b:1", BreakerState.OPEN)
    client.zincrby(keys.BREAKERS, -31, "llm@a:1")
    client.zincrby(keys.BREAKERS, -25, "llm@b:1")
    assert states.not_closed() == {"llm": 1}
    assert client.zcard(keys.BREAKERS) == 1


def test_an_open_breaker_is_known_to_others(client: "fakeredis.FakeRedis") -> None:
    """As long as nobody is to be let through; and not any more once one process gets answers again."""
    states = BreakerStates(client)
    states.tell("llm", "a:1", BreakerState.OPEN, 2.0)
    assert 1_000 < client.pttl(keys.open_breaker("llm")) <= 2_000
    states.tell("llm", "a:1", BreakerState.HALF_OPEN, 5.0)
    assert client.pttl(keys.open_breaker("llm")) <= 2_000
    states.tell("llm", "b:1", BreakerState.CLOSED)
    assert not client.exists(keys.open_breaker("llm"))
