"""Idempotency-Keys of jobs, in this process's memory."""

from collections.abc import Callable

from config import keys
from flows.errors import IdempotencyKeyReused
from tasks.store.base import Once


class InMemoryKeys:
    """What each key stands for, for a day."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._held: dict[tuple[str, str], tuple[float, str, str]] = {}

    def job_of(self, once: Once) -> str | None:
        """The job that a key stands for; raises IdempotencyKeyReused for another request's key."""
        until, digest, job_id = self._held.get((once.organisation, once.key), (0.0, "", ""))
        if until <= self._now_s():
            return None
        if digest != once.digest:
            raise IdempotencyKeyReused("this Idempotency-Key was sent with another request before")
        return job_id

    def remember(self, once: Once | None, job_id: str) -> None:
        """Let a key, if there is one, stand for a job."""
        if once:
            until = self._now_s() + keys.IDEMPOTENCY_S
            self._held[once.organisation, once.key] = (until, once.digest, job_id)
