"""``/api/jobs``: what became of a request that was not answered at once."""

from flask import Response, request

from app.blueprint import PROBLEM_JSON, Blueprint
from app.context import principal
from app.errors import problem_response
from app.event_requests import CONTENT_TYPE, PARAMETER, last_event_id
from app.job_view import job_response
from app.parts import event_streams, front, services
from app.preferences import preference_of
from app.replies import with_preference
from app.schemas.common import ProblemSchema
from app.schemas.jobs import EVENT_STREAM, EVENTS, LAST_EVENT, JobSchema
from config.metrics import JOBS_ENDED
from tasks.store.base import Job

blueprint = Blueprint("jobs", __name__, url_prefix="/api/jobs", description="Jobs under way and done")


@blueprint.get("/<job_id>")
@blueprint.response(200, JobSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
def get(job_id: str) -> Response:
    """Ask for a job; with Prefer: wait=N the answer waits until it ends, N seconds at most"""
    _own(job_id)
    job, followed = front().look(job_id, preference_of(request.headers, None))
    return with_preference(job_response(job), followed)


@blueprint.delete("/<job_id>")
@blueprint.response(200, JobSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
@blueprint.alt_response(409, schema=ProblemSchema, content_type="application/problem+json")
def delete(job_id: str) -> Response:
    """Cancel a job; 409 when it has ended already"""
    _own(job_id)
    if not services().ledger.cancel(job_id):
        return problem_response(409, "job_ended", "the job has ended and cannot be cancelled", jobId=job_id)
    job = services().ledger.read(job_id)
    JOBS_ENDED.labels(job.flow, job.state).inc()
    return job_response(job)


@blueprint.get("/<job_id>/events", parameters=LAST_EVENT)
@blueprint.response(200, EVENT_STREAM, content_type=CONTENT_TYPE, description=EVENTS)
@blueprint.alt_response(204, description="The job has ended, and you have all of its events")
@blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM_JSON)
@blueprint.alt_response(410, schema=ProblemSchema, content_type=PROBLEM_JSON)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
@blueprint.alt_response(503, schema=ProblemSchema, content_type=PROBLEM_JSON)
def get_events(job_id: str) -> Response:
    """Follow a job: server-sent events from its beginning, or after the last one that you have"""
    job = _own(job_id)
    after = last_event_id(request.headers.get("Last-Event-ID"), request.args.get(PARAMETER))
    return event_streams().response(job, after)


def _own(job_id: str) -> Job:
    """A job of another organisation does not exist."""
    return principal().own(services().ledger.read(job_id))
