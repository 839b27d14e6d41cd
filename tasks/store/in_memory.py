"""The ledger in this process's memory: for tests and for running a flow without Redis.

Not for production: nothing survives the process. It keeps the promises of
:class:`tasks.store.base.Ledger`, and the contract suite holds both implementations to them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import RLock
from time import time
from typing import Any

from config import keys
from flows.errors import JobNotFailed
from flows.model import Doc
from tasks.leases import MAX_ATTEMPTS
from tasks.store.base import Accepted, Answer, How, Job, NewJob, Outcome, Overdue, Room, State
from tasks.store.in_memory_job_lists import InMemoryJobLists
from tasks.store.in_memory_keys import InMemoryKeys
from tasks.store.missing import missing_job
from tasks.store.pending_decisions import InMemoryPendingDecisions


class InMemoryLedger(InMemoryJobLists):
    """Implements :class:`tasks.store.base.Ledger`; ``told`` is called with each ended job's id, and
    ``outdated`` with each person of whom no earlier answer may be given any more. What waits for
    workers is what was accepted and has not started.
    """

    def __init__(
        self,
        now_s: Callable[[], float] = time,
        told: Callable[[str], None] = lambda job_id: None,
        outdated: Callable[[str], None] = lambda person: None,
    ) -> None:
        super().__init__()
        self._outdated = outdated
        self._now_s, self._told, self._lock = now_s, told, RLock()
        self._leases: dict[str, float] = {}
        self._run_lease_ms: dict[str, int] = {}
        self._in_flight: dict[str, str] = {}
        self._answers: dict[str, tuple[float, Answer]] = {}
        self._stale: dict[str, tuple[float, str]] = {}
        self._keys = InMemoryKeys(now_s)
        self._jobs_of: dict[tuple[str, str | None], list[str]] = {}
        self._queued_ms: dict[str, int] = {}
        self._last_attempt: dict[str, int] = {}
        self._started_ms: dict[str, int] = {}
        self.pending_decisions = InMemoryPendingDecisions()

    def cached(self, fingerprint: str) -> Answer | None:
        until, answer = self._answers.get(fingerprint, (0.0, None))
        return answer if until > self._now_s() else None

    def stale(self, fingerprint: str) -> Answer | None:
        until, job_id = self._stale.get(fingerprint, (0.0, ""))
        result = self._jobs[job_id].result if job_id in self._jobs and until > self._now_s() else None
        return Answer(job_id, result) if result else None

    def accept(self, job: NewJob, lease_ms: int, room: Room | None = None) -> Accepted:
        with self._lock:
            if found := self._there_already(job):
                return found
            if room and not self._has_room(room):
                answer = self.stale(job.fingerprint)
                return Accepted(answer.job_id if answer else "", How.OVERLOADED, answer)
            self._keys.remember(job.once, job.id)
            self._jobs[job.id] = Job(
                id=job.id,
                organisation=job.organisation,
                flow=job.flow,
                version=job.version,
                state=State.QUEUED,
                step=0,
                attempt=1,
                created_ms=job.created_ms,
                deadline_ms=job.deadline_ms,
                request_id=job.request_id,
                fingerprint=job.fingerprint,
                lane=job.lane,
                doc={"request": dict(job.request)},
            )
            self._run_lease_ms[job.id] = job.run_lease_ms
            self._jobs_of.setdefault((job.organisation, job.user_id), []).append(job.id)
            self._in_flight[job.fingerprint] = job.id
            self._queue(job.id, lease_ms)
            return Accepted(job.id)

    def _there_already(self, job: NewJob) -> Accepted | None:
        if job.once:
            held = self._keys.job_of(job.once)
            if held is not None and held in self._jobs:
                return Accepted(held, How.REPLAYED)
            if answer := self.cached(job.fingerprint):
                self._keys.remember(job.once, answer.job_id)
                return Accepted(answer.job_id, How.CACHED, answer)
        running = self._in_flight.get(job.fingerprint)
        if running is None or self._jobs[running].state.ended:
            return None
        self._keys.remember(job.once, running)
        return Accepted(running, How.JOINED)

    def _has_room(self, room: Room) -> bool:
        waiting = [job for job in self._jobs.values() if job.state is State.QUEUED]
        now_ms = self._now_s() * 1000
        waited_ms = now_ms - min((self._queued_ms[job.id] for job in waiting), default=now_ms)
        return not waiting or (len(waiting) < room.most_waiting and waited_ms < room.longest_wait_ms)

    def start(self, job_id: str, step: int, attempt: int, queue: str = "") -> Job | None:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state is not State.QUEUED or job.attempt != attempt:
                return None
            if job.step == step:
                self._lease(job_id, self._run_lease_ms[job_id])
                self._jobs[job_id] = job = replace(job, state=State.RUNNING)
                self._started_ms[queue] = max(self.started_ms(queue), self._queued_ms[job_id])
            return job

    def renew(self, job: Job, lease_ms: int) -> bool:
        with self._lock:
            if not self._runs(job):
                return False
            self._lease(job.id, lease_ms)
            return True

    def progress(
        self, job: Job, step: int, doc: Doc, stages: Sequence[Mapping[str, Any]], lease_ms: int
    ) -> bool:
        copied = json.loads(json.dumps(doc))
        with self._lock:
            if not self._runs(job):
                return False
            held = self._jobs[job.id]
            self._jobs[job.id] = replace(held, step=step, doc=copied, stages=list(stages))
            self._lease(job.id, lease_ms)
            return True

    def checkpoint(
        self, job: Job, step: int, doc: Doc, stages: Sequence[Mapping[str, Any]], lease_ms: int
    ) -> bool:
        copied = json.loads(json.dumps(doc))
        with self._lock:
            held = self._jobs.get(job.id)
            if held is None or held.state.ended or held.attempt != job.attempt:
                return False
            if (held.state, held.step) != (State.QUEUED, step):
                saved = replace(held, step=step, doc=copied, stages=list(stages), state=State.QUEUED)
                self._jobs[job.id] = saved
                self._queue(job.id, lease_ms)
            return True

    def release(self, job_id: str, attempt: int | None = None) -> bool:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state.ended:
                return False
            if job.attempt != attempt if attempt is not None else job.state is not State.QUEUED:
                return False
            self._queued_ms[job_id], self._leases[job_id] = 0, 0.0
            return True

    def _runs(self, job: Job) -> bool:
        held = self._jobs.get(job.id)
        return held is not None and held.state is State.RUNNING and held.attempt == job.attempt

    def finish(self, job: Job, outcome: Outcome) -> bool:
        with self._lock:
            held = self._jobs.get(job.id)
            if held is None or held.state.ended or held.attempt != job.attempt:
                return False
            if outcome.answer_ttl_s and outcome.result:
                answer, until = Answer(job.id, outcome.result), self._now_s() + outcome.answer_ttl_s
                self._answers[job.fingerprint] = (until, answer)
                self._stale[job.fingerprint] = (until + outcome.stale_s, job.id)
            if outcome.decision:
                self.pending_decisions.put(job.id, outcome.decision)
            self._end(
                replace(
                    held,
                    state=outcome.state,
                    stages=list(outcome.stages),
                    result=outcome.result,
                    problem=outcome.problem,
                    doc=held.doc if outcome.state is State.FAILED else {},
                )
            )
            return True

    def cancel(self, job_id: str) -> bool:
        with self._lock:
            job = self.read(job_id)
            if not job.state.ended:
                self._end(replace(job, state=State.CANCELLED))
            return not job.state.ended

    def read(self, job_id: str) -> Job:
        if job_id not in self._jobs:
            raise missing_job(job_id, self._now_s())
        return self._jobs[job_id]

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

    def outdate(self, organisation: str, user_id: str) -> None:
        with self._lock:
            for job_id in self._jobs_of.get((organisation, user_id), ()):
                self._answers.pop(self._jobs[job_id].fingerprint, None)
                self._stale.pop(self._jobs[job_id].fingerprint, None)
        self._outdated(keys.person(organisation, user_id))

    def forget(self, organisation: str, user_id: str) -> int:
        self.outdate(organisation, user_id)
        with self._lock:
            gone = self._jobs_of.pop((organisation, user_id), [])
            for job_id in gone:
                if not self._jobs[job_id].state.ended:
                    self._end(self._jobs[job_id])
                del self._jobs[job_id]
            return len(gone)

    def _lease(self, job_id: str, lease_ms: int) -> None:
        self._leases[job_id] = self._now_s() + lease_ms / 1000

    def _queue(self, job_id: str, lease_ms: int) -> None:
        """Its message is about to be published."""
        self._queued_ms[job_id] = int(self._now_s() * 1000)
        self._lease(job_id, lease_ms)

    def _end(self, job: Job) -> None:
        self._jobs[job.id] = replace(job, finished_ms=int(self._now_s() * 1000))
        self._leases.pop(job.id, None)
        if self._in_flight.get(job.fingerprint) == job.id:
            del self._in_flight[job.fingerprint]
        self._told(job.id)
