"""``explain.contracts``: courses to take as the answer, with reasons and mandatory training."""

from collections.abc import Mapping
from typing import Any

from flows.document import mastery_of, moment_of
from flows.intelligence.entitlements.answer import CourseFacts, compose
from flows.intelligence.entitlements.as_json import snapshot_from_json
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Compose the answer; what is not known about the person is not said."""
    request = doc["request"]
    catalogue = given.ports.catalogues.get(request["organisation"], request["catalogue"])
    facts = CourseFacts(
        snapshot=snapshot_from_json(doc["entitlements"]),
        mastery=mastery_of(doc),
        catalogue=catalogue,
        goal=catalogue.goal(request["goal"]) if "goal" in request else None,
        now=moment_of(given.deadline),
    )
    return {"answer": compose(facts, doc["ranking"])}


STAGE = Stage(
    type="explain.contracts", run=run, reads=("request", "entitlements", "ranking"), writes=("answer",)
)
