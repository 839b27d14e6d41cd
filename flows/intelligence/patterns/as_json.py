"""Patterns, candidates and resolutions as plain JSON between services, and back."""

from typing import Any

from flows.intelligence.patterns.candidates import Candidate
from flows.intelligence.patterns.model import Pattern, PatternKind, Scope
from flows.intelligence.patterns.resolutions import Resolution
from flows.intelligence.patterns.step import TYPES
from flows.json_object import JsonObject

MAX_HISTORY = 1_000  #: Events that one request may carry.
MOST_ANSWERS = 200  #: Candidates or resolutions that one request may ask for.


def pattern_to_json(pattern: Pattern) -> dict[str, Any]:
    """All of a pattern; times in ISO 8601 with their zone."""
    return {
        "kind": pattern.kind.value,
        "scope": pattern.scope.value,
        "antecedent": list(pattern.antecedent),
        "consequent": pattern.consequent,
        "support": pattern.support,
        "opportunities": pattern.opportunities,
        "expected": pattern.expected,
        "people": pattern.people,
        "firstSeen": pattern.first_seen.isoformat(),
        "lastSeen": pattern.last_seen.isoformat(),
        "evidence": list(pattern.evidence),
    }


def pattern_from_json(document: JsonObject) -> Pattern:
    """What ``pattern_to_json`` was given; raises InvalidInput with the field.

    Nothing can come of no opportunity, and what happened is to be expected a little: confidence
    and lift divide by both.
    """
    for name in ("opportunities", "expected"):
        if document.number(name) <= 0:
            raise document.wrong(name, "must be more than 0")
    return Pattern(
        kind=document.choice("kind", PatternKind),
        scope=document.choice("scope", Scope),
        antecedent=document.texts("antecedent"),
        consequent=document.text("consequent"),
        support=document.count("support"),
        opportunities=document.count("opportunities"),
        expected=document.share("expected"),
        people=document.count("people"),
        first_seen=document.moment("firstSeen"),
        last_seen=document.moment("lastSeen"),
        evidence=document.texts("evidence"),
    )


def candidate_to_json(candidate: Candidate) -> dict[str, Any]:
    """Type, id, exact score, and the pattern behind it."""
    return {
        "type": candidate.type,
        "id": candidate.id,
        "score": candidate.score,
        "pattern": pattern_to_json(candidate.pattern),
    }


def candidate_from_json(document: JsonObject) -> Candidate:
    """What ``candidate_to_json`` was given; raises InvalidInput with the field."""
    found_type = document.text("type")
    if found_type not in TYPES:
        raise document.wrong("type", f"must be one of {', '.join(TYPES)}")
    return Candidate(
        type=found_type,
        id=document.text("id"),
        score=document.share("score"),
        pattern=pattern_from_json(document.object("pattern")),
    )


def resolution_to_json(resolution: Resolution) -> dict[str, Any]:
    """The fix, its exact score and counts, and the pattern behind it."""
    return {
        "fix": resolution.fix,
        "score": resolution.score,
        "successes": resolution.successes,
        "tries": resolution.tries,
        "pattern": pattern_to_json(resolution.pattern),
    }


def resolution_from_json(document: JsonObject) -> Resolution:
    """What ``resolution_to_json`` was given; raises InvalidInput with the field."""
    return Resolution(
        fix=document.text("fix"),
        score=document.share("score"),
        successes=document.count("successes"),
        tries=document.count("tries"),
        pattern=pattern_from_json(document.object("pattern")),
    )
