"""A job as clients see it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response

from app.errors import STATUS, problem_response
from tasks.store.base import Job, State


def job_url(job_id: str) -> str:
    """Where to ask for the job."""
    return f"/api/jobs/{job_id}"


def job_response(job: Job, status: int = 200) -> Response:
    """The job as JSON. Polling answers 200 in every state: the job's failure is data."""
    return Response(json.dumps(job_view(job)), status, content_type="application/json")


def job_view(job: Job) -> dict[str, Any]:
    """The job's representation; ``result`` and ``problem`` are null until there is one."""
    links = {"self": job_url(job.id)}
    if not job.state.ended:
        links["cancel"] = job_url(job.id)
    if job.refined_by:
        links["refined"] = job_url(job.refined_by)
    return {
        "id": job.id,
        "flow": job.flow,
        "status": _status(job),
        "degraded": bool(job.degraded_reasons),
        "degradedReasons": job.degraded_reasons,
        "createdAt": _time(job.created_ms),
        "finishedAt": _time(job.finished_ms),
        "stages": list(job.stages),
        "result": json.loads(job.result) if job.result else None,
        "problem": job.problem,
        "links": links,
    }


def job_problem(job: Job, headers: Mapping[str, str]) -> Response:
    """What a caller gets who waited for a job that did not succeed."""
    if job.state is State.CANCELLED:
        return problem_response(409, "job_cancelled", "the job was cancelled", headers=headers, jobId=job.id)
    reason = dict(job.problem or {})
    code = reason.get("code", "internal").rpartition(":")[2]
    return problem_response(
        STATUS.get(code, 500),
        reason.get("code", "internal"),
        reason.get("detail", ""),
        headers=headers,
        jobId=job.id,
    )


def _status(job: Job) -> str:
    """Between two queues a job is queued to the ledger, but to a client it is under way."""
    return State.RUNNING if job.state is State.QUEUED and job.step else job.state


def _time(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
