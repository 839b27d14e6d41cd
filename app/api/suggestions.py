"""``/api/prompts`` and ``/api/recommendations``: what to ask, do or learn next."""

from typing import Any

from flask import Response

from app.blueprint import Blueprint
from app.context import principal
from app.parts import answer, services
from app.schemas.common import ModeQuery, ProblemSchema
from app.schemas.jobs import JobSchema
from app.schemas.suggestions import (
    NextPromptAnswer,
    NextPromptRequest,
    RecommendationsAnswer,
    RecommendationsRequest,
    SuggestionsAnswer,
    SuggestionsRequest,
)
from flows.requests.blended import blended

blueprint = Blueprint("suggestions", __name__, url_prefix="/api", description="What to ask, do or learn next")
NOT_YET = "Not ready yet: ask again at Location"
PROBLEM_JSON = "application/problem+json"


@blueprint.post("/prompts/suggestions")
@blueprint.arguments(SuggestionsRequest())
@blueprint.arguments(ModeQuery(), location="query", as_kwargs=True)
@blueprint.response(200, SuggestionsAnswer)
@blueprint.alt_response(202, schema=JobSchema, description=NOT_YET)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def post_suggestions(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Suggest prompts for an error or a context"""
    return _answer("prompt_suggestions", sent, mode)


@blueprint.post("/suggestions")
@blueprint.arguments(SuggestionsRequest())
@blueprint.arguments(ModeQuery(), location="query", as_kwargs=True)
@blueprint.response(200, SuggestionsAnswer)
@blueprint.alt_response(202, schema=JobSchema, description=NOT_YET)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def post_suggestions_by_short_name(sent: dict[str, Any], mode: str | None = None) -> Response:
    """The same as /api/prompts/suggestions"""
    return _answer("prompt_suggestions", sent, mode)


@blueprint.post("/prompts/next")
@blueprint.arguments(NextPromptRequest())
@blueprint.arguments(ModeQuery(), location="query", as_kwargs=True)
@blueprint.response(200, NextPromptAnswer)
@blueprint.alt_response(202, schema=JobSchema, description=NOT_YET)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def post_next(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Say what a person could ask or do next"""
    return _answer("next_best_prompt", sent, mode)


@blueprint.post("/recommendations")
@blueprint.arguments(RecommendationsRequest())
@blueprint.arguments(ModeQuery(), location="query", as_kwargs=True)
@blueprint.response(200, RecommendationsAnswer)
@blueprint.alt_response(202, schema=JobSchema, description=NOT_YET)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def post_recommendations(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Recommend skills, prompts, exercises and courses to a person"""
    return _answer("recommendations", sent, mode)


def _answer(flow: str, sent: dict[str, Any], mode: str | None) -> Response:
    return answer(flow, blended(principal().organisation, sent, services().ports), mode)
