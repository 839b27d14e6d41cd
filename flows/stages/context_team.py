"""``context.team``: what a team can do, as numbers of people."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flows.document import moment_of, owner_of_records
from flows.intelligence.teams.insights import LEAST_PEOPLE, training_report
from flows.intelligence.teams.tally import tally
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Count the members by skill; nobody's own mastery goes into the document.

    Of a group of fewer than three not even the numbers do.
    """
    request = doc["request"]
    catalogue = given.ports.catalogues.get(request["organisation"], request["catalogue"])
    team = given.ports.teams.of(owner_of_records(request), request.get("teamId"))
    if team.size < LEAST_PEOPLE:
        return {"team": {"size": None, "tally": None, "training": []}}
    counted = asdict(tally(team.members, catalogue)) if len(team.members) >= LEAST_PEOPLE else None
    today = moment_of(given.deadline).date()
    training = training_report(team.trainings, team.size, today)
    return {"team": {"size": team.size, "tally": counted, "training": training}}


STAGE = Stage(type="context.team", run=run, reads=("request",), writes=("team",))
