"""``path.schedule``: ranked skills into weeks."""

from collections.abc import Mapping
from typing import Any

from flows.document import values_of
from flows.intelligence.path_planner import minutes_in_a_week, plan_path
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Plan the weeks within the person's hours, and name what does not fit."""
    request = doc["request"]
    catalogue = given.ports.catalogues.get(request["organisation"], request["catalogue"])
    plan = plan_path(
        catalogue,
        catalogue.goal(request["goal"]).skills,
        values_of(doc),
        weeks=request["weeks"],
        minutes_per_week=minutes_in_a_week(request["hoursPerWeek"]),
    )
    return {
        "schedule": {
            "weeks": [
                {"week": week.number, "learning": week.learning, "reviews": week.reviews}
                for week in plan.weeks
            ],
            "beyond": list(plan.beyond),
        }
    }


STAGE = Stage(type="path.schedule", run=run, reads=("request", "ranking"), writes=("schedule",))
