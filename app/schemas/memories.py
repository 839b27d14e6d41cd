"""Memories on the wire."""

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from app.schemas.common import identifier, moment
from flows.memory.model import (
    MAX_ERROR,
    MAX_TAG,
    MAX_TAGS,
    MAX_TEXT,
    MAX_TITLE,
    MemoryKind,
    Scope,
    Visibility,
)
from flows.memory.words import MAX_QUERY

MAX_BATCH = 100
MAX_EVENTS = 20
MOST_RECALLED, RECALLED = 50, 10

_KINDS = validate.OneOf([kind.value for kind in MemoryKind])


class MemorySchema(Schema):
    """One thing that a person may want to be reminded of."""

    id = identifier(required=True, metadata={"description": "the sender's; the same id is stored once"})
    userId = identifier(required=True)
    kind = fields.String(required=True, validate=_KINDS)
    text = fields.String(
        required=True,
        validate=[validate.Length(max=MAX_TEXT), validate.Regexp(r"\s*\S", error="must not be empty")],
    )
    at = moment(required=True)
    title = fields.String(validate=validate.Length(max=MAX_TITLE))
    skill = identifier(allow_none=True, metadata={"description": "a skill id of the catalogue"})
    error = fields.String(
        validate=validate.Length(max=MAX_ERROR), metadata={"description": "the message that it is for"}
    )
    tags = fields.List(
        fields.String(validate=validate.Length(min=1, max=MAX_TAG)), validate=validate.Length(max=MAX_TAGS)
    )
    success = fields.Boolean(allow_none=True, metadata={"description": "whether it worked"})
    visibility = fields.String(
        validate=validate.OneOf([who.value for who in Visibility]),
        metadata={"description": "who else may be reminded of it; default private"},
    )
    sessionId = identifier(allow_none=True)
    events = fields.List(
        identifier(),
        validate=validate.Length(max=MAX_EVENTS),
        metadata={"description": "ids of the events that it was made from"},
    )


class MemoryBatch(Schema):
    """Up to a hundred memories. One by itself is a batch of one."""

    memories = fields.List(
        fields.Nested(MemorySchema), required=True, validate=validate.Length(min=1, max=MAX_BATCH)
    )

    @pre_load
    def one_is_a_batch(self, sent: Any, **_: Any) -> Any:
        """Take a bare memory, or a bare list of them, for the batch that it is."""
        if isinstance(sent, list):
            return {"memories": sent}
        return {"memories": [sent]} if isinstance(sent, dict) and "memories" not in sent else sent


class RecallQuery(Schema):
    """What to recall."""

    userId = identifier(required=True)
    query = fields.String(
        load_default="",
        validate=validate.Length(max=MAX_QUERY),
        metadata={"description": "words, an error message; without a word in it the newest come"},
    )
    limit = fields.Integer(load_default=RECALLED, validate=validate.Range(min=1, max=MOST_RECALLED))
    kind = fields.String(validate=_KINDS)


class OwnerQuery(Schema):
    """Whose memory it is."""

    userId = identifier(required=True)


class PartsSchema(Schema):
    """What a score is made of, each 0 to 1."""

    text = fields.Float(required=True)
    recency = fields.Float(required=True)
    success = fields.Float(required=True)
    scope = fields.Float(required=True)
    similarity = fields.Float(metadata={"description": "of meaning; where vectors found any"})


class RecalledSchema(Schema):
    """A memory that fits, and why."""

    id = fields.String(required=True)
    kind = fields.String(required=True, validate=_KINDS)
    title = fields.String(required=True)
    text = fields.String(required=True)
    skill = fields.String(required=True, allow_none=True)
    error = fields.String(required=True)
    tags = fields.List(fields.String(), required=True)
    success = fields.Boolean(required=True, allow_none=True)
    at = fields.String(required=True, metadata={"description": "ISO 8601 in UTC"})
    score = fields.Float(required=True)
    parts = fields.Nested(PartsSchema, required=True)
    scope = fields.String(required=True, validate=validate.OneOf([scope.value for scope in Scope]))
    why = fields.String(required=True)
    evidence = fields.String(required=True)


class RecalledList(Schema):
    """Memories, the best first."""

    memories = fields.List(fields.Nested(RecalledSchema), required=True)


class ForgottenSchema(Schema):
    """What was deleted."""

    id = fields.String(required=True)
    deleted = fields.Boolean(required=True)
