"""A job as an answer over HTTP."""

import json
from collections.abc import Mapping

from flask import Response

from app.errors import STATUS, problem_response
from tasks.job_json import job_view
from tasks.store.base import Job, State


def job_response(job: Job, status: int = 200) -> Response:
    """The job as JSON. Polling answers 200 in every state: the job's failure is data."""
    return Response(json.dumps(job_view(job)), status, content_type="application/json")


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
