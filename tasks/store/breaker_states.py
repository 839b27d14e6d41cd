"""Which breakers of which processes are not closed, so that one process can show those of all."""

from collections import Counter
from collections.abc import Collection
from math import ceil
from typing import cast

import redis

from config import keys
from flows.upstreams.breaker import BreakerState
from tasks.store.in_redis import translated


class BreakerStates:
    """What processes said of their breakers lately, by the server's time. Raises StoreUnavailable."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client

    def tell(self, upstream: str, process: str, state: BreakerState, left_alone_s: float = 0.0) -> None:
        """A process's breaker for an upstream has changed its state.

        With an open one the upstream counts as left alone for so many seconds: after them somebody
        may see whether it answers again.
        """
        member = f"{upstream}@{process}"
        with translated():
            if state is BreakerState.CLOSED:
                self._client.zrem(keys.BREAKERS, member)
                self._client.delete(keys.open_breaker(upstream))
            else:
                self._client.zadd(keys.BREAKERS, {member: self._now_s()})
            if state is BreakerState.OPEN and left_alone_s > 0:
                self._client.set(keys.open_breaker(upstream), process, px=ceil(left_alone_s * 1000))

    def not_closed(self) -> dict[str, int]:
        """Number of processes that have stopped asking, by upstream."""
        with translated():
            self._client.zremrangebyscore(keys.BREAKERS, "-inf", self._now_s() - keys.BREAKER_FORGOTTEN_S)
            members = cast(Collection[str], self._client.zrange(keys.BREAKERS, 0, -1))
        return dict(Counter(member.partition("@")[0] for member in members))

    def _now_s(self) -> float:
        seconds, microseconds = self._client.time()
        return float(seconds) + float(microseconds) / 1e6
