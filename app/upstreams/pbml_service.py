"""The PBML service: patterns of behaviour over HTTP, by the contract ``docs/upstreams/pbml-service.yaml``."""

from typing import Any, cast

from flask import Flask
from prometheus_client import CollectorRegistry

from app.blueprint import Blueprint
from app.health import Health
from app.schemas.common import ProblemSchema
from app.schemas.pbml_service import (
    CandidatesAnswer,
    CandidatesRequest,
    ResolutionsAnswer,
    ResolutionsRequest,
)
from app.upstreams.service import PROBLEM_JSON, create_service, engine_of_app
from config.settings import Settings
from flows.intelligence.patterns.as_json import candidate_to_json, resolution_to_json
from flows.intelligence.patterns.port import PatternSource
from flows.json_object import JsonObject
from flows.signals.as_json import event_from_json

CONTRACT = {
    "info": {
        "title": "PBML Service",
        "description": "Pattern-based machine learning: what people did next, and what resolved their errors."
        " Every call may be repeated.",
    },
    "servers": [{"url": "http://127.0.0.1:3006"}],
}

blueprint = Blueprint("pbml-service", __name__, url_prefix="/v1", description="Patterns of behaviour")


def create_pbml_service(
    settings: Settings, patterns: PatternSource, health: Health, registry: CollectorRegistry
) -> Flask:
    """The app; ``registry`` is where its request metrics go and what ``/metrics`` shows."""
    return create_service(CONTRACT, blueprint, patterns, settings, health, registry)


def _patterns() -> PatternSource:
    return cast(PatternSource, engine_of_app())


@blueprint.post("/candidates")
@blueprint.arguments(CandidatesRequest())
@blueprint.response(200, CandidatesAnswer)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def candidates(asked: dict[str, Any]) -> dict[str, Any]:
    """What a person is likely to do or ask next"""
    organisation = asked["organisation"]
    history = [
        event_from_json(organisation, JsonObject(event, f"history/{place}"))
        for place, event in enumerate(asked["history"])
    ]
    found = _patterns().candidates_for(organisation, asked["userId"], history, asked["limit"])
    return {"candidates": [candidate_to_json(each) for each in found]}


@blueprint.post("/resolutions")
@blueprint.arguments(ResolutionsRequest())
@blueprint.response(200, ResolutionsAnswer)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def resolutions(asked: dict[str, Any]) -> dict[str, Any]:
    """What resolved such an error before"""
    found = _patterns().resolutions_for(
        asked["organisation"], asked["userId"], asked["message"], asked["limit"]
    )
    return {"resolutions": [resolution_to_json(each) for each in found]}
