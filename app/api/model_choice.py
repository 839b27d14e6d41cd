"""``/api/prompts/optimize-model``: which language model to use for a task."""

from typing import Any

from flask import Response

from app.blueprint import Blueprint
from app.context import principal
from app.parts import answer
from app.schemas.model_choice import OptimizeModelAnswer, OptimizeModelRequest
from flows.catalogue.built_in_models import built_in_models
from flows.requests.optimize_model import optimize_model

blueprint = Blueprint(
    "model-choice", __name__, url_prefix="/api/prompts", description="Which language model to use, and why"
)


@blueprint.flow("/optimize-model", OptimizeModelRequest(), OptimizeModelAnswer)
def post(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Choose a language model for a task within limits of time, money and policy"""
    request = optimize_model(principal().organisation, sent, built_in_models())
    return answer("optimize_model", request, mode)
