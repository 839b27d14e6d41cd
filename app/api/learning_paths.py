"""``/api/recommendations/learning-path``: what to learn in which week."""

from typing import Any

from flask import Response

from app.blueprint import Blueprint
from app.context import principal
from app.parts import answer, services
from app.schemas.common import ModeQuery, ProblemSchema
from app.schemas.jobs import JobSchema
from app.schemas.learning_paths import LearningPathAnswer, LearningPathRequest
from flows.requests.learning_path import learning_path

blueprint = Blueprint(
    "learning-paths", __name__, url_prefix="/api/recommendations", description="What to learn, week by week"
)


@blueprint.post("/learning-path")
@blueprint.arguments(LearningPathRequest())  # An instance: a class would be built anew per request.
@blueprint.arguments(ModeQuery(), location="query", as_kwargs=True)
@blueprint.response(200, LearningPathAnswer)
@blueprint.alt_response(202, schema=JobSchema, description="Not ready yet: ask again at Location")
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def post(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Plan a learning path to a goal within the hours there are"""
    request = learning_path(principal().organisation, sent, services().ports.catalogues)
    return answer("learning_path", request, mode)
