"""``rank.explore``: some chance in the order, with its propensities."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flows.intelligence.blend.exploration import explored
from flows.intelligence.blend.travel import ranking_from_fields, ranking_to_fields
from flows.model import Doc, Param, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Draw the first places; the same job always draws the same."""
    ranking = ranking_from_fields(doc)
    drawn = explored(
        ranking.ranked,
        seed=given.seed,
        temperature=given.params["temperature"],
        floor=given.params["floor"],
        pool=given.params["pool"],
    )
    return ranking_to_fields(replace(ranking, ranked=drawn))


STAGE = Stage(
    type="rank.explore",
    run=run,
    reads=("ranking", "dropped"),
    writes=("ranking", "dropped"),
    params={
        "temperature": Param(default=0.05, at_least=0.001, at_most=1),
        "floor": Param(default=0.02, at_least=0, at_most=0.5),
        "pool": Param(default=8, at_least=1, at_most=50),
    },
)
