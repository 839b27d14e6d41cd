"""``context.entitlements``: what the organisation has bought and what the person has of it."""

from collections.abc import Mapping
from typing import Any

from flows.document import moment_of, owner_of_records
from flows.errors import DoneWithReserve
from flows.intelligence.entitlements.as_json import snapshot_to_json
from flows.model import Doc, Stage, StageInput

#: Why an answer is degraded: what the source said is old, or it has said nothing yet.
STALE, UNKNOWN = "entitlements:stale", "entitlements:unknown"


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Look up contracts, seats, mandatory trainings and completions; raises DoneWithReserve for old ones."""
    request = doc["request"]
    snapshot = given.ports.entitlements.of(owner_of_records(request), request["userId"])
    found = {"entitlements": snapshot_to_json(snapshot)}
    if snapshot.licences.is_stale(moment_of(given.deadline)):
        reason = UNKNOWN if snapshot.licences.known_as_of is None else STALE
        raise DoneWithReserve(reason, "the source has not said lately what there is", found)
    return found


STAGE = Stage(type="context.entitlements", run=run, reads=("request",), writes=("entitlements",))
