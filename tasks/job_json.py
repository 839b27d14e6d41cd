"""A job as clients see it, wherever they see it: in an answer, in a stream, in a webhook."""

import json
from datetime import UTC, datetime
from typing import Any

from tasks.store.base import Job, State


def job_url(job_id: str) -> str:
    """Where to ask for the job."""
    return f"/api/jobs/{job_id}"


def events_url(job_id: str) -> str:
    """Where its events are."""
    return f"{job_url(job_id)}/events"


def job_view(job: Job) -> dict[str, Any]:
    """The job's representation; ``result`` and ``problem`` are null until there is one."""
    links = {"self": job_url(job.id), "events": events_url(job.id)}
    if not job.state.ended:
        links["cancel"] = job_url(job.id)
    return {
        "id": job.id,
        "flow": job.flow,
        "status": _status(job),
        "degraded": bool(job.degraded_reasons),
        "degradedReasons": job.degraded_reasons,
        "createdAt": time_text(job.created_ms),
        "finishedAt": None if job.finished_ms is None else time_text(job.finished_ms),
        "stages": list(job.stages),
        "result": json.loads(job.result) if job.result else None,
        "problem": job.problem,
        "links": links,
    }


def time_text(milliseconds: int) -> str:
    """A time as it goes over the wire: ISO 8601 in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def _status(job: Job) -> str:
    """Between two queues a job is queued to the ledger, but to a client it is under way."""
    return State.RUNNING if job.state is State.QUEUED and job.step else job.state
