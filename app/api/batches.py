"""``/api/batches``: learning paths for whole teams, page by page and as files."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, request

from app.blueprint import PROBLEM_JSON, Blueprint
from app.context import principal
from app.idempotency import key_of
from app.parts import services
from app.place import cursor_of, place_of
from app.schemas.batches import (
    BatchList,
    BatchListQuery,
    BatchResultsSchema,
    BatchSchema,
    LearningPathBatchRequest,
    MemberPage,
    MembersQuery,
    ResultsQuery,
    RetriedSchema,
    RetryRequest,
)
from app.schemas.common import ProblemSchema
from tasks.batches.cancelling import cancel_batch
from tasks.batches.model import Batch
from tasks.batches.opening import open_learning_paths
from tasks.batches.results import FORMATS, pages
from tasks.batches.view import batch_url, batch_view, member_view
from tasks.store.base import State

TEXT = {"schema": {"type": "string"}}
RESULTS_DOC = {200: {"content": {"application/x-ndjson": TEXT, "text/csv": TEXT}}}

blueprint = Blueprint("batches", __name__, url_prefix="/api/batches", description="Answers for whole teams")


@blueprint.post("/learning-paths")
@blueprint.arguments(LearningPathBatchRequest())
@blueprint.response(202, BatchSchema, description="Begun: ask for it at Location")
@blueprint.alt_response(403, schema=ProblemSchema, content_type=PROBLEM_JSON)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def post(sent: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Plan learning paths for a team or up to 10,000 people; one that fails does not stop the others"""
    principal().may_ask_for(sent["orgId"])
    key = key_of(request.headers)
    if "callbackUrl" in sent:
        services().webhooks.check(sent["callbackUrl"])
    batches, ports = services().batches, services().ports
    batch, _ = open_learning_paths(
        batches, ports.catalogues, ports.teams, principal().organisation, sent, key
    )
    return _view(batch), 202, {"Location": batch_url(batch.id), "Retry-After": "1"}


@blueprint.get("")
@blueprint.arguments(BatchListQuery(), location="query", as_kwargs=True)
@blueprint.response(200, BatchList)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def get_list(limit: int, before: str | None = None) -> dict[str, Any]:
    """List batches, newest first"""
    place = place_of(before)
    found = services().batches.newest(principal().organisation, limit=limit + 1, before=place)
    following = cursor_of(found[limit - 1].created_at, found[limit - 1].id) if len(found) > limit else None
    return {"batches": [_view(batch) for batch in found[:limit]], "next": following}


@blueprint.get("/<batch_id>")
@blueprint.response(200, BatchSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM_JSON)
def get(batch_id: str) -> dict[str, Any]:
    """Show how far a batch is"""
    return _view(_batch(batch_id))


@blueprint.get("/<batch_id>/members")
@blueprint.arguments(MembersQuery(), location="query", as_kwargs=True)
@blueprint.response(200, MemberPage)
@blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM_JSON)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def get_members(
    batch_id: str, limit: int, state: str | None = None, after: int | None = None
) -> dict[str, Any]:
    """List the members of a batch and how far each is, page by page"""
    batch, wanted = _batch(batch_id), State(state) if state else None
    found = services().batches.members(
        batch.organisation, batch.id, limit=limit + 1, after=-1 if after is None else after, state=wanted
    )
    following = found[limit - 1].position if len(found) > limit else None
    return {"members": [member_view(member) for member in found[:limit]], "next": following}


@blueprint.get("/<batch_id>/results")
@blueprint.arguments(ResultsQuery(), location="query", as_kwargs=True)
@blueprint.response(200, BatchResultsSchema)
@blueprint.doc(responses=RESULTS_DOC)
@blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM_JSON)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def get_results(batch_id: str, format: str | None = None, state: str | None = None) -> Response:  # noqa: A002
    """What came of each member, as JSON, NDJSON or CSV: by format, else by Accept"""
    name = format or _accepted_format()
    batch, (write, content_type) = _batch(batch_id), FORMATS[name]
    members = pages(services().batches, batch, State(state) if state else None)
    response = Response(
        write(batch, members, datetime.now(UTC)), content_type=f"{content_type}; charset=utf-8"
    )
    response.headers["Vary"] = "Accept"
    if name != "json":
        response.headers["Content-Disposition"] = f'attachment; filename="batch-{batch.id}.{name}"'
    return response


@blueprint.post("/<batch_id>/retry")
@blueprint.arguments(RetryRequest())
@blueprint.response(202, RetriedSchema, description="Begun again")
@blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM_JSON)
@blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM_JSON)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def post_retry(sent: dict[str, Any], batch_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Try members again: all that failed, or those named"""
    retried = services().batches.retry(principal().organisation, batch_id, sent.get("userIds"))
    return {**_view(_batch(batch_id)), "retried": retried}, 202, {"Location": batch_url(batch_id)}


@blueprint.delete("/<batch_id>")
@blueprint.response(200, BatchSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM_JSON)
@blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM_JSON)
def delete(batch_id: str) -> dict[str, Any]:
    """Cancel a batch: members under way are cancelled, the others never start; 409 when it has ended"""
    cancel_batch(services().batches, services().ledger, principal().organisation, batch_id)
    return _view(_batch(batch_id))


def _batch(batch_id: str) -> Batch:
    """A batch of the principal's organisation; raises BatchNotFound."""
    return services().batches.get(principal().organisation, batch_id)


def _view(batch: Batch) -> dict[str, Any]:
    return batch_view(batch, datetime.now(UTC))


def _accepted_format() -> str:
    names = {content_type: name for name, (_, content_type) in FORMATS.items()}
    return names[request.accept_mimetypes.best_match(list(names), "application/json")]
