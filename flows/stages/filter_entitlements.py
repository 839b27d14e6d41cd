"""``filter.entitlements``: takes out every course that the person may not take now."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flows.document import moment_of
from flows.intelligence.entitlements.as_json import snapshot_from_json
from flows.intelligence.entitlements.policy import entitled
from flows.model import Doc, Param, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Keep candidates that name no course, or one with a contract in force and a seat.

    ``validForS`` is how many seconds from now a contract must still be good: at least as long as
    the answer may be cached, so that no cached answer outlives a contract that it shows.
    """
    moment = moment_of(given.deadline) + timedelta(seconds=given.params["validForS"])
    kept, removed = entitled(doc["candidates"], snapshot_from_json(doc["entitlements"]), moment)
    taken_out = [{"filter": STAGE.type, "id": one.id, "reason": one.reason} for one in removed]
    return {"candidates": kept, "filtered": [*doc.get("filtered", []), *taken_out]}


STAGE = Stage(
    type="filter.entitlements",
    run=run,
    reads=("candidates", "entitlements"),
    writes=("candidates", "filtered"),
    params={"validForS": Param(60, at_least=0, at_most=86_400)},
)
