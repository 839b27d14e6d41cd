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

from flows.errors import JobNotFound
from flows.model import Doc
from tasks.store.base import Accepted, Answer, Job, NewJob, Outcome, Overdue, State
from tasks.store.pending_decisions import InMemoryPendingDecisions


class InMemoryLedger:
    """Implements :class:`tasks.store.base.Ledger`; ``told`` is called with each ended job's id."""

    def __init__(
        self, now_s: Callable[[], float] = time, told: Callable[[str], None] = lambda job_id: None
    ) -> None:
        self._now_s, self._told, self._lock = now_s, told, RLock()
        self._jobs: dict[str, Job] = {}
        self._leases: dict[str, float] = {}
        self._run_lease_ms: dict[str, int] = {}
        self._in_flight: dict[str, str] = {}
        self._answers: dict[str, tuple[float, Answer]] = {}
        self._outdated: set[str] = set()
        self._jobs_of: dict[tuple[str, str | None], list[str]] = {}
        self.dead_letters: list[str] = []
        self.pending_decisions = InMemoryPendingDecisions()

    def cached(self, fingerprint: str) -> Answer | None:
        until, answer = self._answers.get(fingerprint, (0.0, None))
        return answer if until > self._now_s() else None

    def accept(self, job: NewJob, lease_ms: int) -> Accepted:
        with self._lock:
            running = self._in_flight.get(job.fingerprint)
            if running is not None and not self._jobs[running].state.ended:
                return Accepted(running, joined=True)
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
                refines=job.refines,
                answers=job.answers,
            )
            self._run_lease_ms[job.id] = job.run_lease_ms
            self._jobs_of.setdefault((job.organisation, job.user_id), []).append(job.id)
            self._in_flight[job.fingerprint] = job.id
            self._lease(job.id, lease_ms)
            return Accepted(job.id, joined=False)

    def start(self, job_id: str, step: int, attempt: int) -> Job | None:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state.ended or job.attempt != attempt:
                return None
            if job.step == step:
                self._lease(job_id, self._run_lease_ms[job_id])
                self._jobs[job_id] = job = replace(job, state=State.RUNNING)
            return job

    def checkpoint(
        self, job: Job, step: int, doc: Doc, stages: Sequence[Mapping[str, Any]], lease_ms: int
    ) -> bool:
        with self._lock:
            held = self._jobs[job.id]
            if held.state is not State.RUNNING or held.attempt != job.attempt:
                return False
            copied = json.loads(json.dumps(doc))
            self._jobs[job.id] = replace(held, step=step, doc=copied, stages=list(stages), state=State.QUEUED)
            self._lease(job.id, lease_ms)
            return True

    def finish(self, job: Job, outcome: Outcome) -> bool:
        with self._lock:
            held = self._jobs.get(job.id)
            if held is None or held.state.ended or held.attempt != job.attempt:
                return False
            if outcome.answer_ttl_s and outcome.result and job.id not in self._outdated:
                self._cache(job, outcome.result, outcome.answer_ttl_s)
            if outcome.decision:
                self.pending_decisions.put(job.id, outcome.decision)
            self._end(
                replace(
                    held,
                    state=outcome.state,
                    stages=list(outcome.stages),
                    result=outcome.result,
                    problem=outcome.problem,
                    doc={},
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
            raise JobNotFound(f"no job {job_id}")
        return self._jobs[job_id]

    def overdue(self, limit: int) -> Sequence[Overdue]:
        now = self._now_s()
        ids = sorted((until, job_id) for job_id, until in self._leases.items() if until <= now)
        jobs = [self._jobs[job_id] for _, job_id in ids[:limit]]
        return [Overdue(j.id, j.flow, j.version, j.state, j.step, j.attempt, j.lane) for j in jobs]

    def revive(self, overdue: Overdue, lease_ms: int, *, count_attempt: bool) -> int | None:
        with self._lock:
            job = self._jobs[overdue.job_id]
            if self._leases.get(job.id, float("inf")) > self._now_s() or job.attempt != overdue.attempt:
                return None
            self._lease(job.id, lease_ms)
            if count_attempt:
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

    def outdate(self, organisation: str, user_id: str) -> None:
        with self._lock:
            for job_id in self._jobs_of.get((organisation, user_id), ()):
                self._answers.pop(self._jobs[job_id].fingerprint, None)
                if not self._jobs[job_id].state.ended:
                    self._outdated.add(job_id)

    def forget(self, organisation: str, user_id: str) -> int:
        self.outdate(organisation, user_id)
        with self._lock:
            gone = self._jobs_of.pop((organisation, user_id), [])
            for job_id in gone:
                if not self._jobs[job_id].state.ended:
                    self._end(self._jobs[job_id])
                del self._jobs[job_id]
            return len(gone)

    def _cache(self, job: Job, result: str, ttl_s: int) -> None:
        fingerprint = job.answers or job.fingerprint
        held = self.cached(fingerprint)
        if job.refines and held is not None and held.job_id != job.refines:
            return
        self._answers[fingerprint] = (self._now_s() + ttl_s, Answer(job.id, result))
        if job.refines in self._jobs:
            self._jobs[job.refines] = replace(self._jobs[job.refines], refined_by=job.id)
            self._told(job.refines)

    def _lease(self, job_id: str, lease_ms: int) -> None:
        self._leases[job_id] = self._now_s() + lease_ms / 1000

    def _end(self, job: Job) -> None:
        self._jobs[job.id] = replace(job, finished_ms=int(self._now_s() * 1000))
        self._leases.pop(job.id, None)
        if self._in_flight.get(job.fingerprint) == job.id:
            del self._in_flight[job.fingerprint]
        self._told(job.id)
