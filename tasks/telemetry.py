"""What a worker says about its work: one log line and one observation per stage and per job."""

import logging

from config.metrics import JOBS_ENDED, RERANKS, STAGE_SECONDS
from flows.run import StageRun
from tasks.store.base import Job, State

log = logging.getLogger("learning.stage")


def observe_stage(job: Job, run: StageRun) -> None:
    """Count, time and log one stage of a job."""
    STAGE_SECONDS.labels(job.flow, run.type, run.status).observe(run.ms / 1000)
    if "llm" in run.updates:
        RERANKS.labels(job.flow, run.updates["llm"]["outcome"]).inc()
    level = logging.INFO if run.status == "ok" else logging.WARNING
    log.log(
        level,
        "stage",
        extra={
            "job_id": job.id,
            "request_id": job.request_id,
            "flow": job.flow,
            "stage": run.type,
            "status": run.status,
            "ms": round(run.ms, 3),
            **({"reason": run.reason} if run.reason else {}),
        },
        exc_info=run.error,
    )


def observe_end(job: Job, state: State) -> None:
    """Count and log the end of a job."""
    JOBS_ENDED.labels(job.flow, state).inc()
    log.info(
        "job_ended",
        extra={"job_id": job.id, "request_id": job.request_id, "flow": job.flow, "state": state},
    )
