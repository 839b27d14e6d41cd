"""Starting a job from a worker: into the ledger, then onto its lane."""

import logging
from collections.abc import Mapping
from time import time
from typing import Any
from uuid import uuid4

from flows.errors import StoreUnavailable
from flows.fingerprint import fingerprint
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
    digest: str | None = None,
    refines: str = "",
    answers: str = "",
) -> Accepted:
    """Start a job on a lane, or join the one of an equal request; ``deadline_ms`` is since the epoch.

    ``digest`` takes the place of the request's own fingerprint; ``refines`` and ``answers`` are those
    of a job. Raises StoreUnavailable when the ledger does not answer.
    """
    job = NewJob(
        id=uuid4().hex,
        organisation=request["organisation"],
        flow=flow.name,
        version=flow.version,
        request=request,
        fingerprint=digest or fingerprint(flow.name, flow.version, request),
        created_ms=int(time() * 1000),
        deadline_ms=deadline_ms,
        run_lease_ms=run_lease_ms(flow),
        request_id=request_id,
        lane=lane,
        refines=refines,
        answers=answers,
    )
    accepted = services.ledger.accept(job, QUEUED_LEASE_MS)
    if not accepted.joined:
        try:
            services.publisher.publish(flow, job.id, step=0, attempt=1, lane=lane)
        except StoreUnavailable as error:  # The ledger has the job, so the sweeper publishes it.
            log.warning("publish_failed", extra={"job_id": job.id, "error": str(error)})
    return accepted
