"""Which workers are there: each says so every few seconds, and is forgotten when it stops."""

from collections import Counter
from collections.abc import Collection
from typing import cast

import redis

from config import keys
from tasks.store.in_redis import translated


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
