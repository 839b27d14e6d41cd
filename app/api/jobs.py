"""``/api/jobs``: what became of a request that was not answered at once."""

from flask import Response, request

from app.blueprint import Blueprint
from app.context import principal
from app.errors import problem_response
from app.job_view import job_response
from app.parts import front, services
from app.preferences import preference_of
from app.replies import with_preference
from app.schemas.common import ProblemSchema
from app.schemas.jobs import JobSchema
from config.metrics import JOBS_ENDED
from flows.errors import JobNotFound

blueprint = Blueprint("jobs", __name__, url_prefix="/api/jobs", description="Jobs under way and done")


@blueprint.get("/<job_id>")
@blueprint.response(200, JobSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
def get(job_id: str) -> Response:
    """Ask for a job; with Prefer: wait=N the answer waits until it ends, N seconds at most"""
    _check_owner(job_id)
    job, followed = front().look(job_id, preference_of(request.headers, None))
    return with_preference(job_response(job), followed)


@blueprint.delete("/<job_id>")
@blueprint.response(200, JobSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
@blueprint.alt_response(409, schema=ProblemSchema, content_type="application/problem+json")
def delete(job_id: str) -> Response:
    """Cancel a job; 409 when it has ended already"""
    _check_owner(job_id)
    if not services().ledger.cancel(job_id):
        return problem_response(409, "job_ended", "the job has ended and cannot be cancelled", jobId=job_id)
    job = services().ledger.read(job_id)
    JOBS_ENDED.labels(job.flow, job.state).inc()
    return job_response(job)


def _check_owner(job_id: str) -> None:
    """A job of another organisation does not exist."""
    if services().ledger.read(job_id).organisation != principal().organisation:
        raise JobNotFound(f"no job {job_id}")
