"""Running one tick of a scheduled job: once, not beside itself, and with a record of it."""

import logging
import socket
from time import perf_counter
from typing import Any

from config.metrics import SCHEDULED_SECONDS, SCHEDULED_TICKS
from flows.errors import ServiceError, StoreUnavailable
from tasks.scheduled.model import ScheduledJob
from tasks.services import Services
from tasks.store.schedule_runs import Planned, Run, Tick

FAILED = "failed"

log = logging.getLogger(__name__)


def planned(job: ScheduledJob) -> Planned:
    """The job as it is announced."""
    return Planned(job.name, job.every_s, job.queue, job.limit_s, job.may_overlap)


def run_tick(job: ScheduledJob, services: Services, *, forced: bool = False) -> Tick:
    """Run the job unless its tick was run already, or its last run goes on.

    ``forced`` runs it whatever the tick. Raises what the job raises, after it was recorded: then the
    task has failed, and neither its worker nor any other job.
    """
    claimed = services.schedules.claim(planned(job), socket.gethostname(), forced=forced)
    if not isinstance(claimed, Run):
        SCHEDULED_TICKS.labels(job.name, claimed).inc()
        log.debug("scheduled_job_left", extra={"job": job.name, "reason": claimed})
        return claimed
    started = perf_counter()
    try:
        result = job.run(services)
    except Exception as error:
        _end(services, claimed, started, FAILED, error=_said(error))
        raise
    _end(services, claimed, started, Tick.RUN, result=result)
    return Tick.RUN


def _end(services: Services, run: Run, started: float, outcome: str, **more: Any) -> None:
    seconds = perf_counter() - started
    SCHEDULED_TICKS.labels(run.job, outcome).inc()
    SCHEDULED_SECONDS.labels(run.job).observe(seconds)
    said = {"job": run.job, "ms": round(seconds * 1000, 3), **more}
    log.log(logging.WARNING if outcome == FAILED else logging.DEBUG, "scheduled_job", extra=said)
    try:
        services.schedules.end(run, socket.gethostname(), ms=seconds * 1000, **more)
    except StoreUnavailable as error:  # Then the lease runs out, and the run counts as lost.
        log.warning("scheduled_job_not_recorded", extra={"job": run.job, "error": str(error)})


def _said(error: Exception) -> str:
    """An error as everybody may see it: what nobody foresaw may quote anything, so it stays in the log."""
    return f"{error.code}: {error}" if isinstance(error, ServiceError) else type(error).__name__
