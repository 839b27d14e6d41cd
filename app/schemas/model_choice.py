"""The choice of a language model on the wire."""

from marshmallow import Schema, fields, validate

from app.schemas.common import AnswerSchema, identifier
from flows.intelligence.routing.observations import COMPLEXITIES

MAX_LATENCY_MS = 600_000
MAX_PROMPT_TOKENS = 10_000_000
MAX_MODELS = 200


def _name(example: str) -> fields.String:
    """A task or a language: words, of which at least one letter can be seen."""
    pattern = validate.Regexp(
        r"^(?=.*\S)[^\x00-\x1f\x7f\ud800-\udfff]{1,128}\Z", error="must be 1 to 128 characters on one line"
    )
    return fields.String(required=True, validate=pattern, metadata={"example": example})


class PolicySchema(Schema):
    """What a prompt may be sent to."""

    allow = fields.List(
        identifier(), validate=validate.Length(max=MAX_MODELS), metadata={"description": "only these models"}
    )
    deny = fields.List(
        identifier(), validate=validate.Length(max=MAX_MODELS), metadata={"description": "none of these"}
    )
    localOnly = fields.Boolean(metadata={"description": "only models on own machines; default false"})
    maxPricePerMTok = fields.Float(
        validate=validate.Range(min=0, max=1_000_000),
        metadata={"description": "most USD per million tokens, in or out"},
    )


class OptimizeModelRequest(Schema):
    """What a model is needed for."""

    task = _name("code review")
    language = _name("Python")
    complexity = fields.String(
        validate=validate.OneOf(COMPLEXITIES), metadata={"description": "default medium"}
    )
    latencyBudget = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=1, max=MAX_LATENCY_MS),
        metadata={"description": "milliseconds", "example": 200},
    )
    promptTokens = fields.Integer(
        strict=True,
        validate=validate.Range(min=1, max=MAX_PROMPT_TOKENS),
        metadata={"description": "size of the prompt; default 1000"},
    )
    policy = fields.Nested(PolicySchema)


class ExpectedSchema(Schema):
    """What a model is expected to do, and what that rests on."""

    quality = fields.Float(required=True, metadata={"description": "0 to 1"})
    qualityDeviation = fields.Float(required=True, metadata={"description": "standard deviation of it"})
    latencyMs = fields.Integer(required=True, metadata={"description": "mean"})
    latencyHighMs = fields.Integer(
        required=True, metadata={"description": "what the limit is compared with: nine of ten are faster"}
    )
    usdPerMTok = fields.Float(required=True, metadata={"description": "three tokens in for one out"})
    observations = fields.Integer(required=True, metadata={"description": "judged uses of the model"})
    observationsHere = fields.Integer(required=True, metadata={"description": "for this task and language"})
    prior = fields.String(required=True, metadata={"description": "where the estimate before them is from"})


class AlternativeSchema(Schema):
    """A model that was not selected, and why."""

    model = fields.String(required=True)
    reason_not_selected = fields.String(required=True)
    expected = fields.Nested(ExpectedSchema, required=True)


class ReasoningSchema(Schema):
    """What decided."""

    factors = fields.List(fields.String(), required=True)
    alternatives = fields.List(fields.Nested(AlternativeSchema), required=True)


class UnderstoodSchema(Schema):
    """Task and language as they were understood; null when nothing known is alike."""

    task = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)


class OptimizeModelAnswer(AnswerSchema):
    """The model to use, and why."""

    selectedModel = fields.String(
        required=True, allow_none=True, metadata={"description": "null when no model keeps the limits"}
    )
    expected = fields.Nested(ExpectedSchema, required=True, allow_none=True)
    reasoning = fields.Nested(ReasoningSchema, required=True)
    nearest = fields.Nested(
        AlternativeSchema,
        required=True,
        allow_none=True,
        metadata={"description": "the model that misses the limits by least, when none keeps them"},
    )
    optimization = fields.String(
        required=True, allow_none=True, metadata={"description": "what would serve better or cost less"}
    )
    understoodAs = fields.Nested(UnderstoodSchema, required=True)
    assumptions = fields.List(fields.String(), required=True)
    exploration = fields.Boolean(required=True, metadata={"description": "whether models are tried out"})
    propensity = fields.Float(
        required=True, metadata={"description": "probability with which this model was selected"}
    )
