"""How a process learns that a job has ended or got on: one subscription, no polling.

Each waiting request holds one event in a table, and takes it out when it leaves, however it
leaves. A message that nobody waits for is dropped, and one about progress wakes only who asked
for it. After a lost connection all waiters are woken, since their message may have gone by;
they look at the ledger and wait on.

On the same subscription come the people of whom no earlier answer may be given any more, for
whoever in this process remembers answers.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Protocol

import redis

from config import keys

RECONNECT_AFTER_S = 0.2
SILENCE_S = (
    1.0  #: After this without a message the server is asked whether it is there, and given as long again.
)
CHANNELS = (keys.FINISHED, keys.PROGRESS, keys.OUTDATED)

log = logging.getLogger(__name__)


class Waiter:
    """One request's wait for one job."""

    def __init__(self) -> None:
        self._event = Event()

    def wait(self, seconds: float) -> bool:
        """True when told within that time; the next wait starts afresh."""
        told = self._event.wait(seconds)
        self._event.clear()
        return told

    def tell(self) -> None:
        """Wake the request."""
        self._event.set()


class WaiterTable:
    """Who waits for what, and when a job ended last (``last_told_s``, monotonic). Thread-safe."""

    def __init__(self) -> None:
        self.last_told_s = float("-inf")
        self._waiters: dict[str, set[Waiter]] = {}
        self._watchers: dict[str, set[Waiter]] = {}  #: Those of the waiters whom progress wakes too.
        self._lock = Lock()

    def __len__(self) -> int:
        with self._lock:
            return sum(len(waiters) for waiters in self._waiters.values())

    @contextmanager
    def waiter(self, job_id: str, *, progress: bool = False) -> Iterator[Waiter]:
        """Wait for a job inside this context, for its end or for progress too; nothing is left behind."""
        waiter = Waiter()
        tables = (self._waiters, self._watchers) if progress else (self._waiters,)
        with self._lock:
            for table in tables:
                table.setdefault(job_id, set()).add(waiter)
        try:
            yield waiter
        finally:
            with self._lock:
                for table in tables:
                    table[job_id].discard(waiter)
                    if not table[job_id]:
                        del table[job_id]

    def tell(self, job_id: str) -> None:
        """Wake all who wait for this job: it has ended."""
        self.last_told_s = monotonic()
        with self._lock:
            for waiter in self._waiters.get(job_id, ()):
                waiter.tell()

    def tell_progress(self, job_id: str) -> None:
        """Wake those who watch how this job gets on."""
        with self._lock:
            for waiter in self._watchers.get(job_id, ()):
                waiter.tell()

    def tell_all(self) -> None:
        """Wake everybody: something may have been missed."""
        with self._lock:
            for waiters in self._waiters.values():
                for waiter in waiters:
                    waiter.tell()


class Told(Protocol):
    """Who hears what comes over the channels, in the listener's thread."""

    def tell(self, job_id: str) -> None:
        """The job has ended."""
        ...

    def tell_progress(self, job_id: str) -> None:
        """Something was saved of the job on its way."""
        ...

    def tell_all(self) -> None:
        """Anything may have happened to any job."""
        ...


class Remembering(Protocol):
    """Something in this process that remembers answers."""

    def heard(self) -> None:
        """The channel is alive: what goes out of date is told, up to now."""

    def outdate(self, person: str) -> None:
        """A person of whom nothing that is remembered may be given any more."""

    def clear(self) -> None:
        """Somebody may have been missed: nothing that is remembered may be given any more."""


class _Nothing:
    """For a process that remembers no answers."""

    def heard(self) -> None:
        """Nothing."""

    def outdate(self, person: str) -> None:
        """Nothing."""

    def clear(self) -> None:
        """Nothing."""


NOTHING = _Nothing()


class RedisListener:
    """The thread that listens for news of jobs and tells the table; ``memory`` hears who is out of date."""

    def __init__(self, client: "redis.Redis", table: Told, memory: Remembering = NOTHING) -> None:
        self._client, self._table, self._memory = client, table, memory
        self._stopped = Event()
        self._ready = Event()
        self._thread = Thread(target=self._run, name="completion-listener", daemon=True)

    @property
    def listening(self) -> bool:
        """True while subscribed."""
        return self._ready.is_set()

    def start(self) -> None:
        """Start listening; returns once subscribed, or after a second without Redis."""
        self._thread.start()
        self._ready.wait(1.0)

    def stop(self) -> None:
        """Stop within a moment."""
        self._stopped.set()
        self._thread.join(2.0)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
                self._ready.clear()
                log.warning("completion_channel_lost", extra={"error": str(error)})
                self._stopped.wait(RECONNECT_AFTER_S)

    def _listen(self) -> None:
        with self._client.pubsub() as subscription:  # type: ignore[no-untyped-call]
            subscription.subscribe(*CHANNELS)
            asked = False
            while not self._stopped.is_set():
                message = subscription.get_message(timeout=SILENCE_S)
                if message is not None:
                    asked = False
                    self._take(message)
                elif asked:
                    raise redis.TimeoutError("the completion channel is silent")
                else:
                    subscription.ping()
                    asked = True

    def _take(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "subscribe":
            if message["data"] == len(CHANNELS):  # Subscribed to all of them.
                self._ready.set()
                self._table.tell_all()
                self._memory.clear()
        elif message["channel"] == keys.FINISHED:
            self._table.tell(message["data"])
        elif message["channel"] == keys.PROGRESS:
            self._table.tell_progress(message["data"])
        elif message["channel"] == keys.OUTDATED:
            self._memory.outdate(message["data"])
        self._memory.heard()
