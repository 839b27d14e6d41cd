"""``candidates.practice``: skills and prompts at the frontier of what the person knows."""

from collections.abc import Mapping
from typing import Any

from flows.document import features_of
from flows.intelligence.blend.frontier import aims_of, frontier_items
from flows.intelligence.drafting.use import with_drafted_prompts
from flows.intelligence.ranker.item import to_json
from flows.model import Doc, Param, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """What leads to the stated goal, else to the goals that practice points to."""
    request = doc["request"]
    catalogue = given.ports.catalogues.get(request["organisation"], request["catalogue"])
    features = features_of(doc)
    aims = aims_of(catalogue, request.get("goal"), features)
    items = frontier_items(catalogue, features, aims, skills=given.params["skills"])
    items = with_drafted_prompts(items, given.ports.drafts.accepted(request["organisation"]))
    return {"practice": [to_json(item) for item in items]}


STAGE = Stage(
    type="candidates.practice",
    run=run,
    reads=("request",),
    writes=("practice",),
    params={"skills": Param(default=6, at_least=1, at_most=30)},
)
