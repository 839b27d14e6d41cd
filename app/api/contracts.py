"""``/api/recommendations/contract-aware``: what to take of what the organisation has bought."""

from typing import Any

from flask import Response

from app.blueprint import Blueprint
from app.context import principal
from app.parts import answer, services
from app.schemas.common import ModeQuery, ProblemSchema
from app.schemas.contracts import ContractAwareAnswer, ContractAwareRequest
from app.schemas.jobs import JobSchema
from flows.requests.contract_aware import contract_aware

blueprint = Blueprint(
    "contracts", __name__, url_prefix="/api/recommendations", description="What is bought, and what is due"
)


@blueprint.post("/contract-aware")
@blueprint.arguments(ContractAwareRequest())
@blueprint.arguments(ModeQuery(), location="query", as_kwargs=True)
@blueprint.response(200, ContractAwareAnswer)
@blueprint.alt_response(202, schema=JobSchema, description="Not ready yet: ask again at Location")
@blueprint.alt_response(403, schema=ProblemSchema, content_type="application/problem+json")
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def post(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Recommend courses under contract, soonest to expire first, and mandatory training"""
    principal().may_ask_for(sent["orgId"])
    request = contract_aware(principal().organisation, sent, services().ports.catalogues)
    return answer("contract_aware", request, mode)
