"""``candidates.contracts``: every course that the organisation has bought, entitled or not."""

from collections.abc import Mapping
from typing import Any

from flows.intelligence.entitlements.as_json import snapshot_from_json
from flows.intelligence.entitlements.policy import same_course
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """One candidate per course, also where several contracts cover it."""
    contracts = snapshot_from_json(doc["entitlements"]).licences.contracts
    first = {same_course(contract.course): contract for contract in reversed(contracts)}
    return {
        "candidates": [
            {"id": contract.id, "course": contract.course, "skill": contract.skill, "source": "contracts"}
            for contract in sorted(first.values(), key=lambda contract: contract.id)
        ]
    }


STAGE = Stage(type="candidates.contracts", run=run, reads=("entitlements",), writes=("candidates",))
