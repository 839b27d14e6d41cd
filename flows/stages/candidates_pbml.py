"""``candidates.pbml``: what patterns of behaviour lead the person to next."""

from collections.abc import Mapping
from typing import Any

from flows.catalogue.model import BUILT_IN
from flows.intelligence.catalogue_things import described
from flows.intelligence.patterns.candidates import Candidate
from flows.intelligence.patterns.model import Pattern
from flows.model import Doc, Param, Stage, StageInput

ANONYMOUS = 3  #: Counts of fewer people are not named, the person's own patterns included.


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Things to do next with score (0 to 1), title and skill where known, and the pattern as evidence."""
    request = doc["request"]
    organisation, user_id = request["organisation"], request["userId"]
    catalogue = given.ports.catalogues.get(organisation, request.get("catalogue", BUILT_IN))
    history = given.ports.events.of_user(organisation, user_id, limit=given.params["history"])
    found = given.ports.patterns.candidates_for(organisation, user_id, history, given.params["limit"])
    return {
        "patterns": [
            {
                **described(catalogue, f"{candidate.type}:{candidate.id}"),
                "score": round(candidate.score, 6),
                "evidence": _evidence(candidate),
            }
            for candidate in found
        ]
    }


def _evidence(candidate: Candidate) -> dict[str, Any]:
    pattern = candidate.pattern
    said = {
        "ids": [_pattern_id(pattern), *(f"event:{event_id}" for event_id in pattern.evidence)],
        "pattern": pattern.kind.value,
        "scope": pattern.scope.value,
        "antecedent": list(pattern.antecedent),
    }
    if pattern.people < ANONYMOUS:
        return said
    counts = {
        "support": pattern.support,
        "opportunities": pattern.opportunities,
        "people": pattern.people,
        "lift": round(pattern.lift, 4),
    }
    return said | counts


def _pattern_id(pattern: Pattern) -> str:
    return f"pattern:{pattern.scope}/{pattern.kind}/{'>'.join([*pattern.antecedent, pattern.consequent])}"


STAGE = Stage(
    type="candidates.pbml",
    run=run,
    reads=("request",),
    writes=("patterns",),
    params={"limit": Param(30, 1, 200), "history": Param(100, 1, 300)},
)
