"""``explain``: the schedule as the answer, every week with its reason and its evidence."""

from collections.abc import Mapping
from typing import Any

from flows.document import mastery_of, values_of
from flows.intelligence.path_answer import compose
from flows.intelligence.path_planner import minutes_in_a_week
from flows.intelligence.path_reasons import PathFacts
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Compose the answer of a learning path."""
    request = doc["request"]
    catalogue = given.ports.catalogues.get(request["organisation"], request["catalogue"])
    weeks = doc["schedule"]["weeks"]
    facts = PathFacts(
        catalogue=catalogue,
        goal=catalogue.goal(request["goal"]),
        level=request["currentSkill"],
        known=doc["known"],
        mastery=mastery_of(doc),
        values=values_of(doc),
        started_in={skill_id: week["week"] for week in reversed(weeks) for skill_id in week["learning"]},
        finished_in={skill_id: week["week"] for week in weeks for skill_id in week["learning"]},
    )
    answer = compose(
        facts,
        weeks,
        doc["schedule"]["beyond"],
        weeks_in_all=request["weeks"],
        minutes_per_week=minutes_in_a_week(request["hoursPerWeek"]),
    )
    return {"answer": answer}


STAGE = Stage(
    type="explain",
    run=run,
    reads=("request", "known", "ranking", "schedule"),
    writes=("answer",),
)
