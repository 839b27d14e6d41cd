"""``context.features``: what is known about the person who asks."""

from collections.abc import Mapping
from typing import Any

from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Look up the person's mastery by skill."""
    request = doc["request"]
    mastery = given.ports.learners.mastery(request["organisation"], request["userId"])
    return {"features": {"mastery": {s: [m.level, m.observations] for s, m in mastery.items()}}}


STAGE = Stage(type="context.features", run=run, reads=("request",), writes=("features",))
