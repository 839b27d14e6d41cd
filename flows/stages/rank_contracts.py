"""``rank.contracts``: entitled courses in the order in which they will be lost."""

from collections.abc import Mapping
from typing import Any

from flows.intelligence.entitlements.answer import rank_courses
from flows.intelligence.entitlements.as_json import snapshot_from_json
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Soonest to expire first."""
    return {"ranking": rank_courses(doc["candidates"], snapshot_from_json(doc["entitlements"]))}


STAGE = Stage(
    type="rank.contracts",
    run=run,
    reads=("candidates", "entitlements", "filtered"),
    writes=("ranking",),
)
