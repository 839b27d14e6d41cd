"""``rank.rules``: what each candidate is worth to the goal."""

from collections.abc import Mapping
from typing import Any

from flows.intelligence.goal_value import goal_values
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Score candidates by the goal weight that they carry or unlock, best first."""
    request = doc["request"]
    catalogue = given.ports.catalogues.get(request["organisation"], request["catalogue"])
    targets = catalogue.goal(request["goal"]).skills
    values = goal_values(catalogue, targets, doc["candidates"])
    ranked = sorted(values.items(), key=lambda item: (-item[1].unlocks, item[0]))
    return {
        "ranking": [
            {"id": skill_id, "weight": value.weight, "unlocks": value.unlocks, "targets": value.targets}
            for skill_id, value in ranked
        ]
    }


STAGE = Stage(type="rank.rules", run=run, reads=("request", "candidates"), writes=("ranking",))
