"""What the routes work with: the parts that the factory put into the app."""

from dataclasses import dataclass
from typing import Any, cast

from flask import Response, current_app, request

from app.context import callback_url, principal, request_id
from app.event_streams import EventStreams
from app.front import Front
from app.health import Health
from app.idempotency import once_of
from app.preferences import preference_of
from tasks.services import Services
from tasks.store.base import Callback

EXTENSION, HEALTH = "learning-service", "learning-service-health"
EVENT_STREAMS = "learning-service-event-streams"


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a route may need."""

    front: Front
    health: Health


def parts() -> Parts:
    """The parts of the current app."""
    return cast(Parts, current_app.extensions[EXTENSION])


def health() -> Health:
    """The health of the current app."""
    return cast(Health, current_app.extensions[HEALTH])


def event_streams() -> EventStreams:
    """The streams of events of the current app."""
    return cast(EventStreams, current_app.extensions[EVENT_STREAMS])


def front() -> Front:
    """The front of the current app."""
    return parts().front


def services() -> Services:
    """The services of the current app."""
    return front().services


def answer(flow: str, flow_request: dict[str, Any], mode: str | None) -> Response:
    """Answer the current request with a flow, as its client prefers, and once where it says so."""
    preference = preference_of(request.headers, mode)
    organisation, url = principal().organisation, callback_url()
    callback = Callback(organisation, url) if url else None
    return front().answer(
        flow, flow_request, preference, request_id(), once_of(request, organisation), callback
    )
