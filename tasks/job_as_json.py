"""A job as clients see it, whether they ask for it or are told of its end."""

import json
from datetime import UTC, datetime
from typing import Any

from tasks.store.base import Job, State


def job_url(job_id: str) -> str:
    """Where to ask for the job."""
    return f"/api/jobs/{job_id}"


def job_view(job: Job) -> dict[str, Any]:
    """The job's representation; ``result`` and ``problem`` are null until there is one."""
    links = {"self": job_url(job.id)}
    if not job.state.ended:
        links["cancel"] = job_url(job.id)
    return {
        "id": job.id,
        "flow": job.flow,
        "status": _status(job),
        "degraded": bool(job.degraded_reasons),
        "degradedReasons": job.degraded_reasons,
        "createdAt": time_view(job.created_ms),
        "finishedAt": time_view(job.finished_ms),
        "stages": list(job.stages),
        "result": json.loads(job.result) if job.result else None,
        "problem": job.problem,
        "links": links,
    }


def _status(job: Job) -> str:
    """Between two queues a job is queued to the ledger, but to a client it is under way."""
    return State.RUNNING if job.state is State.QUEUED and job.step else job.state


def time_view(milliseconds: int | None) -> str | None:
    """A time as clients see it, in UTC; None for none."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
