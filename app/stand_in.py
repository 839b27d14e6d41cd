"""What stands in for a job when Redis, the workers or the room for one more are missing.

The order is always the same: an earlier answer to an equal request, else the flow run in this
process, else an error that says when to ask again. Whatever is given says so: ``degraded``, with one
of the reasons below.
"""

from dataclasses import dataclass

from flask import Response

from app.answer_memory import AnswerMemory
from app.ask import Ask
from app.local_answers import LocalAnswers
from app.replies import HIT, STALE, reply_job, reply_local, reply_text
from config.keys import DEGRADED_ANSWER_TTL_S
from config.queues import LONGEST_WAIT_MS
from flows.errors import JobNotFound, Overloaded, ServiceError, StoreUnavailable
from tasks.completion import WaiterTable
from tasks.store.base import Answer, Job, State
from tasks.store.ledger import Ledger
from tasks.store.worker_presence import SampledPresence

NO_REDIS = "redis:unavailable"
EMPTIED = "redis:emptied"  #: It answers, and knows nothing of a job that it had.
NO_WORKER = "workers:unavailable"  #: None is there, or none took the job up in time.
OVERLOAD = "workers:overloaded"


@dataclass(frozen=True, slots=True)
class StandIn:
    """Stands in with the parts it was given."""

    ledger: Ledger
    memory: AnswerMemory
    staff: SampledPresence
    local: LocalAnswers
    waiters: WaiterTable

    def remember(self, ask: Ask, answer: Answer, since: float) -> None:
        """An answer from the cache went by; how fresh it is nobody knows."""
        self._put(ask, answer, 0, since)

    def remember_result(self, ask: Ask, job: Job, since: float) -> None:
        """The answer of a job that has just ended went by, if it has one."""
        if job.result is not None:
            most_s = DEGRADED_ANSWER_TTL_S if job.degraded_reasons else ask.flow.cache_ttl_s
            self._put(ask, Answer(job.id, job.result), min(most_s, ask.flow.cache_ttl_s), since)

    def without_ledger(self, ask: Ask, error: ServiceError) -> Response:
        """Answer without Redis. Raises StoreUnavailable where only the ledger will do, or when too busy."""
        if found := self._from_here(ask, _reason(error), None):
            return found
        if ask.once is not None:
            raise StoreUnavailable(f"send it again with the same Idempotency-Key: {error}")
        raise StoreUnavailable(f"ask again: {error}")

    def instead_of(self, ask: Ask, job_id: str, error: ServiceError) -> Response:
        """Answer for a job that was accepted and that nothing can be said of any more.

        Raises JobNotFound when it is gone and nothing can stand in.
        """
        if found := self._from_here(ask, _reason(error), job_id):
            return found
        if isinstance(error, JobNotFound):
            raise error
        return reply_job(ask, ask.job(job_id, State.QUEUED), "miss")

    def not_started(self, ask: Ask, job_id: str) -> Response | None:
        """Answer for a job that waits for a worker, and goes on waiting. None when nothing can.

        Raises StoreUnavailable.
        """
        if not _may_stand_in(ask):
            return None
        if stale := self.ledger.stale(ask.fingerprint):
            return reply_text(ask, stale, STALE, reason=NO_WORKER)
        job = self._compute(ask, ask.asked_s)
        return reply_local(ask, job, job_id) if job else None

    def overloaded(self, ask: Ask, stale: Answer | None) -> Response:
        """Answer for a job that was not accepted. Raises Overloaded."""
        if _may_stand_in(ask):
            if stale:
                return reply_text(ask, stale, STALE, reason=OVERLOAD)
            if job := self._compute(ask, ask.asked_s - LONGEST_WAIT_MS / 1000):
                return reply_local(ask, job, None)
        raise Overloaded("too many requests wait already; nothing was accepted, so ask again")

    def _compute(self, ask: Ask, since_s: float) -> Job | None:
        """For want of a worker: none is there, or none has ended a job since then. With workers that do,
        it is a busy moment, in which computing here would take from what they get done.
        """
        if self.staff.workers() == 0:
            return self.local.compute(ask, NO_WORKER)
        if self.waiters.last_told_s > since_s:
            return None
        return self.local.compute(ask, NO_WORKER, in_spare_time=True)

    def _from_here(self, ask: Ask, reason: str, accepted_id: str | None) -> Response | None:
        if not _may_stand_in(ask):
            return None
        if found := self.memory.find(ask.fingerprint):
            return reply_text(ask, found.answer, HIT if found.fresh else STALE, reason=reason)
        job = self.local.compute(ask, reason)
        return reply_local(ask, job, accepted_id) if job else None

    def _put(self, ask: Ask, answer: Answer, fresh_s: float, since: float) -> None:
        if fresh_s or ask.flow.stale_s:
            self.memory.put(
                ask.fingerprint,
                answer,
                ask.person,
                fresh_s=fresh_s,
                stale_s=ask.flow.stale_s,
                since=since,
            )


def _may_stand_in(ask: Ask) -> bool:
    """Not for what must be done once, by a job that is written down: a key says so, or an effect."""
    return ask.once is None and not ask.flow.has_effect


def _reason(error: ServiceError) -> str:
    return EMPTIED if isinstance(error, JobNotFound) else NO_REDIS
