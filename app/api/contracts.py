"""``/api/recommendations/contract-aware``: what to take of what the organisation has bought."""

from typing import Any

from flask import Response

from app.blueprint import Blueprint
from app.context import principal
from app.parts import answer, services
from app.schemas.common import ProblemSchema
from app.schemas.contracts import ContractAwareAnswer, ContractAwareRequest
from flows.requests.contract_aware import contract_aware

blueprint = Blueprint(
    "contracts", __name__, url_prefix="/api/recommendations", description="What is bought, and what is due"
)


@blueprint.flow("/contract-aware", ContractAwareRequest(), ContractAwareAnswer)
@blueprint.alt_response(403, schema=ProblemSchema, content_type="application/problem+json")
def post(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Recommend courses under contract, soonest to expire first, and mandatory training"""
    principal().may_ask_for(sent["orgId"])
    request = contract_aware(principal().organisation, sent, services().ports.catalogues)
    return answer("contract_aware", request, mode)
