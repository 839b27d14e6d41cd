"""Webhooks on the wire."""

from functools import cache
from typing import Any

from marshmallow import Schema, fields, validate

from flows.webhooks.addresses import MOST_CHARACTERS
from flows.webhooks.messages import EventType
from tasks.store.webhook_deliveries import DeliveryState

MOST_DELIVERIES = 100  #: Of one list.


def callback_url(**more: object) -> fields.String:
    """An address that is to be told of an end. What else it must be depends on the installation."""
    described = {
        "description": "told of the job's end by a signed POST",
        "example": "https://example.com/hook",
    }
    return fields.String(validate=validate.Length(1, MOST_CHARACTERS), metadata=described, **more)  # type: ignore[arg-type]


@cache
def _class_with_callback(request: type[Schema]) -> type[Schema]:
    return type(request.__name__, (request,), {"callbackUrl": callback_url(), "__doc__": request.__doc__})


def with_callback(request: Schema) -> Any:
    """The same request, which may name an address to be told."""
    return _class_with_callback(type(request))()


class SecretSchema(Schema):
    """A secret that messages are signed with."""

    number = fields.Integer(required=True, metadata={"description": "counts the secrets, from 1"})
    secret = fields.String(required=True, metadata={"example": "whsec_..."})
    createdAt = fields.String(required=True)
    expiresAt = fields.String(
        required=True, allow_none=True, metadata={"description": "null for the current secret"}
    )


class SecretsSchema(Schema):
    """The secrets that sign at this moment, the current one first."""

    secrets = fields.List(fields.Nested(SecretSchema), required=True)


class NoFields(Schema):
    """An empty object."""


class DeliveriesQuery(Schema):
    """Which messages, and how many."""

    jobId = fields.String(validate=validate.Length(max=128))
    state = fields.String(validate=validate.OneOf([state.value for state in DeliveryState]))
    limit = fields.Integer(load_default=20, validate=validate.Range(1, MOST_DELIVERIES))
    before = fields.String(metadata={"description": "next of the list before"})


class DeliverySchema(Schema):
    """A message, and what became of it so far."""

    id = fields.String(required=True, metadata={"description": "the webhook-id that it is sent with"})
    type = fields.String(required=True, validate=validate.OneOf([kind.value for kind in EventType]))
    jobId = fields.String(required=True, allow_none=True)
    url = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in DeliveryState]))
    attempts = fields.Integer(required=True)
    createdAt = fields.String(required=True)
    nextAttemptAt = fields.String(required=True, allow_none=True)
    finishedAt = fields.String(required=True, allow_none=True)
    lastStatus = fields.Integer(required=True, allow_none=True)
    lastError = fields.String(required=True, allow_none=True)
    payload = fields.Dict(required=True, metadata={"description": "what is sent"})


class DeliveryList(Schema):
    """Messages, newest first."""

    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "send it as before; null at the end"}
    )


class EndpointRequest(Schema):
    """An address."""

    url = fields.String(required=True, validate=validate.Length(1, MOST_CHARACTERS))


class DisabledEndpointSchema(Schema):
    """An address that answered 410."""

    url = fields.String(required=True)
    disabledAt = fields.String(required=True)


class DisabledEndpoints(Schema):
    """Addresses to which nothing is sent any more."""

    disabled = fields.List(fields.Nested(DisabledEndpointSchema), required=True)
