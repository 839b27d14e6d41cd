"""How a process learns that a job has ended or got on: one subscription, no polling.

Each waiting request holds one event in a table, and takes it out when it leaves, however it
leaves. A message that nobody waits for is dropped, and one about progress wakes only who asked
for it. After a lost connection all waiters are woken, since their message may have gone by;
they look at the ledger and wait on.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import Protocol

import redis

from config import keys

RECONNECT_AFTER_S = 0.2
LOOK_UP_EVERY_S = 0.25  #: So long a listener that is to stop may listen on.
CHANNELS = (keys.FINISHED, keys.PROGRESS)

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
    """Who waits for what. Thread-safe."""

    def __init__(self) -> None:
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


class RedisListener:
    """The thread that listens for news of jobs and tells the table."""

    def __init__(self, client: "redis.Redis", table: Told) -> None:
        self._client, self._table = client, table
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
            while not self._stopped.is_set():
                message = subscription.get_message(timeout=LOOK_UP_EVERY_S)
                if message is None:
                    continue
                if message["type"] == "message":
                    self._pass_on(message["channel"], message["data"])
                elif message["data"] == len(CHANNELS):  # Subscribed to all of them.
                    self._ready.set()
                    self._table.tell_all()

    def _pass_on(self, channel: str, job_id: str) -> None:
        if channel == keys.FINISHED:
            self._table.tell(job_id)
        else:
            self._table.tell_progress(job_id)
