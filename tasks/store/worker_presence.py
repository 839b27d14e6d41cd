"""Which workers are there: each says so every few seconds, and is forgotten when it stops."""

from collections import Counter
from collections.abc import Callable, Collection
from threading import Lock
from time import monotonic
from typing import cast

import redis

from config import keys
from flows.errors import StoreUnavailable
from tasks.store.in_redis import translated

SAMPLE_S = 1.0  #: How old a sample may be: a worker is missed for ten seconds only.


class WorkerPresence:
    """The workers seen lately. Time is the server's, so that hosts need not agree."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client

    def seen(self, name: str) -> None:
        """A worker called ``queue@host`` is there."""
        with translated():
            self._client.zadd(keys.WORKERS, {name: self._now_s()})

    def present(self) -> dict[str, int]:
        """Workers by queue."""
        with translated():
            oldest = self._now_s() - keys.WORKER_FORGOTTEN_S
            self._client.zremrangebyscore(keys.WORKERS, "-inf", oldest)
            names = cast(Collection[str], self._client.zrange(keys.WORKERS, 0, -1))
        return dict(Counter(name.partition("@")[0] for name in names))

    def _now_s(self) -> float:
        seconds, microseconds = self._client.time()
        return float(seconds) + float(microseconds) / 1e6


class SampledPresence:
    """The workers of one queue as they were a moment ago, for whoever asks with each request."""

    def __init__(self, presence: WorkerPresence, queue: str, clock: Callable[[], float] = monotonic) -> None:
        self._presence, self._queue, self._clock = presence, queue, clock
        self._lock, self._sampled_s = Lock(), float("-inf")
        self._workers: int | None = None

    def workers(self) -> int | None:
        """How many there are, None when nobody could say yet. Looks once a second, in one thread."""
        if self._clock() - self._sampled_s >= SAMPLE_S and self._lock.acquire(blocking=False):
            try:
                self._sampled_s = self._clock()
                self._workers = self._presence.present().get(self._queue, 0)
            except StoreUnavailable:
                pass  # Whoever asks the ledger next finds out, and can say more.
            finally:
                self._lock.release()
        return self._workers
