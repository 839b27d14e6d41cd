"""``/api/entitlements``: where what is bought is known from, how old it is, and asking for it anew."""

import json
from typing import Any

from flask import Response

from app.blueprint import Blueprint, without_body
from app.context import principal
from app.errors import STATUS, problem_response
from app.parts import services
from app.schemas.common import ProblemSchema
from app.schemas.entitlements import EntitlementStatusSchema, RefreshedSchema

PROBLEM = {"schema": ProblemSchema, "content_type": "application/problem+json"}

blueprint = Blueprint(
    "entitlements", __name__, url_prefix="/api/entitlements", description="Where entitlements come from"
)


@blueprint.get("/<organisation>")
@blueprint.response(200, EntitlementStatusSchema)
@blueprint.alt_response(403, **PROBLEM)
def get(organisation: str) -> Response:
    """Show the source of an organisation's entitlements, their age and number, and its last error"""
    return _json(services().entitlements.status(principal().may_ask_for(organisation)))


@blueprint.post("/<organisation>/refresh")
@blueprint.response(200, RefreshedSchema)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
@blueprint.alt_response(409, **PROBLEM)
@blueprint.alt_response(502, **PROBLEM)
@blueprint.alt_response(503, **PROBLEM)
@without_body
def post_refresh(organisation: str) -> Response:
    """Ask the source now; when it does not say, what was known stays, and the problem tells of it"""
    entitlements = services().entitlements
    refreshed = entitlements.refresh(principal().may_ask_for(organisation))
    status = entitlements.status(organisation)
    if (error := refreshed.error) is not None:
        return problem_response(STATUS[error.code], error.code, str(error), kept=status)
    return _json({"fate": refreshed.fate, **status})


def _json(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), content_type="application/json")
