"""One breaker around all that a front asks of Redis: a dead one costs one wait, and not one per command.

After a call that got no answer, the next ones fail at once for half a second; then one goes through
to see. What Redis answers is none of the breaker's business, also when it is an error.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, cast

import redis
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.retry import Retry

from config.queues import INTERACTIVE
from flows.errors import BreakerOpen, StoreUnavailable
from flows.model import Flow
from flows.upstreams.breaker import BreakerSettings, BreakerState, CircuitBreaker, Verdict
from tasks.publish import Publisher

#: A web thread waits this long once. With the flow that is run in its place that is less than 250 ms.
ANSWER_WITHIN_S = 0.15

#: One unanswered call is enough: a request makes several, and their waits would add up. A slow answer is one.
SETTINGS = BreakerSettings(slow_s=10.0, in_a_row=1, first_open_s=0.5, longest_open_s=1.0)

NO_ANSWER = (redis.ConnectionError, redis.TimeoutError, OperationalError, StoreUnavailable, OSError)


class RedisGuard:
    """The breaker of one process. ``lost`` is called whenever Redis turns out to be away."""

    def __init__(
        self, lost: Callable[[], None] = lambda: None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._lost = lost
        self._breaker = CircuitBreaker(SETTINGS, clock, self._changed)

    @property
    def closed(self) -> bool:
        """True while Redis is asked as always."""
        return self._breaker.state is BreakerState.CLOSED

    @contextmanager
    def call(self) -> Iterator[None]:
        """Ask Redis inside this context. Raises redis.ConnectionError when it is not to be asked."""
        try:
            permit = self._breaker.enter()
        except BreakerOpen as error:
            raise redis.ConnectionError(str(error)) from None
        verdict = Verdict.WELL
        try:
            yield
        except NO_ANSWER:
            verdict = Verdict.FAILED
            raise
        finally:
            self._breaker.leave(permit, verdict)

    def _changed(self, state: BreakerState) -> None:
        if state is BreakerState.OPEN:
            self._lost()


class GuardedRedis(redis.Redis):
    """A client whose every command goes through the guard."""

    guard: RedisGuard

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run a command. Raises as the client does, and redis.ConnectionError from the guard."""
        with self.guard.call():
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> "GuardedPipeline":
        """Commands that go together."""
        pipeline = GuardedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipeline.guard = self.guard
        return pipeline


class GuardedPipeline(Pipeline):
    """A pipeline that goes through the guard as one call."""

    guard: RedisGuard

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Run what was queued."""
        with self.guard.call():
            return super().execute(raise_on_error)


def guarded_client(url: str, guard: RedisGuard) -> GuardedRedis:
    """For the short commands of a front. A wait that ran out is not begun again."""
    made = GuardedRedis.from_url(
        url,
        decode_responses=True,
        socket_timeout=ANSWER_WITHIN_S,
        socket_connect_timeout=ANSWER_WITHIN_S,
        # One more try for a pooled connection that was closed meanwhile, but none for one that is silent.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )
    client = cast(GuardedRedis, made)
    client.guard = guard
    return client


class GuardedPublisher:
    """A publisher that goes through the guard: its broker is the same Redis."""

    def __init__(self, publisher: Publisher, guard: RedisGuard) -> None:
        self._publisher, self._guard = publisher, guard

    def publish(self, flow: Flow, job_id: str, *, step: int, attempt: int, lane: str = INTERACTIVE) -> None:
        """Publish the steps from ``step`` on; raises StoreUnavailable."""
        with _translated(), self._guard.call():
            self._publisher.publish(flow, job_id, step=step, attempt=attempt, lane=lane)

    def backlog(self, queue: str) -> int:
        """Messages that wait in a queue; raises StoreUnavailable."""
        with _translated(), self._guard.call():
            return self._publisher.backlog(queue)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except redis.ConnectionError as error:
        raise StoreUnavailable(f"the broker does not answer: {error}") from error
