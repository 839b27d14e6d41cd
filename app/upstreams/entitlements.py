"""A source of entitlements over HTTP, by the contract ``docs/upstreams/entitlements.yaml``.

It serves what an installation's durable store has, so that another installation can read it.
"""

import json
from typing import Protocol, cast

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry

from app.blueprint import Blueprint
from app.health import Health
from app.schemas.common import ProblemSchema
from app.schemas.entitlement_source import EntitlementsDocument
from app.upstreams.service import PROBLEM_JSON, create_service, engine_of_app
from config.settings import Settings
from flows.errors import EntitlementsNotFound
from flows.intelligence.entitlements.source import SourcedEntitlements, sourced_to_json
from tasks.store.entitlement_file import etag_of

CONTRACT = {
    "info": {
        "title": "Entitlement source",
        "description": "What an organisation has: contracts with seats, mandatory training. Each answer is"
        " whole; with If-None-Match, what has not changed is not sent again.",
    },
    "servers": [{"url": "http://127.0.0.1:3008"}],
}

blueprint = Blueprint(
    "entitlements-service", __name__, url_prefix="/organisations", description="What organisations have"
)


class Entitlements(Protocol):
    """What organisations have."""

    def whole(self, organisation: str) -> SourcedEntitlements | None:
        """Everything that one has, None for one that is not known. Raises PortUnavailable."""
        ...


def create_entitlements_service(
    settings: Settings, entitlements: Entitlements, health: Health, registry: CollectorRegistry
) -> Flask:
    """The app; ``registry`` is where its request metrics go and what ``/metrics`` shows."""
    return create_service(CONTRACT, blueprint, entitlements, settings, health, registry)


@blueprint.get("/<organisation>/entitlements")
@blueprint.response(200, EntitlementsDocument, headers={"ETag": {"schema": {"type": "string"}}})
@blueprint.alt_response(304, description="Nothing has changed since the state that If-None-Match names")
@blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM_JSON)
def get(organisation: str) -> Response:
    """Everything that an organisation has"""
    found = cast(Entitlements, engine_of_app()).whole(organisation)
    if found is None:
        raise EntitlementsNotFound("no such organisation")
    response = Response(json.dumps(sourced_to_json(found)), content_type="application/json")
    response.headers["ETag"] = etag_of(found)
    response.make_conditional(request)
    return response
