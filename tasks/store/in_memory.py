"""The ledger in this process's memory: for tests and for running a flow without Redis.

Not for production: nothing survives the process. It keeps the promises of
:class:`tasks.store.ledger.Ledger`, and the contract suite holds both implementations to them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import time
from typing import Any

from config import keys
from flows.model import Doc
from tasks.store.base import (
    Accepted,
    Answer,
    Callback,
    End,
    How,
    Job,
    NewJob,
    Outcome,
    Room,
    State,
    check_callbacks,
)
from tasks.store.in_memory_keys import InMemoryKeys
from tasks.store.in_memory_lost_jobs import InMemoryLostJobs
from tasks.store.missing import missing_job
from tasks.store.pending_decisions import InMemoryPendingDecisions
from tasks.store.webhook_outbox import InMemoryOutbox, field_of


class InMemoryLedger(InMemoryLostJobs):
    """Implements :class:`tasks.store.ledger.Ledger`; ``told`` is called with each ended job's id, and
    ``outdated`` with each person of whom no earlier answer may be given any more. What waits for
    workers is what was accepted and has not started.
    """

    def __init__(
        self,
        now_s: Callable[[], float] = time,
        told: Callable[[str], None] = lambda job_id: None,
        outdated: Callable[[str], None] = lambda person: None,
    ) -> None:
        super().__init__(now_s)
        self._told, self._outdated = told, outdated
        self._run_lease_ms: dict[str, int] = {}
        self._answers: dict[str, tuple[float, Answer]] = {}
        self._stale: dict[str, tuple[float, str]] = {}
        self._keys = InMemoryKeys(now_s)
        self._out_of_date: set[str] = set()
        self._jobs_of: dict[tuple[str, str | None], list[str]] = {}
        self.pending_decisions = InMemoryPendingDecisions()
        self.outbox = InMemoryOutbox()

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
                if job.callback:
                    self.add_callback(found.job_id, job.callback)
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
                callbacks=[job.callback] if job.callback else [],
                user_id=job.user_id,
                refines=job.refines,
                answers=job.answers,
            )
            self._run_lease_ms[job.id] = job.run_lease_ms
            self._jobs_of.setdefault((job.organisation, job.user_id), []).append(job.id)
            self._in_flight[job.fingerprint] = job.id
            self._queue(job.id, lease_ms)
            return Accepted(job.id)

    def _there_already(self, job: NewJob) -> Accepted | None:
        if job.id in self._jobs:
            return Accepted(job.id, How.JOINED)
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
        few = len(waiting) <= room.few_waiting
        return len(waiting) < room.most_waiting and (few or waited_ms < room.longest_wait_ms)

    def add_callback(self, job_id: str, callback: Callback) -> None:
        with self._lock:
            job = self.read(job_id)
            if callback not in job.callbacks:
                check_callbacks(len(job.callbacks))
                job = self._jobs[job_id] = replace(job, callbacks=[*job.callbacks, callback])
            if job.state.ended:
                self.outbox.put(job, callback)

    def start(self, job_id: str, step: int, attempt: int, queue: str = "") -> Job | None:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state is not State.QUEUED or job.attempt != attempt:
                return None
            if job.step == step:
                self._lease(job_id, self._run_lease_ms[job_id])
                self._jobs[job_id] = job = replace(job, state=State.RUNNING, taken_at=step)
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

    def _runs(self, job: Job) -> bool:
        held = self._jobs.get(job.id)
        return held is not None and held.state is State.RUNNING and held.attempt == job.attempt

    def finish(self, job: Job, outcome: Outcome) -> bool:
        with self._lock:
            held = self._jobs.get(job.id)
            if held is None or held.state.ended or held.attempt != job.attempt:
                return False
            if outcome.answer_ttl_s and outcome.result and job.id not in self._out_of_date:
                self._cache(job, outcome)
            if outcome.decision:
                self.pending_decisions.put(job.id, outcome.decision)
            self._end(
                replace(
                    held,
                    state=outcome.state,
                    stages=list(outcome.stages),
                    result=outcome.result,
                    problem=outcome.problem,
                    refine_until_ms=outcome.refine_until_ms,
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

    def ends(self, job_ids: Sequence[str]) -> Mapping[str, End | None]:
        found = {job_id: self._jobs[job_id] for job_id in job_ids if job_id in self._jobs}
        return {
            job_id: End(job.state, job.result, job.problem) if job.state.ended else None
            for job_id, job in found.items()
        }

    def let_go(self, job_ids: Sequence[str]) -> None:
        """Nothing to do: here an entry lives as long as the process."""

    def outdate(self, organisation: str, user_id: str) -> None:
        with self._lock:
            for job_id in self._jobs_of.get((organisation, user_id), ()):
                self._answers.pop(self._jobs[job_id].fingerprint, None)
                self._stale.pop(self._jobs[job_id].fingerprint, None)
                if not self._jobs[job_id].state.ended:
                    self._out_of_date.add(job_id)
        self._outdated(keys.person(organisation, user_id))

    def forget(self, organisation: str, user_id: str) -> int:
        self.outdate(organisation, user_id)
        with self._lock:
            gone = self._jobs_of.pop((organisation, user_id), [])
            for job_id in gone:
                job = self._jobs.pop(job_id)
                self.outbox.remove([field_of(callback, job_id) for callback in job.callbacks])
                if not job.state.ended:
                    self._settle(job)
            return len(gone)

    def _cache(self, job: Job, outcome: Outcome) -> None:
        fingerprint = job.answers or job.fingerprint
        held = self.cached(fingerprint)
        if job.refines and held is not None and held.job_id != job.refines:
            return
        until = self._now_s() + outcome.answer_ttl_s
        self._answers[fingerprint] = (until, Answer(job.id, outcome.result or ""))
        self._stale[fingerprint] = (until + outcome.stale_s, job.id)
        if job.refines in self._jobs:
            self._jobs[job.refines] = replace(self._jobs[job.refines], refined_by=job.id)

    def _end(self, job: Job) -> None:
        ended = self._jobs[job.id] = replace(job, finished_ms=int(self._now_s() * 1000))
        for callback in ended.callbacks:
            self.outbox.put(ended, callback)
        self._settle(ended)

    def _settle(self, job: Job) -> None:
        self._leases.pop(job.id, None)
        if self._in_flight.get(job.fingerprint) == job.id:
            del self._in_flight[job.fingerprint]
        self._told(job.id)
