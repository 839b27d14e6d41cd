"""Idempotency-Keys of requests that start no job in the ledger; those of jobs are taken with the job."""

from typing import cast

import redis

from config import keys
from flows.errors import IdempotencyKeyReused
from tasks.store.base import Once
from tasks.store.in_redis import translated


class IdempotencyKeys:
    """What each key stands for, for a day. Jobs and whatever else shares the keys of an organisation."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client

    def claim(self, once: Once, id_: str) -> str:
        """Let the key stand for ``id_``, which is about to be made; returns what it stands for.

        That is another id where the request came before. Raises IdempotencyKeyReused for one that came
        with another request, and StoreUnavailable.
        """
        key, value = keys.idempotency(once.organisation, once.key), once.digest + id_
        with translated():
            held = cast(str | None, self._client.set(key, value, nx=True, get=True, ex=keys.IDEMPOTENCY_S))
        if held is None:
            return id_
        if not held.startswith(once.digest):
            raise IdempotencyKeyReused("this Idempotency-Key was sent with another request before")
        return held.removeprefix(once.digest)

    def release(self, once: Once) -> None:
        """Let the key stand for nothing: what it was claimed for was not made. Raises StoreUnavailable."""
        with translated():
            self._client.delete(keys.idempotency(once.organisation, once.key))
