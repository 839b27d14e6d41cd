"""Memories on their way in and out as plain JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flows.memory.model import Memory, MemoryKind, Recalled, Scope, Visibility

_WHERE = {Scope.OWN: "your own", Scope.TEAM: "from your team", Scope.ORGANISATION: "from your organisation"}

#: A similarity that is worth its own words beside the words that match.
MUCH_ALIKE = 0.5
_WORKED = {True: "it worked", False: "it did not work"}


def memory_from(organisation: str, sent: Mapping[str, Any]) -> Memory:
    """A memory from its wire form, whose fields were checked by a schema."""
    return Memory(
        id=sent["id"],
        organisation=organisation,
        user_id=sent["userId"],
        kind=MemoryKind(sent["kind"]),
        text=sent["text"],
        at=sent["at"].astimezone(UTC),
        title=sent.get("title", ""),
        skill=sent.get("skill"),
        error=sent.get("error", ""),
        tags=tuple(sent.get("tags", ())),
        success=sent.get("success"),
        visibility=Visibility(sent.get("visibility", Visibility.PRIVATE)),
        session_id=sent.get("sessionId"),
        events=tuple(sent.get("events", ())),
    )


def recalled_json(recalled: Recalled, now: datetime) -> dict[str, Any]:
    """What was recalled, with its score and why. Whose it is stays unsaid: it may be a colleague's."""
    memory = recalled.memory
    return {
        "id": memory.id,
        "kind": memory.kind.value,
        "title": memory.title,
        "text": memory.text,
        "skill": memory.skill,
        "error": memory.error,
        "tags": list(memory.tags),
        "success": memory.success,
        "at": memory.at.isoformat(),
        "score": round(recalled.score, 4),
        "parts": dict(recalled.parts.to_json()),
        "scope": recalled.scope.value,
        "why": why(recalled, now),
        "evidence": f"memory:{memory.id}",
    }


def why(recalled: Recalled, now: datetime) -> str:
    """Why somebody is reminded of this, in words that its parts bear out."""
    said = [f"has {', '.join(recalled.matched)}"] if recalled.matched else []
    if recalled.parts.similarity >= MUCH_ALIKE or (recalled.parts.similarity and not said):
        said.append("says something similar")
    said += [_WHERE[recalled.scope], _age(recalled.memory.at, now)]
    worked = recalled.memory.success
    return "; ".join([*said, *([_WORKED[worked]] if worked is not None else [])])


def _age(at: datetime, now: datetime) -> str:
    days = max(0, (now - at).days)
    return "from today" if days == 0 else f"{days} day{'s' if days > 1 else ''} old"
