"""``context.features``: what is known about the person who asks."""

from collections.abc import Mapping
from typing import Any

from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Look up the person's features: mastery by skill, practice, habits, likely goals."""
    request = doc["request"]
    features = given.ports.profiles.features(request["organisation"], request["userId"])
    return {"features": features.to_document()}


STAGE = Stage(type="context.features", run=run, reads=("request",), writes=("features",))
