"""Memories as plain JSON between services, and back: whole, where ``flows.memory.wire`` shows people a part.

The organisation of a memory is named beside it, once per request.
"""

from typing import Any

from flows.json_object import JsonObject
from flows.memory.model import Added, Memory, MemoryKind, Parts, Recalled, Scope, Visibility

MAX_BATCH = 100  #: Memories that one request may add.
MOST_RECALLED = 200  #: Memories that one request may ask for.


def memory_to_json(memory: Memory) -> dict[str, Any]:
    """All of a memory but its organisation; ``at`` in ISO 8601 with its zone."""
    return {
        "id": memory.id,
        "userId": memory.user_id,
        "kind": memory.kind.value,
        "text": memory.text,
        "at": memory.at.isoformat(),
        "title": memory.title,
        "skill": memory.skill,
        "error": memory.error,
        "tags": list(memory.tags),
        "success": memory.success,
        "visibility": memory.visibility.value,
        "sessionId": memory.session_id,
        "events": list(memory.events),
    }


def memory_from_json(organisation: str, document: JsonObject) -> Memory:
    """A memory of the organisation, its time in UTC; raises InvalidInput with the field."""
    said = document.values.get("visibility")
    return Memory(
        id=document.text("id"),
        organisation=organisation,
        user_id=document.text("userId"),
        kind=document.choice("kind", MemoryKind),
        text=document.text("text"),
        at=document.moment("at"),
        title=document.text_or_none("title") or "",
        skill=document.text_or_none("skill"),
        error=document.text_or_none("error") or "",
        tags=document.texts("tags"),
        success=document.flag_or_none("success"),
        visibility=Visibility.PRIVATE if said is None else document.choice("visibility", Visibility),
        session_id=document.text_or_none("sessionId"),
        events=document.texts("events"),
    )


def recalled_to_json(recalled: Recalled) -> dict[str, Any]:
    """What was recalled with its exact score and parts; ``Parts.to_json`` rounds, this does not."""
    parts = recalled.parts
    return {
        "memory": memory_to_json(recalled.memory),
        "score": recalled.score,
        "parts": {
            "text": parts.text,
            "recency": parts.recency,
            "success": parts.success,
            "scope": parts.scope,
            **({"similarity": parts.similarity} if parts.similarity else {}),
        },
        "scope": recalled.scope.value,
        "matched": list(recalled.matched),
    }


def recalled_from_json(organisation: str, document: JsonObject) -> Recalled:
    """What ``recalled_to_json`` was given; raises InvalidInput with the field."""
    parts = document.object("parts")
    return Recalled(
        memory=memory_from_json(organisation, document.object("memory")),
        score=document.share("score"),
        parts=Parts(
            text=parts.share("text"),
            recency=parts.share("recency"),
            success=parts.share("success"),
            scope=parts.share("scope"),
            similarity=parts.share("similarity") if "similarity" in parts.values else 0.0,
        ),
        scope=document.choice("scope", Scope),
        matched=document.texts("matched"),
    )


def added_to_json(added: Added) -> dict[str, int]:
    """The two counts."""
    return {"stored": added.stored, "duplicates": added.duplicates}


def added_from_json(document: JsonObject) -> Added:
    """What ``added_to_json`` was given; raises InvalidInput with the field."""
    return Added(document.count("stored"), document.count("duplicates"))
