"""Decisions that wait for the durable store: in Redis from the end of their job on, for a second or so.

The ledger puts a decision there in the same step in which it ends the job, so an answer that was
given has its decision. It is taken out only after it was stored.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol, cast

import redis

from config import keys
from tasks.store.in_redis import translated


class PendingDecisions(Protocol):
    """Decisions as text by id. Every method raises StoreUnavailable when the store does not answer."""

    def find(self, decision_id: str) -> str | None:
        """One that waits."""
        ...

    def batches(self, size: int) -> Iterator[Mapping[str, str]]:
        """All that wait, in batches of about that many; removing on the way is allowed.

        What is there from the first batch to the last comes at least once.
        """
        ...

    def remove(self, ids: Collection[str]) -> None:
        """Take out what was stored."""
        ...

    def take_lost(self) -> int:
        """How many were left out since the last call, because too many waited."""
        ...


class RedisPendingDecisions:
    """The hash that the ledger's script writes. The client must decode responses."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client

    def find(self, decision_id: str) -> str | None:
        with translated():
            return cast(str | None, self._client.hget(keys.PENDING_DECISIONS, decision_id))

    def batches(self, size: int) -> Iterator[Mapping[str, str]]:
        cursor = 0
        while True:
            with translated():
                scanned = self._client.hscan(keys.PENDING_DECISIONS, cursor, count=size)
            cursor, found = cast(tuple[int, dict[str, str]], scanned)
            if found:
                yield found
            if not cursor:
                return

    def remove(self, ids: Collection[str]) -> None:
        with translated():
            self._client.hdel(keys.PENDING_DECISIONS, *ids)

    def take_lost(self) -> int:
        with translated():
            return int(cast(str | None, self._client.getdel(keys.LOST_DECISIONS)) or 0)


class InMemoryPendingDecisions:
    """The same in this process's memory, beside the ledger that is."""

    def __init__(self, most: int = keys.PENDING_DECISIONS_KEPT) -> None:
        self._most, self._waiting, self._lost = most, dict[str, str](), 0

    def put(self, decision_id: str, text: str) -> None:
        """What the end of a job does; the caller holds the ledger's lock."""
        if len(self._waiting) < self._most:
            self._waiting[decision_id] = text
        else:
            self._lost += 1

    def find(self, decision_id: str) -> str | None:
        return self._waiting.get(decision_id)

    def batches(self, size: int) -> Iterator[Mapping[str, str]]:
        ids = list(self._waiting)
        for start in range(0, len(ids), size):
            yield {id_: self._waiting[id_] for id_ in ids[start : start + size] if id_ in self._waiting}

    def remove(self, ids: Collection[str]) -> None:
        for id_ in ids:
            self._waiting.pop(id_, None)

    def take_lost(self) -> int:
        lost, self._lost = self._lost, 0
        return lost
