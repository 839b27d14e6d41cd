"""Starting a job from within the service: accept it in the ledger, then publish it on its lane."""

import logging
from collections.abc import Mapping
from time import time
from typing import Any

from flows.errors import StoreUnavailable
from flows.fingerprint import fingerprint
from flows.job_id import new_job_id
from flows.model import Flow
from tasks.leases import QUEUED_LEASE_MS, run_lease_ms
from tasks.services import Services
from tasks.store.base import Accepted, NewJob

log = logging.getLogger(__name__)


def submit(
    services: Services,
    flow: Flow,
    request: Mapping[str, Any],
    *,
    lane: str,
    deadline_ms: int,
    request_id: str,
    job_id: str | None = None,
    digest: str | None = None,
    refines: str = "",
    answers: str = "",
) -> Accepted:
    """Start a job, or join the one of an equal request. ``deadline_ms`` is since the epoch.

    With a ``job_id`` the job is the only one of its kind: it joins no equal request, and submitting it
    again joins it. ``digest`` takes the place of the request's own fingerprint; ``refines`` and
    ``answers`` are those of a job. One that was joined is not published: whoever accepted it does
    that, or the sweeper. Raises StoreUnavailable when the ledger does not answer.
    """
    job = NewJob(
        id=job_id or new_job_id(),
        organisation=request["organisation"],
        flow=flow.name,
        version=flow.version,
        request=request,
        fingerprint=job_id or digest or fingerprint(flow.name, flow.version, request),
        created_ms=int(time() * 1000),
        deadline_ms=deadline_ms,
        run_lease_ms=run_lease_ms(lane),
        request_id=request_id,
        lane=lane,
        refines=refines,
        answers=answers,
    )
    accepted = services.ledger.accept(job, QUEUED_LEASE_MS)
    if not accepted.joined:
        _publish(services, flow, job)
    return accepted


def _publish(services: Services, flow: Flow, job: NewJob) -> None:
    try:
        services.publisher.publish(flow, job.id, step=0, attempt=1, lane=job.lane)
    except StoreUnavailable as error:  # The ledger has the job, so the sweeper publishes it.
        log.warning("publish_failed", extra={"job_id": job.id, "error": str(error)})
