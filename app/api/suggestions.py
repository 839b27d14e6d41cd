"""``/api/prompts`` and ``/api/recommendations``: what to ask, do or learn next."""

from typing import Any

from flask import Response

from app.blueprint import Blueprint
from app.context import principal
from app.parts import answer, services
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


@blueprint.flow("/prompts/suggestions", SuggestionsRequest(), SuggestionsAnswer)
def post_suggestions(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Suggest prompts for an error or a context"""
    return _answer("prompt_suggestions", sent, mode)


@blueprint.flow("/suggestions", SuggestionsRequest(), SuggestionsAnswer)
def post_suggestions_by_short_name(sent: dict[str, Any], mode: str | None = None) -> Response:
    """The same as /api/prompts/suggestions"""
    return _answer("prompt_suggestions", sent, mode)


@blueprint.flow("/prompts/next", NextPromptRequest(), NextPromptAnswer)
def post_next(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Say what a person could ask or do next"""
    return _answer("next_best_prompt", sent, mode)


@blueprint.flow("/recommendations", RecommendationsRequest(), RecommendationsAnswer)
def post_recommendations(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Recommend skills, prompts, exercises and courses to a person"""
    return _answer("recommendations", sent, mode)


def _answer(flow: str, sent: dict[str, Any], mode: str | None) -> Response:
    return answer(flow, blended(principal().organisation, sent, services().ports), mode)
