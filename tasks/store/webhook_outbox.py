"""Messages to callers' addresses that wait for the durable store: in Redis from the end of their job on.

The ledger puts them there in the same step in which it ends the job, so a job that has ended has its
messages, whatever crashes. They are taken out only after they were stored. An entry says where to send
and how the job ended; what else the message says is in the job.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import redis

from config import keys
from tasks.store.base import Callback, Job, State
from tasks.store.job_entry import callback_line, read_callback
from tasks.store.redis_calls import translated


@dataclass(frozen=True, slots=True)
class Entry:
    """One message that waits. ``field`` is its place in the outbox."""

    field: str
    callback: Callback
    job_id: str
    state: State
    finished_ms: int
    flow: str
    user_id: str | None


class Outbox(Protocol):
    """Every method raises StoreUnavailable when the store does not answer."""

    def batches(self, size: int) -> Iterator[list[Entry]]:
        """All that wait, in batches of about that many; removing on the way is allowed.

        What is there from the first batch to the last comes at least once.
        """
        ...

    def remove(self, fields: Collection[str]) -> None:
        """Take out what was stored."""
        ...


class RedisOutbox:
    """The hash that the ledger's scripts write. The client must decode responses."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client

    def batches(self, size: int) -> Iterator[list[Entry]]:
        cursor = 0
        while True:
            with translated():
                scanned = self._client.hscan(keys.WEBHOOK_OUTBOX, cursor, count=size)
            cursor, found = cast(tuple[int, dict[str, str]], scanned)
            if found:
                yield _entries(found.items())
            if not cursor:
                return

    def remove(self, fields: Collection[str]) -> None:
        with translated():
            self._client.hdel(keys.WEBHOOK_OUTBOX, *fields)


class InMemoryOutbox:
    """The same in this process's memory, beside the ledger that is."""

    def __init__(self) -> None:
        self._waiting: dict[str, str] = {}

    def put(self, job: Job, callback: Callback) -> None:
        """What the end of a job does; the caller holds the ledger's lock."""
        said = f"{job.state} {job.finished_ms} {job.flow} {job.user_id or ''}"
        self._waiting[field_of(callback, job.id)] = said

    def batches(self, size: int) -> Iterator[list[Entry]]:
        waiting: Mapping[str, str] = dict(self._waiting)
        fields = list(waiting)
        for start in range(0, len(fields), size):
            yield _entries((field, waiting[field]) for field in fields[start : start + size])

    def remove(self, fields: Collection[str]) -> None:
        for field in fields:
            self._waiting.pop(field, None)


def field_of(callback: Callback, job_id: str) -> str:
    """The place of a message in the outbox."""
    return f"{callback_line(callback)} {job_id}"


def _entries(found: Iterable[tuple[str, str]]) -> list[Entry]:
    return [_entry(field, said) for field, said in found]


def _entry(field: str, said: str) -> Entry:
    line, _, job_id = field.rpartition(" ")
    state, finished_ms, flow, user_id = said.split(" ", 3)
    return Entry(field, read_callback(line), job_id, State(state), int(finished_ms), flow, user_id or None)
