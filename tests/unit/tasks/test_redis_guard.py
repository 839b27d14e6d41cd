"""The breaker around Redis: one call that got no answer is enough, and it finds out by itself."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from flows.errors import StoreUnavailable
from flows.model import Flow
from tasks.redis_guard import GuardedPublisher, RedisGuard, guarded_client
from tests.factories import RecordingPublisher


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fails(error: Exception) -> Callable[[], Any]:
    def call() -> None:
        raise error

    return call


def asked(guard: RedisGuard, call: Callable[[], Any]) -> str:
    """What became of a call: ``answered``, ``refused`` by the guard, or the error's name."""
    reached = False
    try:
        with guard.call():
            reached = True
            call()
    except Exception as error:
        return type(error).__name__ if reached else "refused"
    return "answered"


@pytest.mark.parametrize(
    "error", [redis.ConnectionError(), redis.TimeoutError(), StoreUnavailable(), OSError()]
)
def test_one_silence_is_enough(clock: Clock, error: Exception) -> None:
    """After it nothing is asked for half a second; then one call sees how things are."""
    lost: list[bool] = []
    guard = RedisGuard(lambda: lost.append(True), clock)
    assert asked(guard, fails(error)) == type(error).__name__
    assert (guard.closed, lost) == (False, [True])
    assert asked(guard, int) == "refused"
    clock.now += 0.5
    assert asked(guard, int) == "answered"
    assert (guard.closed, asked(guard, int)) == (True, "answered")


def test_who_looks_and_sees_nothing(clock: Clock) -> None:
    """The probes of a long outage are a second apart, and each costs one caller its wait."""
    guard = RedisGuard(clock=clock)
    outcomes = []
    for _ in range(40):
        outcomes.append(asked(guard, fails(redis.TimeoutError())))
        clock.now += 0.1
    assert outcomes.count("TimeoutError") == 5
    assert outcomes.count("refused") == 35


def test_an_answer_is_an_answer(clock: Clock) -> None:
    """A Redis that refuses a command is there."""
    guard = RedisGuard(clock=clock)
    assert asked(guard, fails(redis.ResponseError("OOM"))) == "ResponseError"
    assert guard.closed


def test_every_way_to_redis_goes_through_it(clock: Clock, redis_url: str) -> None:
    """Commands, pipelines and scripts are refused alike while it is open."""
    guard = RedisGuard(clock=clock)
    with guarded_client(redis_url, guard) as client:
        script = client.register_script("return 1")
        assert (client.set("a", "b"), script()) == (True, 1)
        asked(guard, fails(redis.TimeoutError()))
        pipeline = client.pipeline()
        pipeline.get("a")
        for call in (lambda: client.get("a"), script, pipeline.execute):
            with pytest.raises(redis.ConnectionError, match="breaker"):
                call()
        clock.now += 1
        assert pipeline.execute() == ["b"]


def test_a_server_that_forgot_its_scripts(clock: Clock, redis_url: str) -> None:
    """A script is sent again to a server that was emptied."""
    with guarded_client(redis_url, RedisGuard(clock=clock)) as client:
        script = client.register_script("return 2")
        script()
        client.script_flush()
        assert script() == 2


def test_publishing_goes_through_it(clock: Clock) -> None:
    """Without Redis nothing is published, and that is said in our words."""
    guard = RedisGuard(clock=clock)
    inner = RecordingPublisher(waiting=3)
    publisher = GuardedPublisher(inner, guard)
    flow = Flow(name="f", version="1", steps=(), budget_ms=1, cache_ttl_s=0)
    publisher.publish(flow, "a", step=0, attempt=1)
    assert publisher.backlog("interactive") == 3
    asked(guard, fails(redis.TimeoutError()))
    with pytest.raises(StoreUnavailable):
        publisher.publish(flow, "b", step=0, attempt=1)
    with pytest.raises(StoreUnavailable):
        publisher.backlog("interactive")
    assert inner.published == [("a", 0, 1)]
