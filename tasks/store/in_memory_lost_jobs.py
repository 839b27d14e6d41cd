"""Jobs whose message or worker is gone, in this process's memory."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import RLock
from typing import Any

from flows.errors import JobNotFailed
from tasks.leases import MAX_ATTEMPTS
from tasks.store.base import Job, Overdue, State
from tasks.store.in_memory_job_lists import InMemoryJobLists


class InMemoryLostJobs(InMemoryJobLists):
    """The part of :class:`tasks.store.in_memory.InMemoryLedger` that the sweeper and operators use."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        super().__init__()
        self._now_s, self._lock = now_s, RLock()
        self._leases: dict[str, float] = {}
        self._in_flight: dict[str, str] = {}
        self._queued_ms: dict[str, int] = {}
        self._last_attempt: dict[str, int] = {}
        self._started_ms: dict[str, int] = {}

    @abstractmethod
    def read(self, job_id: str) -> Job:
        """The entry of a job."""

    @abstractmethod
    def _end(self, job: Job) -> None:
        """Settle a job that is in an end state."""

    def release(self, job_id: str, attempt: int | None = None) -> bool:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state.ended:
                return False
            if job.attempt != attempt if attempt is not None else job.state is not State.QUEUED:
                return False
            self._queued_ms[job_id], self._leases[job_id] = 0, 0.0
            return True

    def overdue(self, limit: int) -> Sequence[Overdue]:
        now = self._now_s()
        ids = sorted((until, job_id) for job_id, until in self._leases.items() if until <= now)
        jobs = [self._jobs[job_id] for _, job_id in ids[:limit]]
        return [self._overdue(job) for job in jobs]

    def _overdue(self, job: Job) -> Overdue:
        queued_ms = self._queued_ms[job.id]
        return Overdue(
            job.id,
            job.flow,
            job.version,
            job.state,
            job.step,
            job.attempt,
            job.lane,
            queued_ms,
            int(self._now_s() * 1000) - queued_ms,
            self._last_attempt.get(job.id, MAX_ATTEMPTS),
        )

    def revive(self, overdue: Overdue, lease_ms: int, *, count_attempt: bool) -> int | None:
        with self._lock:
            job = self._jobs[overdue.job_id]
            if self._leases.get(job.id, float("inf")) > self._now_s() or job.attempt != overdue.attempt:
                return None
            self._lease(job.id, lease_ms)
            if count_attempt:
                self._queue(job.id, lease_ms)
                self._jobs[job.id] = replace(job, attempt=job.attempt + 1, state=State.QUEUED)
            return self._jobs[job.id].attempt

    def bury(self, overdue: Overdue, problem: Mapping[str, Any]) -> bool:
        with self._lock:
            job = self.read(overdue.job_id)
            if job.state.ended or job.attempt != overdue.attempt:
                return False
            self.dead_letters.insert(0, job.id)
            self._end(replace(job, state=State.FAILED, problem=problem))
            return True

    def started_ms(self, queue: str) -> int:
        return self._started_ms.get(queue, 0)

    def retry(self, job_id: str, lease_ms: int) -> Job:
        with self._lock:
            job = self.read(job_id)
            if job.state is not State.FAILED:
                raise JobNotFailed(f"job {job_id} is {job.state}: only a failed one can be tried once more")
            self._jobs[job_id] = replace(
                job,
                state=State.QUEUED,
                attempt=job.attempt + 1,
                deadline_ms=int(self._now_s() * 1000) + job.deadline_ms - job.created_ms,
                stages=job.stages[: job.step],
                problem=None,
                finished_ms=None,
            )
            self._last_attempt[job_id] = job.attempt + MAX_ATTEMPTS
            self._in_flight.setdefault(job.fingerprint, job_id)
            if job_id in self.dead_letters:
                self.dead_letters.remove(job_id)
            self._queue(job_id, lease_ms)
            return self._jobs[job_id]

    def _lease(self, job_id: str, lease_ms: int) -> None:
        self._leases[job_id] = self._now_s() + lease_ms / 1000

    def _queue(self, job_id: str, lease_ms: int) -> None:
        """Its message is about to be published."""
        self._queued_ms[job_id] = int(self._now_s() * 1000)
        self._lease(job_id, lease_ms)
