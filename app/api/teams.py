"""``/api/recommendations/team-insights``: what a team brings to a project and what it lacks."""

from typing import Any

from flask import Response

from app.blueprint import Blueprint
from app.context import principal
from app.parts import answer, services
from app.schemas.common import ProblemSchema
from app.schemas.teams import TeamInsightsAnswer, TeamInsightsRequest
from flows.requests.team_insights import team_insights

blueprint = Blueprint("teams", __name__, url_prefix="/api/recommendations", description="What a team can do")


@blueprint.flow("/team-insights", TeamInsightsRequest(), TeamInsightsAnswer)
@blueprint.alt_response(403, schema=ProblemSchema, content_type="application/problem+json")
def post(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Weigh a team's strengths and gaps by what its project needs"""
    principal().may_ask_for(sent["orgId"])
    ports = services().ports
    request = team_insights(principal().organisation, sent, ports.catalogues, ports.teams)
    return answer("team_insights", request, mode)
