"""Feedback on the wire."""

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from app.schemas.common import as_batch, identifier
from flows.signals.feedback import Verdict

MAX_BATCH = 100
MAX_COMMENT = 2_000
RATINGS = validate.Range(min=1, max=5)


class FeedbackSchema(Schema):
    """What a person made of one item of an answer."""

    decisionId = identifier(required=True, metadata={"description": "of the answer"})
    itemId = identifier(required=True, metadata={"description": "id of an item in it", "example": "week-1"})
    outcome = fields.String(required=True, validate=validate.OneOf([verdict.value for verdict in Verdict]))
    rating = fields.Integer(strict=True, allow_none=True, validate=RATINGS)
    comment = fields.String(allow_none=True, validate=validate.Length(max=MAX_COMMENT))
    eventId = identifier(
        allow_none=True, metadata={"description": "the sender's; the same id is stored once"}
    )


class FeedbackBatch(Schema):
    """Up to a hundred. One by itself is a batch of one."""

    feedback = fields.List(
        fields.Nested(FeedbackSchema), required=True, validate=validate.Length(min=1, max=MAX_BATCH)
    )

    @pre_load
    def one_is_a_batch(self, sent: Any, **_: Any) -> Any:
        """Take one by itself, or a bare list, for the batch that it is."""
        return as_batch(sent, "feedback")
