"""Events on the wire."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate, validates_schema

from app.schemas.common import as_batch, identifier, moment
from flows.signals.events import Kind

MAX_BATCH = 1_000
MAX_TEXT = 10_000


class EventSchema(Schema):
    """One thing that one person did."""

    id = identifier(required=True, metadata={"description": "the sender's; the same id is stored once"})
    userId = identifier(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in Kind]))
    at = moment(required=True)
    sessionId = identifier(allow_none=True)
    skill = identifier(allow_none=True, metadata={"description": "a skill id of the catalogue"})
    item = identifier(
        allow_none=True, metadata={"description": "prompt, exercise, course, question or error"}
    )
    success = fields.Boolean(allow_none=True)
    text = fields.String(validate=validate.Length(max=MAX_TEXT))
    data = fields.Dict(keys=fields.String())

    @validates_schema
    def answers_say_how_they_went(self, sent: dict[str, Any], **_: Any) -> None:
        """A quiz answer without an outcome says nothing."""
        if sent.get("kind") == Kind.QUIZ_ANSWERED and sent.get("success") is None:
            raise ValidationError("a quiz answer needs success true or false", "success")


class EventBatch(Schema):
    """Up to a thousand events, in any order. One event by itself is a batch of one."""

    events = fields.List(
        fields.Nested(EventSchema), required=True, validate=validate.Length(min=1, max=MAX_BATCH)
    )

    @pre_load
    def one_is_a_batch(self, sent: Any, **_: Any) -> Any:
        """Take a bare event, or a bare list of them, for the batch that it is."""
        return as_batch(sent, "events")


class StatementBatch(Schema):
    """xAPI statements, as a learning record provider sends them: one, or a list."""

    statements = fields.List(
        fields.Dict(keys=fields.String()), required=True, validate=validate.Length(min=1, max=MAX_BATCH)
    )

    @pre_load
    def one_is_a_batch(self, sent: Any, **_: Any) -> Any:
        """Take a bare statement, or a bare list of them, for the batch that it is."""
        return as_batch(sent, "statements")


class StoredSchema(Schema):
    """What became of the events: each is stored once, however often it is sent."""

    stored = fields.Integer(required=True)
    duplicates = fields.Integer(required=True)
