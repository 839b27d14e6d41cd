"""``filter.ranked_courses``: takes out of a ranking every course that the person may not take now.

It stands behind whatever reorders, as a second lock: no ranker and no model can show a course that
has no contract in force and no seat.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flows.document import moment_of
from flows.intelligence.blend.courses import COURSE
from flows.intelligence.entitlements.as_json import snapshot_from_json
from flows.intelligence.entitlements.policy import UNLICENSED, Removed, entitled
from flows.model import Doc, Param, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Keep the order of the rest. Where the entitlements could not be read, no course is kept.

    ``validForS`` is as for ``filter.entitlements``.
    """
    removed = {one.id: one.reason for one in _removed(doc, given)}
    kept = [entry for entry in doc["ranking"] if entry["id"] not in removed]
    taken_out = [{"filter": STAGE.type, "id": id_, "reason": reason} for id_, reason in removed.items()]
    return {
        "ranking": [{**entry, "position": place} for place, entry in enumerate(kept, start=1)],
        "filtered": [*doc.get("filtered", []), *taken_out],
    }


def _removed(doc: Doc, given: StageInput) -> list[Removed]:
    courses = [
        {"id": entry["id"], "course": entry["item"]["title"]}
        for entry in doc["ranking"]
        if entry["item"]["type"] == COURSE
    ]
    if courses and "entitlements" not in doc:
        return [Removed(course["id"], UNLICENSED) for course in courses]
    if not courses:
        return []
    moment = moment_of(given.deadline) + timedelta(seconds=given.params["validForS"])
    return entitled(courses, snapshot_from_json(doc["entitlements"]), moment)[1]


STAGE = Stage(
    type="filter.ranked_courses",
    run=run,
    reads=("ranking",),
    writes=("ranking", "filtered"),
    params={"validForS": Param(60, at_least=0, at_most=86_400)},
)
