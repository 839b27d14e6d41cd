"""``context.entitlements``: what the organisation has bought and what the person has of it."""

from collections.abc import Mapping
from typing import Any

from flows.document import owner_of_records
from flows.intelligence.entitlements.as_json import snapshot_to_json
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Look up contracts, seats, mandatory trainings and completions."""
    request = doc["request"]
    snapshot = given.ports.entitlements.of(owner_of_records(request), request["userId"])
    return {"entitlements": snapshot_to_json(snapshot)}


STAGE = Stage(type="context.entitlements", run=run, reads=("request",), writes=("entitlements",))
