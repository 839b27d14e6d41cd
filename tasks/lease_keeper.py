"""Renews the leases of the jobs that this process runs, while it runs them.

One thread per process, started with its first job, and so after any fork. A process that is
stopped, frozen or gone renews nothing, and another worker takes its jobs over. A stage that
hangs is found out too: after the time that all stages may take together nothing is renewed.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Thread
from time import monotonic

from tasks.leases import RENEW_EVERY_S, run_lease_ms
from tasks.store.base import Job
from tasks.store.ledger import Ledger

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Held:
    """A job that is being run; times are those of the monotonic clock."""

    job: Job
    since_s: float
    until_s: float


class LeaseKeeper:
    """The leases of one process. Thread-safe."""

    def __init__(self, ledger: Ledger, now_s: Callable[[], float] = monotonic) -> None:
        self._ledger, self._now_s = ledger, now_s
        self._held: set[_Held] = set()
        self._lock = Lock()
        self._thread: Thread | None = None

    @contextmanager
    def holding(self, job: Job, longest_ms: int) -> Iterator[None]:
        """Renew a job's lease inside this context, for ``longest_ms`` at most."""
        now = self._now_s()
        held = _Held(job, now, now + longest_ms / 1000)
        with self._lock:
            self._held.add(held)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="lease-keeper", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(held)

    def renew_all(self) -> None:
        """Renew what is held for a while already; most jobs are done before their first renewal."""
        now = self._now_s()
        with self._lock:
            due = [held for held in self._held if now - held.since_s >= RENEW_EVERY_S / 2]
        for held in due:
            if not self._renew(held, now):
                with self._lock:
                    self._held.discard(held)

    def _renew(self, held: _Held, now: float) -> bool:
        if now >= held.until_s:
            log.error("stage_hangs", extra={"job_id": held.job.id, "attempt": held.job.attempt})
            return False
        try:
            return self._ledger.renew(held.job, run_lease_ms(held.job.lane))
        except Exception as error:  # Whatever it is, the other leases need this thread.
            log.warning("lease_not_renewed", extra={"job_id": held.job.id, "error": str(error)})
            return True

    def _run(self) -> None:
        pause = Event()
        while True:
            pause.wait(RENEW_EVERY_S)
            self.renew_all()
