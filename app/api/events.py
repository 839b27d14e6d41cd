"""``/api/events``: what people do, from editors, web apps and learning platforms."""

from collections.abc import Sequence
from typing import Any

from app.blueprint import Blueprint
from app.context import principal
from app.parts import services
from app.schemas.common import ProblemSchema
from app.schemas.events import EventBatch, StatementBatch, StoredSchema
from flows.signals.events import Event
from flows.signals.wire import event_from, event_from_statement

blueprint = Blueprint("events", __name__, url_prefix="/api", description="What people do")


@blueprint.post("/events")
@blueprint.arguments(EventBatch())
@blueprint.response(200, StoredSchema)
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def post_events(sent: dict[str, Any]) -> dict[str, int]:
    """Send events, up to 1,000 at a time; sending one again changes nothing"""
    return _take_in([event_from(principal().organisation, event) for event in sent["events"]])


@blueprint.post("/xapi/statements")
@blueprint.arguments(StatementBatch())
@blueprint.response(200, StoredSchema)
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def post_statements(sent: dict[str, Any]) -> dict[str, int]:
    """Send xAPI statements, mapped to the same events"""
    organisation = principal().organisation
    return _take_in(
        [
            event_from_statement(organisation, statement, f"statements/{index}")
            for index, statement in enumerate(sent["statements"])
        ]
    )


def _take_in(events: Sequence[Event]) -> dict[str, int]:
    appended = services().signals.take_in(events)
    return {"stored": appended.stored, "duplicates": appended.duplicates}
