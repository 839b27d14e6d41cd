"""``insights.team``: strengths and gaps of a team, weighed by what its project needs."""

from collections.abc import Mapping
from typing import Any

from flows.catalogue.projects import Project
from flows.intelligence.teams.answer import compose
from flows.intelligence.teams.tally import TeamTally
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Compose the answer from the numbers of people by skill."""
    request, team = doc["request"], doc["team"]
    catalogue = given.ports.catalogues.get(request["organisation"], request["catalogue"])
    match = request["project"]
    answer = compose(
        tally=TeamTally(**team["tally"]) if team["tally"] else None,
        size=team["size"],
        training=team["training"],
        project=Project(**match["kind"]),
        catalogue=catalogue,
        expected=request.get("teamSize"),
    )
    matched = {"asked": match["asked"], "id": match["kind"]["id"], "title": match["kind"]["title"]}
    return {"answer": answer | {"projectMatched": matched | {"by": match["by"], "score": match["score"]}}}


STAGE = Stage(type="insights.team", run=run, reads=("request", "team"), writes=("answer",))
