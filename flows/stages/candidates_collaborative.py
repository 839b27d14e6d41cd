"""``candidates.collaborative``: what people with a like history turned to."""

from collections.abc import Mapping
from typing import Any

from flows.catalogue.model import BUILT_IN
from flows.intelligence.catalogue_things import described
from flows.intelligence.recommender.recommend import Recommendation
from flows.model import Doc, Param, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Things to turn to with score (0 to 1), title and skill where known, and what contributed."""
    request = doc["request"]
    organisation, user_id = request["organisation"], request["userId"]
    catalogue = given.ports.catalogues.get(organisation, request.get("catalogue", BUILT_IN))
    history = given.ports.events.of_user(organisation, user_id, limit=given.params["history"])
    found = given.ports.recommender.recommend(organisation, user_id, history, given.params["limit"])
    return {
        "collaborative": [
            {
                **described(catalogue, one.item),
                "score": round(one.score, 6),
                "evidence": _evidence(one, given.params["reasons"]),
            }
            for one in found
        ]
    }


def _evidence(one: Recommendation, most: int) -> dict[str, Any]:
    """The strongest contributions; their ids are the items of the history that they come from."""
    strongest = one.contributions[:most]
    return {
        "ids": list(dict.fromkeys(part.from_item for part in strongest if part.from_item)),
        "contributions": [
            {"source": part.source, "from": part.from_item, "score": round(part.score, 6)}
            for part in strongest
        ],
    }


STAGE = Stage(
    type="candidates.collaborative",
    run=run,
    reads=("request",),
    writes=("collaborative",),
    params={"limit": Param(30, 1, 200), "history": Param(100, 1, 300), "reasons": Param(5, 1, 20)},
)
