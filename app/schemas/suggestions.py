"""Suggestions, next prompts and recommendations on the wire."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.schemas.common import AnswerSchema, identifier

MAX_TEXT = 10_000
MAX_ERRORS = 10
MAX_ITEMS = 50
TYPES = ("prompt", "skill", "exercise", "course", "question", "solution", "note", "session")


def limit() -> fields.Integer:
    """How many items are wanted."""
    return fields.Integer(
        strict=True, validate=validate.Range(min=1, max=MAX_ITEMS), metadata={"description": "default 5"}
    )


def goal() -> fields.String:
    """What the person is after."""
    return identifier(
        metadata={"description": "a goal or a skill; default: what the person's practice points to"}
    )


class SuggestionsRequest(Schema):
    """What somebody is at, and what went wrong."""

    context = fields.String(
        validate=validate.Length(max=MAX_TEXT),
        metadata={"example": "debugging React useEffect infinite loop"},
    )
    recentErrors = fields.List(
        fields.String(validate=validate.Length(min=1, max=MAX_TEXT)),
        validate=validate.Length(max=MAX_ERRORS),
        metadata={"description": "default: the open errors of the session"},
    )
    sessionId = identifier(metadata={"example": "sess-456"})
    userId = identifier(metadata={"description": "default: whose session it is"})
    goal = goal()
    limit = limit()

    @validates_schema
    def something_to_go_by(self, sent: dict[str, Any], **_: Any) -> None:
        """Without any of the three there is nothing to suggest anything for."""
        if not (sent.get("context", "").strip() or sent.get("recentErrors") or sent.get("sessionId")):
            raise ValidationError("give a context, recentErrors or a sessionId", "context")


class NextPromptRequest(Schema):
    """Who wants to know what to ask or do next."""

    userId = identifier(required=True)
    sessionId = identifier()
    context = fields.String(validate=validate.Length(max=MAX_TEXT))
    goal = goal()
    limit = limit()


class RecommendationsRequest(Schema):
    """Who wants to know what to learn, and by which means."""

    userId = identifier(required=True)
    sessionId = identifier()
    goal = goal()
    types = fields.List(
        fields.String(validate=validate.OneOf(TYPES)),
        metadata={"description": "what may be recommended; default: everything"},
    )
    limit = limit()


class ItemSchema(Schema):
    """What every item carries."""

    id = fields.String(required=True, metadata={"description": "name it in feedback"})
    type = fields.String(required=True)
    skill = fields.String(required=True, allow_none=True)
    confidence = fields.Float(
        required=True, metadata={"description": "estimated chance that it is accepted or completed, 0 to 1"}
    )
    evidence = fields.List(fields.String(), required=True)
    generated = fields.Boolean(
        metadata={"description": "true for what a language model wrote and somebody accepted"}
    )


class SuggestionSchema(ItemSchema):
    """A prompt to use, or a solution from before."""

    prompt = fields.String(required=True)
    explanation = fields.String(required=True, allow_none=True)


class MatchedErrorSchema(Schema):
    """An error pattern that fits what was sent."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    cause = fields.String(required=True)
    score = fields.Float(required=True)


class SuggestionsAnswer(AnswerSchema):
    """Prompts that help with what somebody is at, the best first."""

    suggestions = fields.List(fields.Nested(SuggestionSchema), required=True)
    learningNote = fields.String(required=True, allow_none=True)
    matchedErrors = fields.List(fields.Nested(MatchedErrorSchema), required=True)


class NextPromptSchema(ItemSchema):
    """A prompt."""

    prompt = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)


class NextPromptAnswer(AnswerSchema):
    """What to ask or do next, the best first but for a little chance."""

    prompts = fields.List(fields.Nested(NextPromptSchema), required=True)


class ContributionSchema(Schema):
    """What one feature adds to a score."""

    feature = fields.String(required=True)
    contribution = fields.Float(required=True)


class RecommendationSchema(ItemSchema):
    """Something to learn, or to learn from."""

    title = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    minutes = fields.Integer(required=True, allow_none=True)
    score = fields.Float(required=True, metadata={"description": "the sum of the contributions"})
    contributions = fields.List(fields.Nested(ContributionSchema), required=True)


class RecommendationsAnswer(AnswerSchema):
    """Things of every type, the best first."""

    recommendations = fields.List(fields.Nested(RecommendationSchema), required=True)
