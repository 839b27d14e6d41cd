"""``/api/prompts/optimize-model``: which language model to use for a task."""

from typing import Any

from flask import Response

from app.blueprint import Blueprint
from app.context import principal
from app.parts import answer
from app.schemas.common import ModeQuery, ProblemSchema
from app.schemas.jobs import JobSchema
from app.schemas.model_choice import OptimizeModelAnswer, OptimizeModelRequest
from flows.catalogue.built_in_models import built_in_models
from flows.requests.optimize_model import optimize_model

blueprint = Blueprint(
    "model-choice", __name__, url_prefix="/api/prompts", description="Which language model to use, and why"
)


@blueprint.post("/optimize-model")
@blueprint.arguments(OptimizeModelRequest())
@blueprint.arguments(ModeQuery(), location="query", as_kwargs=True)
@blueprint.response(200, OptimizeModelAnswer)
@blueprint.alt_response(202, schema=JobSchema, description="Not ready yet: ask again at Location")
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def post(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Choose a language model for a task within limits of time, money and policy"""
    request = optimize_model(principal().organisation, sent, built_in_models())
    return answer("optimize_model", request, mode)
