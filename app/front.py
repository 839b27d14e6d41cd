"""The front: from a flow's request to an answer. What every flow endpoint does, written once.

Cache, then claim or join a job, then publish, then wait on the completion channel; an answer
in time is ``200``, else ``202`` with where to ask again.
"""

import logging
from dataclasses import dataclass, field
from time import perf_counter, time
from typing import Any

from flask import Response

from app.job_view import job_problem, job_response
from app.preferences import Preference
from app.timing import Timing
from config.metrics import ANSWERS, WAITERS
from flows.errors import StoreUnavailable
from flows.fingerprint import fingerprint
from flows.job_id import new_job_id
from flows.model import Flow
from tasks.completion import Waiter, WaiterTable
from tasks.job_json import job_url
from tasks.leases import QUEUED_LEASE_MS
from tasks.services import Services
from tasks.store.base import Answer, Job, NewJob, State

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Front:
    """Answers requests with the parts it was given."""

    services: Services
    waiters: WaiterTable = field(default_factory=WaiterTable)

    def answer(
        self, flow_name: str, request: dict[str, Any], preference: Preference, request_id: str
    ) -> Response:
        """Answer one request of one flow. Raises StoreUnavailable when the ledger is out of reach."""
        timing = Timing()
        flow = self.services.flows.current()[flow_name]
        digest = fingerprint(flow.name, flow.version, request)
        cached = self.services.ledger.cached(digest)
        timing.mark("cache")
        if cached is not None:
            ANSWERS.labels(flow_name, "hit").inc()
            return _from_cache(cached, preference, timing)
        job = _new_job(flow, request, digest, request_id, preference)
        ended, source = self._compute(flow, job, _wait_s(flow, preference), timing)
        ANSWERS.labels(flow_name, source).inc()
        return _reply(ended, preference, timing, source)

    def _compute(self, flow: Flow, job: NewJob, seconds: float, timing: Timing) -> tuple[Job, str]:
        """Start the job, or join the one of an equal request, and wait for it."""
        with self.waiters.waiter(job.id) as waiter:  # Before anybody can finish it.
            accepted = self.services.ledger.accept(job, QUEUED_LEASE_MS)
            timing.mark("accept")
            if not accepted.joined:
                self._publish(flow, job.id)
                timing.mark("publish")
                ended = self._wait(waiter, job.id, seconds)
                timing.mark("wait")
                return ended, "miss"
        ended = self.wait_for(accepted.job_id, seconds)
        timing.mark("wait")
        return ended, "shared"

    def wait_for(self, job_id: str, seconds: float) -> Job:
        """The job as it is when it ends, or when the time is over. Raises JobNotFound."""
        with self.waiters.waiter(job_id) as waiter:
            job = self.services.ledger.read(job_id)
            if job.state.ended or not seconds:
                return job
            return self._wait(waiter, job_id, seconds)

    def _publish(self, flow: Flow, job_id: str) -> None:
        try:
            self.services.publisher.publish(flow, job_id, step=0, attempt=1)
        except StoreUnavailable as error:  # The ledger has the job, so the sweeper publishes it.
            log.warning("publish_failed", extra={"job_id": job_id, "error": str(error)})

    def _wait(self, waiter: Waiter, job_id: str, seconds: float) -> Job:
        until = perf_counter() + seconds
        with WAITERS.track_inprogress():
            while (left := until - perf_counter()) > 0 and waiter.wait(left):
                job = self.services.ledger.read(job_id)
                if job.state.ended:
                    return job
        return self.services.ledger.read(job_id)


def _new_job(
    flow: Flow, request: dict[str, Any], digest: str, request_id: str, preference: Preference
) -> NewJob:
    now_ms = int(time() * 1000)
    return NewJob(
        id=new_job_id(),
        organisation=request["organisation"],
        flow=flow.name,
        version=flow.version,
        request=request,
        fingerprint=digest,
        created_ms=now_ms,
        deadline_ms=now_ms + max(flow.budget_ms, int(_wait_s(flow, preference) * 1000)),
        request_id=request_id,
    )


def _wait_s(flow: Flow, preference: Preference) -> float:
    return flow.budget_ms / 1000 if preference.wait_s is None else preference.wait_s


def _from_cache(answer: Answer, preference: Preference, timing: Timing) -> Response:
    headers = {"X-Cache": "hit", "X-Job-Id": answer.job_id, "Server-Timing": timing.header()}
    return _json(answer.text, preference, headers)


def _reply(job: Job, preference: Preference, timing: Timing, source: str) -> Response:
    headers = {"X-Cache": source, "X-Job-Id": job.id, "Server-Timing": timing.header(job.stages)}
    if preference.wait_s != 0:  # Who does not wait gets the job, also when it happens to be done.
        if job.state is State.SUCCEEDED and job.result is not None:
            return _json(job.result, preference, headers)
        if job.state.ended:
            return with_preference(job_problem(job, headers), preference)
    response = job_response(job, status=202)
    response.headers.update(headers | {"Location": job_url(job.id), "Retry-After": "1"})
    return with_preference(response, preference)


def _json(text: str, preference: Preference, headers: dict[str, str]) -> Response:
    response = Response(text, content_type="application/json")
    response.headers.update(headers)
    return with_preference(response, preference)


def with_preference(response: Response, preference: Preference) -> Response:
    """The response, saying which preferences it honours and that others may get another one."""
    if confirmed := preference.confirmed(response.status_code):
        response.headers["Preference-Applied"] = confirmed
    response.headers["Vary"] = "Prefer"
    return response
