"""The front: from a flow's request to an answer. What every flow endpoint does, written once.

Cache, then claim or join a job, then publish, then wait on the completion channel; an answer in time
is ``200``, else ``202`` with where to ask again. What stands in when a part of that is away is in
``app/stand_in.py``.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Semaphore
from time import monotonic
from typing import Any

from flask import Response

from app.answer_memory import AnswerMemory
from app.ask import Ask
from app.local_answers import LocalAnswers
from app.preferences import Preference
from app.replies import HIT, MISS, SHARED, reply_job, reply_text
from app.stand_in import StandIn
from config.metrics import ANSWERS, WAITERS
from config.queues import FEW_WAITING_PER_WORKER, INTERACTIVE, LONGEST_WAIT_MS, MOST_WAITING_PER_WORKER
from flows.errors import JobNotFound, StoreUnavailable
from tasks.completion import Waiter, WaiterTable
from tasks.leases import QUEUED_LEASE_MS
from tasks.local_decisions import LocalDecisions
from tasks.services import Services
from tasks.store.base import Accepted, Callback, How, Job, NewJob, Once, Room, State
from tasks.store.worker_presence import SampledPresence

#: Of the time that a request waits, this is left when it looks whether its job has been taken up: enough
#: to compute the answer here, or to find out that Redis does not answer.
RESERVE_S = 0.15
WAIT_AT_LEAST = 0.4  #: Of a shorter wait at least this share is waited.

MOST_WAITING = 24
NOT_WAITING = Preference(0)

#: Share of the threads that may wait at once: the others serve whoever need not wait.
WAITING_SHARE = 0.75

log = logging.getLogger(__name__)


def make_front(services: Services, waiters: WaiterTable, memory: AnswerMemory, threads: int) -> "Front":
    """A front that is served by so many threads."""
    staff = SampledPresence(services.presence, INTERACTIVE)
    local = LocalAnswers(services, LocalDecisions(services.decisions))
    stand_in = StandIn(services.ledger, memory, staff, local, waiters)
    return Front(services, waiters, stand_in, Semaphore(max(1, int(threads * WAITING_SHARE))))


@dataclass(frozen=True, slots=True)
class Front:
    """Answers requests with the parts it was given."""

    services: Services
    waiters: WaiterTable
    stand_in: StandIn
    places: Semaphore

    def answer(
        self,
        flow_name: str,
        request: dict[str, Any],
        preference: Preference,
        request_id: str,
        once: Once | None = None,
        callback: Callback | None = None,
    ) -> Response:
        """Answer one request of one flow; ``callback`` is told of the end of the job that answers.

        Raises Overloaded; IdempotencyKeyReused; and StoreUnavailable when the ledger is out of reach
        and nothing can stand in.
        """
        flow = self.services.flows.current()[flow_name]
        ask = Ask(
            flow=flow,
            request=request,
            preference=preference,
            request_id=request_id,
            once=once,
            callback=callback,
        )
        since = self.stand_in.memory.now()
        try:
            response = self._by_ledger(ask, since)
        except (StoreUnavailable, JobNotFound) as error:
            response = self.stand_in.without_ledger(ask, error)
        ANSWERS.labels(flow_name, response.headers["X-Cache"]).inc()
        return response

    def wait_for(self, job_id: str, seconds: float) -> Job:
        """The job as it is when it ends, or when the time is over. Raises JobNotFound."""
        return self.look(job_id, Preference(seconds))[0]

    def look(self, job_id: str, preference: Preference) -> tuple[Job, Preference]:
        """The job, waited for as its client prefers; and the preference as far as it was followed.

        Raises JobNotFound.
        """
        with self.waiters.waiter(job_id) as waiter:
            job = self.services.ledger.read(job_id)
            if job.state.ended or not preference.wait_s:
                return job, preference
            with self._place() as free:
                if not free:
                    return job, NOT_WAITING
                return self._wait(waiter, job_id, preference.wait_s), preference

    def _by_ledger(self, ask: Ask, since: float) -> Response:
        if ask.once is None:  # With a key, the cache is looked at in the step that takes the key.
            cached = self.services.ledger.cached(ask.fingerprint)
            ask.timing.mark("cache")
            if cached is not None:
                self.stand_in.remember(ask, cached, since)
                if callback := ask.callback:  # The job has ended, so it is told at once.
                    self.services.ledger.add_callback(cached.job_id, callback)
                return reply_text(ask, cached, HIT)
        job = ask.new_job()
        with self.waiters.waiter(job.id) as waiter:  # Before anybody can finish it.
            accepted = self.services.ledger.accept(job, QUEUED_LEASE_MS, self._room())
            ask.timing.mark("accept")
            if accepted.how is How.NEW:
                return self._start(ask, job, waiter, since)
        return self._not_new(ask, accepted, since)

    def _room(self) -> Room:
        workers = self.stand_in.staff.workers() or 1
        most, few = MOST_WAITING_PER_WORKER * workers, FEW_WAITING_PER_WORKER * workers
        return Room(most, few, LONGEST_WAIT_MS)

    def _start(self, ask: Ask, job: NewJob, waiter: Waiter, since: float) -> Response:
        try:
            self.services.publisher.publish(ask.flow, job.id, step=0, attempt=1)
        except StoreUnavailable as error:  # The ledger has the job, so the sweeper publishes it.
            log.warning("publish_failed", extra={"job_id": job.id, "error": str(error)})
        ask.timing.mark("publish")
        return self._await(ask, waiter, job.id, MISS, since)

    def _not_new(self, ask: Ask, accepted: Accepted, since: float) -> Response:
        replayed = accepted.how is How.REPLAYED
        if accepted.how is How.OVERLOADED:
            return self.stand_in.overloaded(ask, accepted.answer)
        if accepted.answer is not None:
            return reply_text(ask, accepted.answer, HIT)
        with self.waiters.waiter(accepted.job_id) as waiter:
            job = self.services.ledger.read(accepted.job_id)
            if job.state.ended:
                return reply_job(ask, job, HIT if replayed else SHARED, replayed=replayed)
            return self._await(ask, waiter, job.id, SHARED, since, replayed=replayed)

    def _await(
        self, ask: Ask, waiter: Waiter, job_id: str, source: str, since: float, *, replayed: bool = False
    ) -> Response:
        """Wait for a job; one that nobody takes up is left to itself when something can stand in for it."""
        with self._place() as free:
            if not free:
                ask = replace(ask, preference=NOT_WAITING)
            try:
                job = self._wait(waiter, job_id, self._first_wait_s(ask))
                if not job.state.ended and ask.left_s:
                    waits = job.state is State.QUEUED and not job.step
                    if waits and (found := self.stand_in.not_started(ask, job_id)):
                        return found
                    job = self._wait(waiter, job_id, ask.left_s)
            except (StoreUnavailable, JobNotFound) as error:
                return self.stand_in.instead_of(ask, job_id, error)
        ask.timing.mark("wait")
        self.stand_in.remember_result(ask, job, since)
        return reply_job(ask, job, source, replayed=replayed)

    def _first_wait_s(self, ask: Ask) -> float:
        """How long to wait before looking whether the job is taken up: not at all with nobody there."""
        if self.stand_in.staff.workers() == 0 and ask.once is None:
            return 0.0
        return max(ask.left_s - RESERVE_S, ask.left_s * WAIT_AT_LEAST)

    def _wait(self, waiter: Waiter, job_id: str, seconds: float) -> Job:
        """The job as it is when it ends, or when that time is over."""
        until = monotonic() + seconds
        with WAITERS.track_inprogress():
            while (left := until - monotonic()) > 0 and waiter.wait(left):
                job = self.services.ledger.read(job_id)
                if job.state.ended:
                    return job
        return self.services.ledger.read(job_id)

    @contextmanager
    def _place(self) -> Iterator[bool]:
        """Leave to wait, as long as enough threads are left for those who need not."""
        free = self.places.acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                self.places.release()
