"""Events as plain JSON between services, and back. Their organisation is named beside them."""

from typing import Any

from flows.json_object import JsonObject
from flows.signals.events import Event, Kind


def event_to_json(event: Event) -> dict[str, Any]:
    """What an event says, but for its organisation; ``at`` in ISO 8601 with its zone.

    Histories are long, so what is not said is left out.
    """
    said: dict[str, Any] = {
        "id": event.id,
        "userId": event.user_id,
        "kind": event.kind.value,
        "at": event.at.isoformat(),
        "sessionId": event.session_id,
        "skill": event.skill,
        "item": event.item,
        "success": event.success,
        "text": event.text or None,
        "data": dict(event.data) or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def event_from_json(organisation: str, document: JsonObject) -> Event:
    """An event of the organisation, its time in UTC; raises InvalidInput with the field."""
    said = document.values.get("data")
    return Event(
        id=document.text("id"),
        organisation=organisation,
        user_id=document.text("userId"),
        kind=document.choice("kind", Kind),
        at=document.moment("at"),
        session_id=document.text_or_none("sessionId"),
        skill=document.text_or_none("skill"),
        item=document.text_or_none("item"),
        success=document.flag_or_none("success"),
        text=document.text_or_none("text") or "",
        data={} if said is None else document.object("data").values,
    )
