"""``/api/recommendations/learning-path``: what to learn in which week."""

from typing import Any

from flask import Response

from app.blueprint import Blueprint
from app.context import principal
from app.parts import answer, services
from app.schemas.learning_paths import LearningPathAnswer, LearningPathRequest
from flows.requests.learning_path import learning_path

blueprint = Blueprint(
    "learning-paths", __name__, url_prefix="/api/recommendations", description="What to learn, week by week"
)


@blueprint.flow("/learning-path", LearningPathRequest(), LearningPathAnswer)
def post(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Plan a learning path to a goal within the hours there are"""
    request = learning_path(principal().organisation, sent, services().ports.catalogues)
    return answer("learning_path", request, mode)
