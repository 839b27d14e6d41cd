"""Fields and shapes that several resources share."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate


def identifier(**more: object) -> fields.String:
    """An id as clients choose them: 1 to 128 characters, no control characters or spaces."""
    pattern = validate.Regexp(
        r"^[^\s\x00-\x1f\x7f\ud800-\udfff]{1,128}\Z", error="must be 1 to 128 characters without spaces"
    )
    return fields.String(validate=pattern, **more)  # type: ignore[arg-type]


def as_batch(sent: Any, name: str) -> Any:
    """A bare object, or a bare list of them, as the batch ``{name: [...]}`` that it is."""
    if isinstance(sent, list):
        return {name: sent}
    return {name: [sent]} if isinstance(sent, dict) and name not in sent else sent


def moment(**more: object) -> fields.AwareDateTime:
    """A time that somebody states: with its zone, and within the years 1 to 9999 in UTC."""
    described = {"description": "ISO 8601 with zone"}
    return fields.AwareDateTime(format="iso", validate=_within_time, metadata=described, **more)  # type: ignore[arg-type]


def _within_time(at: datetime) -> None:
    try:
        at.astimezone(UTC)
    except OverflowError:
        raise ValidationError("must lie within the years 1 to 9999") from None


class FaultSchema(Schema):
    """What is wrong with one field."""

    pointer = fields.String(
        metadata={"description": "JSON pointer into the request body", "example": "/goal"}
    )
    parameter = fields.String(metadata={"description": "name of the query parameter, instead of a pointer"})
    header = fields.String(metadata={"description": "name of the request header, instead of a pointer"})
    detail = fields.String(required=True)
    nearest = fields.List(fields.String(), metadata={"description": "names that may have been meant"})


class ProblemSchema(Schema):
    """RFC 9457 problem details."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "stable name of the problem"})
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    jobId = fields.String()
    errors = fields.List(fields.Nested(FaultSchema))


class AnswerSchema(Schema):
    """What every answer carries beside its own content."""

    decisionId = fields.String(required=True, metadata={"description": "name it in feedback"})
    flowVersion = fields.String(required=True)
    degraded = fields.Boolean(required=True)
    degradedReasons = fields.List(fields.String(), required=True)


class ModeQuery(Schema):
    """How to be answered, for people with curl; programs send ``Prefer``."""

    mode = fields.String(
        metadata={"enum": ["sync", "poll"], "description": "sync: wait up to 30 s; poll: answer 202 at once"}
    )
