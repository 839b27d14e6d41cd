"""``candidates.errors``: what the knowledge base says about the errors at hand."""

from collections.abc import Mapping
from typing import Any

from flows.intelligence.errors.classify import Match, classify
from flows.intelligence.errors.knowledge import built_in_knowledge
from flows.model import Doc, Param, Stage, StageInput

MOST_ERRORS = 10  #: Of the recent errors the first ones are looked at.


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Classify each recent error beside the context; an entry counts with its best match."""
    request = doc["request"]
    context = request.get("context") or ""
    messages = (request.get("recentErrors") or [])[:MOST_ERRORS] or [""]
    limit = int(given.params["most"])
    best: dict[str, Match] = {}
    for message in messages:
        for match in classify(message, context, built_in_knowledge(), limit):
            if match.entry.id not in best or match.score > best[match.entry.id].score:
                best[match.entry.id] = match
    ranked = sorted(best.values(), key=lambda match: (-match.score, match.entry.id))
    likely = [match for match in ranked[:limit] if match.score >= given.params["least"]]
    return {"errorMatches": [_plain(match) for match in likely]}


def _plain(match: Match) -> dict[str, Any]:
    entry, parts = match.entry, match.parts
    return {
        "id": entry.id,
        "title": entry.title,
        "language": entry.language,
        "cause": entry.cause,
        "note": entry.note,
        "prompts": list(match.prompts),
        "skills": list(entry.skills),
        "confusableWith": list(entry.confusable),
        "score": match.score,
        "parts": {
            "pattern": parts.pattern,
            "text": parts.text,
            "language": parts.language,
            "groups": dict(parts.groups),
        },
        "evidence": list(parts.evidence),
    }


STAGE = Stage(
    type="candidates.errors",
    run=run,
    reads=("request",),
    writes=("errorMatches",),
    params={
        "most": Param(default=5, at_least=1, at_most=20),
        "least": Param(default=0.2, at_least=0, at_most=1),
    },
)
