"""The contract of the memory service: a memory whole, with its owner, for a caller that may see all."""

from marshmallow import Schema, fields, validate

from app.schemas.upstreams import MAX_ID, given_id, limit, moment, texts
from flows.memory.as_json import MAX_BATCH, MOST_RECALLED
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

_KINDS = validate.OneOf([kind.value for kind in MemoryKind])


class MemoryDocument(Schema):
    """One thing that a person may want to be reminded of. What is left out is empty or not known."""

    id = given_id(required=True, metadata={"description": "unique inside the organisation"})
    userId = given_id(required=True, metadata={"description": "whose it is"})
    kind = fields.String(required=True, validate=_KINDS)
    text = fields.String(required=True, validate=validate.Length(max=MAX_TEXT))
    at = moment(required=True)
    title = fields.String(validate=validate.Length(max=MAX_TITLE))
    skill = given_id(allow_none=True, at_least=0)
    error = fields.String(
        validate=validate.Length(max=MAX_ERROR), metadata={"description": "the message that it is for"}
    )
    tags = texts(MAX_TAG, MAX_TAGS)
    success = fields.Boolean(allow_none=True, metadata={"description": "whether it worked"})
    visibility = fields.String(
        validate=validate.OneOf([who.value for who in Visibility]),
        metadata={"description": "who else may be reminded of it; default private"},
    )
    sessionId = given_id(allow_none=True, at_least=0)
    events = texts(MAX_ID)


class AddMemories(Schema):
    """Memories of one organisation, up to a hundred."""

    organisation = given_id(required=True)
    memories = fields.List(
        fields.Nested(MemoryDocument), required=True, validate=validate.Length(max=MAX_BATCH)
    )


class RecallRequest(Schema):
    """What to recall, for whom, and when that is."""

    organisation = given_id(required=True)
    userId = given_id(required=True, at_least=0, metadata={"description": "empty: nobody in particular"})
    query = fields.String(
        required=True,
        validate=validate.Length(max=MAX_QUERY),
        metadata={"description": "words, an error message; without a word in it the newest come"},
    )
    limit = limit(MOST_RECALLED)
    now = moment(required=True)
    kinds = fields.List(
        fields.String(validate=_KINDS), metadata={"description": "only these kinds; all when left out"}
    )


class OneMemory(Schema):
    """Which memory, and whose."""

    organisation = given_id(required=True)
    userId = given_id(required=True)
    id = given_id(required=True)


class PartsDocument(Schema):
    """What a score is made of, each 0 to 1."""

    text = fields.Float(required=True)
    recency = fields.Float(required=True)
    success = fields.Float(required=True)
    scope = fields.Float(required=True)
    similarity = fields.Float(metadata={"description": "of meaning; where vectors found any"})


class RecalledDocument(Schema):
    """A memory that fits, how well, and why."""

    memory = fields.Nested(MemoryDocument, required=True)
    score = fields.Float(required=True, metadata={"description": "0 to 1"})
    parts = fields.Nested(PartsDocument, required=True)
    scope = fields.String(required=True, validate=validate.OneOf([scope.value for scope in Scope]))
    matched = fields.List(
        fields.String(), required=True, metadata={"description": "words of the query that it has"}
    )


class RecallAnswer(Schema):
    """Memories, the best first."""

    recalled = fields.List(fields.Nested(RecalledDocument), required=True)


class ReadAnswer(Schema):
    """The memory; null when the person has none of this id."""

    memory = fields.Nested(MemoryDocument, required=True, allow_none=True)


class ForgetAnswer(Schema):
    """Whether it was there."""

    forgotten = fields.Boolean(required=True)
