"""Fields that the contracts of the services behind the front share."""

from marshmallow import Schema, ValidationError, fields, validate

from flows.json_object import moment_of
from flows.signals.events import Kind
from tasks.store.in_memory_events import UNSTORABLE

MAX_ID = 4_000  #: Characters; ids from learning platforms are addresses with queries.
MAX_TEXT = 20_000  #: Of an event, or of the message of an error.


def _is_moment(text: str) -> None:
    try:
        moment_of(text)
    except ValueError as error:
        raise ValidationError(str(error)) from None


def _is_storable(text: str) -> None:
    if UNSTORABLE.search(text):
        raise ValidationError("has a character that cannot be stored")


def given_id(*, at_least: int = 1, **more: object) -> fields.String:
    """An id as it is stored; unlike those of clients it may have spaces."""
    checks = [validate.Length(min=at_least, max=MAX_ID), _is_storable]
    return fields.String(validate=checks, **more)  # type: ignore[arg-type]


def moment(**more: object) -> fields.String:
    """A time by ISO 8601 that says its zone; it stays text, which the core reads."""
    metadata = {"format": "date-time", "description": "ISO 8601 with zone"}
    return fields.String(validate=_is_moment, metadata=metadata, **more)  # type: ignore[arg-type]


def limit(most: int) -> fields.Integer:
    """How many answers are wanted at most."""
    return fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=most))


def texts(longest: int = MAX_ID, most: int = 1_000) -> fields.List[str]:
    """A list of texts."""
    return fields.List(
        fields.String(validate=validate.Length(max=longest)), validate=validate.Length(max=most)
    )


class EventDocument(Schema):
    """One thing that one person did."""

    id = given_id(required=True)
    userId = given_id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in Kind]))
    at = moment(required=True)
    sessionId = given_id(allow_none=True, at_least=0)
    skill = given_id(allow_none=True, at_least=0)
    item = given_id(allow_none=True, at_least=0)
    success = fields.Boolean(allow_none=True)
    text = fields.String(validate=validate.Length(max=MAX_TEXT))
    data = fields.Dict(keys=fields.String())
