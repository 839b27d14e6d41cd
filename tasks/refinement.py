"""After a job whose language model missed its limit: the same once more, on the lane ``refine``.

That comes after the answer is out, so it delays nobody who waits for it. When more of it waits than
can be done soon, what comes on top is left out, since an old answer is not worth a late betterment.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic, time
from typing import Any

from config.metrics import REFINES
from config.queues import INTERACTIVE, REFINE
from flows.errors import JobNotFound, PortUnavailable, StoreUnavailable
from flows.fingerprint import fingerprint
from flows.model import Flow
from flows.refine import missed_its_limit, refining
from tasks.services import Services
from tasks.store.base import Job
from tasks.submit import submit

MOST_WAITING = 20  #: Refinements that may wait in the queue.
DEADLINE_MS = 120_000
FOLLOWED_MS = 30_000  #: Longer than a refinement takes that did not have to wait long.
LOOK_S = 1.0  #: How old the number of those may be.

log = logging.getLogger(__name__)


class Refinement:
    """Starts refinements, from one process. Remembers how long the queue was a moment ago."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting, self._looked_s = 0, float("-inf")

    def wanted(self, job: Job, flow: Flow, stages: Sequence[Mapping[str, Any]]) -> bool:
        """True when a model missed its limit and the flow gives it a second chance."""
        return bool(flow.refine_limit_ms) and job.lane == INTERACTIVE and missed_its_limit(flow, stages)

    def until_ms(self) -> int:
        """Until when whoever follows the job may wait for the better answer."""
        return int(time() * 1000) + FOLLOWED_MS

    def start(self, job: Job, flow: Flow, request: Mapping[str, Any]) -> str:
        """Refine what a job has answered; returns what came of it.

        Never raises StoreUnavailable: the answer is out, and stays as good as it is.
        """
        try:
            fate = self._start(job, flow, request)
        except StoreUnavailable as error:
            log.warning("refine_not_started", extra={"job_id": job.id, "error": str(error)})
            fate = "failed"
        REFINES.labels(flow.name, fate).inc()
        return fate

    def tell(self, job: Job) -> None:
        """Tell whoever asked for webhooks that an answer was bettered by this job, if it was."""
        try:
            first = self._services.ledger.read(job.refines)
            if first.refined_by == job.id and first.callbacks:
                better = self._services.ledger.read(job.id)
                self._services.webhooks.tell_refined(replace(first, result=better.result))
        except (JobNotFound, StoreUnavailable, PortUnavailable) as error:
            # Who asks again gets it all the same.
            log.warning("refined_not_told", extra={"job_id": job.refines, "error": str(error)})

    def _start(self, job: Job, flow: Flow, request: Mapping[str, Any]) -> str:
        if self._backlog() >= MOST_WAITING:
            return "backlog"
        accepted = submit(
            self._services,
            refining(flow),
            request,
            lane=REFINE,
            deadline_ms=int(time() * 1000) + DEADLINE_MS,
            request_id=job.request_id,
            digest=fingerprint("refine", job.fingerprint),
            refines=job.id,
            answers=job.fingerprint,
        )
        self._waiting += not accepted.joined
        return "joined" if accepted.joined else "started"

    def _backlog(self) -> int:
        if monotonic() - self._looked_s > LOOK_S:
            self._waiting, self._looked_s = self._services.publisher.backlog(REFINE), monotonic()
        return self._waiting
