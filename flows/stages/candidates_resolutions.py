"""``candidates.resolutions``: what resolved such errors before, from patterns of behaviour."""

from collections.abc import Mapping
from typing import Any

from flows.intelligence.patterns.model import Scope
from flows.intelligence.patterns.resolutions import Resolution
from flows.model import Doc, Param, Stage, StageInput

ANONYMOUS = 3  #: Counts of fewer people are named to nobody else.


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Fixes of the request's errors, the likeliest first, with the pattern as evidence."""
    request, limit = doc["request"], given.params["limit"]
    organisation, user_id = request["organisation"], request["userId"]
    found: dict[str, dict[str, Any]] = {}
    for message in request.get("recentErrors") or ():
        for one in given.ports.patterns.resolutions_for(organisation, user_id, message, limit):
            found.setdefault(one.fix, _shown(one))
    return {"resolutions": list(found.values())}


def _shown(one: Resolution) -> dict[str, Any]:
    pattern = one.pattern
    shown = {
        "fix": one.fix,
        "score": round(one.score, 6),
        "scope": pattern.scope.value,
        "evidence": f"pattern:{pattern.scope}/{pattern.kind}/{'>'.join(pattern.antecedent)}",
    }
    if pattern.scope is not Scope.OWN and pattern.people < ANONYMOUS:
        return shown
    counts = {"support": one.successes, "opportunities": one.tries, "people": pattern.people}
    return shown | counts


STAGE = Stage(
    type="candidates.resolutions",
    run=run,
    reads=("request",),
    writes=("resolutions",),
    params={"limit": Param(default=5, at_least=1, at_most=20)},
)
