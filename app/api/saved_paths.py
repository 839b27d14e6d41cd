"""``/api/learning-paths``: paths that are kept, marked as done week by week, and planned anew."""

import re
from typing import Any

from flask import Response

from app.blueprint import Blueprint
from app.context import principal
from app.parts import answer, services
from app.place import place_of
from app.saved_path_view import list_view, path_view, replan_view
from app.schemas.common import ProblemSchema
from app.schemas.learning_paths import LearningPathAnswer, LearningPathRequest
from app.schemas.saved_paths import (
    DeletedPathSchema,
    ProgressRequest,
    ReplannedPathSchema,
    ReplanRequest,
    SavedPathList,
    SavedPathSchema,
    SavedPathsQuery,
)
from config.keys import JOB_ID_LENGTH
from flows.errors import PathNotFound
from flows.intelligence.replanning.saved import replan_saved
from flows.ports import SavedPaths
from flows.requests.learning_path import learning_path
from flows.requests.replan_path import replan_path
from flows.saved_path import SavedPath, done_weeks, expect_revision

JOB_ID = re.compile(rf"[0-9a-f]{{{JOB_ID_LENGTH}}}")

blueprint = Blueprint(
    "saved-learning-paths", __name__, url_prefix="/api/learning-paths", description="Learning paths to keep"
)


@blueprint.flow("", LearningPathRequest(), LearningPathAnswer)
def post(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Plan a learning path and keep it, under the answer's decisionId"""
    request = learning_path(principal().organisation, sent, services().ports.catalogues)
    return answer("saved_learning_path", request, mode)


@blueprint.get("")
@blueprint.arguments(SavedPathsQuery(), location="query", as_kwargs=True)
@blueprint.response(200, SavedPathList)
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def get_list(userId: str, limit: int, before: str | None = None) -> dict[str, Any]:
    """List a person's saved paths, newest first"""
    place = place_of(before)
    found = _paths().of_user(principal().organisation, userId, limit=limit + 1, before=place)
    return list_view(found, limit)


@blueprint.get("/<path_id>")
@blueprint.response(200, SavedPathSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
def get(path_id: str) -> dict[str, Any]:
    """Show a saved path, with the weeks that are done"""
    return path_view(_path(path_id))


@blueprint.patch("/<path_id>")
@blueprint.arguments(ProgressRequest())
@blueprint.response(200, SavedPathSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
@blueprint.alt_response(409, schema=ProblemSchema, content_type="application/problem+json")
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def patch(sent: dict[str, Any], path_id: str) -> dict[str, Any]:
    """Say which weeks are done"""
    path = _path(path_id)
    expect_revision(path, sent.get("revision"))
    return path_view(_paths().change(path, done_weeks=done_weeks(path, sent["doneWeeks"])))


@blueprint.post("/<path_id>/replan")
@blueprint.arguments(ReplanRequest())
@blueprint.response(200, ReplannedPathSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
@blueprint.alt_response(409, schema=ProblemSchema, content_type="application/problem+json")
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def post_replan(sent: dict[str, Any], path_id: str) -> dict[str, Any]:
    """Plan the weeks that are not done anew, moving as little as possible"""
    path, ports = _path(path_id), services().ports
    expect_revision(path, sent.get("revision"))
    change = replan_path(path, sent)
    catalogue = ports.catalogues.get(path.organisation, path.request["catalogue"])
    mastery = ports.profiles.features(path.organisation, path.user_id).mastery
    made = replan_saved(path, change, catalogue, mastery)
    kept = _paths().change(path, request=made.request, plan=made.plan)
    return replan_view(kept, change, made, catalogue)


@blueprint.delete("/<path_id>")
@blueprint.response(200, DeletedPathSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
def delete(path_id: str) -> dict[str, str]:
    """Keep a path no longer"""
    _paths().delete(principal().organisation, _id(path_id))
    return {"id": path_id}


def _paths() -> SavedPaths:
    return services().ports.saved_paths


def _path(path_id: str) -> SavedPath:
    """A path of the principal's organisation; raises PathNotFound."""
    return _paths().get(principal().organisation, _id(path_id))


def _id(text: str) -> str:
    """The id of a path is that of a job; nothing else is asked for. Raises PathNotFound."""
    if not JOB_ID.fullmatch(text):
        raise PathNotFound("no saved learning path has such an id")
    return text
