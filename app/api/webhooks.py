"""``/api/webhooks``: the secret that messages are signed with, and what became of each message."""

from typing import Any

from flask import Response

from app.blueprint import PROBLEM_JSON, Blueprint
from app.context import principal
from app.errors import problem_response
from app.parts import services
from app.schemas.common import ProblemSchema
from app.schemas.webhooks import (
    DeliveriesQuery,
    DeliveryList,
    DeliverySchema,
    DisabledEndpoints,
    EndpointRequest,
    NoFields,
    SecretsSchema,
)
from app.webhook_view import delivery_view, disabled_view, list_view, place_of, secrets_view
from flows.errors import DeliveryNotFound
from tasks.store.webhook_deliveries import Delivery, WebhookDeliveries

blueprint = Blueprint("webhooks", __name__, url_prefix="/api/webhooks", description="Being told of an end")


@blueprint.get("/secret")
@blueprint.response(200, SecretsSchema)
def get_secret() -> dict[str, Any]:
    """Show the secrets that sign; the first one is made when it is asked for"""
    return secrets_view(services().webhooks.secrets.in_force(principal().organisation))


@blueprint.post("/secret/rotate")
@blueprint.arguments(NoFields())
@blueprint.response(200, SecretsSchema)
def post_rotate(_: dict[str, Any]) -> dict[str, Any]:
    """Make another secret the current one; the one before signs as well for 24 hours"""
    return secrets_view(services().webhooks.secrets.rotate(principal().organisation))


@blueprint.get("/deliveries")
@blueprint.arguments(DeliveriesQuery(), location="query", as_kwargs=True)
@blueprint.response(200, DeliveryList)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def get_deliveries(
    limit: int, jobId: str | None = None, state: str | None = None, before: str | None = None
) -> dict[str, Any]:
    """List messages, newest first"""
    found = _deliveries().listed(
        principal().organisation, limit=limit + 1, job_id=jobId, state=state, before=place_of(before)
    )
    return list_view(found, limit)


@blueprint.get("/deliveries/<delivery_id>")
@blueprint.response(200, DeliverySchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM_JSON)
def get_delivery(delivery_id: str) -> dict[str, Any]:
    """Show a message, and what became of it"""
    return delivery_view(_delivery(delivery_id))


@blueprint.post("/deliveries/<delivery_id>/retry")
@blueprint.arguments(NoFields())
@blueprint.response(200, DeliverySchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM_JSON)
@blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM_JSON)
def post_retry(_: dict[str, Any], delivery_id: str) -> dict[str, Any] | Response:
    """Send a message again at once; 409 while its address is disabled"""
    _delivery(delivery_id)
    if not _deliveries().retry(principal().organisation, delivery_id):
        return problem_response(409, "endpoint_disabled", "the address answered 410: enable it first")
    return delivery_view(_delivery(delivery_id))


@blueprint.get("/endpoints/disabled")
@blueprint.response(200, DisabledEndpoints)
def get_disabled() -> dict[str, Any]:
    """List addresses to which nothing is sent, since they answered 410"""
    return disabled_view(_deliveries().disabled(principal().organisation))


@blueprint.post("/endpoints/enable")
@blueprint.arguments(EndpointRequest())
@blueprint.response(200, DisabledEndpoints)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def post_enable(sent: dict[str, Any]) -> dict[str, Any]:
    """Send to an address again, first what came up since it was disabled"""
    _deliveries().enable(principal().organisation, sent["url"])
    return disabled_view(_deliveries().disabled(principal().organisation))


def _deliveries() -> WebhookDeliveries:
    return services().webhooks.deliveries


def _delivery(id_: str) -> Delivery:
    """A message of the principal's organisation; raises DeliveryNotFound."""
    found = _deliveries().get(principal().organisation, id_)
    if found is None:
        raise DeliveryNotFound("no webhook delivery has such an id")
    return found
