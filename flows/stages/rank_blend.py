"""``rank.blend``: candidates of all sources, ranked for one person by one function."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flows.catalogue.model import Catalogue
from flows.document import features_of, session_of
from flows.intelligence.blend.courses import COURSE, from_contracts
from flows.intelligence.blend.frontier import aims_of, goal_worth
from flows.intelligence.blend.items import (
    from_collaborative,
    from_errors,
    from_memories,
    from_patterns,
    from_resolutions,
    with_mastery,
)
from flows.intelligence.blend.person import person_of
from flows.intelligence.blend.travel import ranking_to_fields
from flows.intelligence.ranker.item import Item, from_json
from flows.intelligence.ranker.rank import rank
from flows.intelligence.ranker.settings import settings_from
from flows.model import Doc, Param, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """The ranking, and what rules left out. Sources that wrote nothing are none."""
    request = doc["request"]
    catalogue = given.ports.catalogues.get(request["organisation"], request["catalogue"])
    features = features_of(doc)
    goal = goal_worth(catalogue, aims_of(catalogue, request.get("goal"), features))
    now = datetime.fromtimestamp(given.deadline.now_s(), UTC)
    person = person_of(features, session_of(doc), goal, catalogue, now)
    types = request.get("types") or given.params["types"]
    items = [item for item in candidates(doc, catalogue, now) if not types or item.type in types]
    items = with_mastery(items, catalogue, features.mastery)
    return ranking_to_fields(rank(items, person, settings_from(given.params["ranker"])))


def candidates(doc: Doc, catalogue: Catalogue, now: datetime) -> list[Item]:
    """Everything that the stages before have found.

    Courses come from contracts alone: what others took may be nothing that this person may take.
    """
    found = [
        *from_errors(doc.get("errorMatches", ())),
        *from_memories(doc.get("remembered", ())),
        *from_resolutions(doc.get("resolutions", ())),
        *from_patterns(catalogue, doc.get("patterns", ())),
        *from_collaborative(catalogue, doc.get("collaborative", ())),
        *map(from_json, doc.get("practice", ())),
    ]
    return [item for item in found if item.type != COURSE] + from_contracts(doc, now)


STAGE = Stage(
    type="rank.blend",
    run=run,
    reads=("request",),
    writes=("ranking", "dropped"),
    params={
        "types": Param(default=[]),
        "ranker": Param(default={}, check=settings_from),
    },
)
"""Parameters: ``types`` that are ranked, all when empty; ``ranker`` as ``settings_from`` takes it."""
