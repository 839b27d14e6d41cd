"""``candidates.catalogue``: the skills between a person and a goal."""

from collections.abc import Mapping
from typing import Any

from flows.document import mastery_of
from flows.intelligence.known import known_skills
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """The goal's prerequisite closure less what the person knows, and what was taken as known."""
    request = doc["request"]
    catalogue = given.ports.catalogues.get(request["organisation"], request["catalogue"])
    goal = catalogue.goal(request["goal"])
    known = known_skills(
        catalogue,
        level=request["currentSkill"],
        stated=request.get("knownSkills"),
        mastery=mastery_of(doc),
        asked_for=None if goal.id in catalogue.goals else goal.id,
    )
    needed = catalogue.closure(goal.skills, known=frozenset(known))
    relevant = catalogue.closure(goal.skills)
    return {
        "candidates": [skill_id for skill_id in catalogue.skills if skill_id in needed],
        "known": {skill_id: why for skill_id, why in known.items() if skill_id in relevant},
    }


STAGE = Stage(
    type="candidates.catalogue",
    run=run,
    reads=("request",),
    writes=("candidates", "known"),
)
