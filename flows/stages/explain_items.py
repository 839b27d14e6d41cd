"""``explain.items``: ranked items as the answer, each with confidence, reason and evidence."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flows.document import mastery_of
from flows.intelligence.blend.answers import COMPOSERS, Told, checked_name
from flows.intelligence.blend.travel import ranking_from_fields
from flows.model import Doc, Param, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Compose the answer of a flow from the best items."""
    request, flow = doc["request"], given.params["flow"]
    told = Told(
        catalogue=given.ports.catalogues.get(request["organisation"], request["catalogue"]),
        mastery=mastery_of(doc),
        matches=doc.get("errorMatches", ()),
        calibrate=given.ports.calibrations.of(request["organisation"], flow),
        today=datetime.fromtimestamp(given.deadline.now_s(), UTC).date(),
    )
    limit = request.get("limit") or given.params["limit"]
    ranked = ranking_from_fields(doc).ranked[:limit]
    return {"answer": COMPOSERS[flow](ranked, told)}


STAGE = Stage(
    type="explain.items",
    run=run,
    reads=("request", "ranking", "dropped"),
    writes=("answer",),
    params={
        "flow": Param(default="recommendations", check=checked_name),
        "limit": Param(default=5, at_least=1, at_most=50),
    },
)
