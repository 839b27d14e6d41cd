"""The learning path on the wire."""

from marshmallow import Schema, ValidationError, fields, validate

from app.schemas.common import AnswerSchema, identifier
from flows.catalogue.model import LEVELS
from flows.errors import InvalidInput
from flows.intelligence.timeframe import weeks_in

MAX_HOURS_PER_WEEK = 60


def check_timeframe(text: str) -> None:
    """Raises ValidationError for what is no time frame."""
    try:
        weeks_in(text)
    except InvalidInput as error:
        raise ValidationError(str(error)) from None


class LearningPathRequest(Schema):
    """Who wants to get where, in what time."""

    userId = identifier(required=True, metadata={"example": "dev-123"})
    currentSkill = fields.String(
        required=True,
        validate=validate.OneOf(LEVELS[1:]),
        metadata={"description": "what lies below it is taken as known, unless knownSkills is given"},
    )
    goal = identifier(
        required=True, metadata={"description": "a goal or a skill of the catalogue", "example": "fullstack"}
    )
    timeframe = fields.String(required=True, validate=check_timeframe, metadata={"example": "3months"})
    hoursPerWeek = fields.Float(
        validate=validate.Range(min=0.5, max=MAX_HOURS_PER_WEEK), metadata={"description": "default 6"}
    )
    knownSkills = fields.List(
        identifier(),
        validate=validate.Length(max=1000),
        metadata={"description": "exactly what is known (with its prerequisites); may be empty"},
    )
    catalogue = identifier(metadata={"description": "default: built-in"})


class PartSchema(Schema):
    """Which part of a skill that is split over weeks."""

    number = fields.Integer(required=True)
    of = fields.Integer(required=True)


class PlannedSkillSchema(Schema):
    """A skill, or a part of it, in a week."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    hours = fields.Float(required=True)
    part = fields.Nested(PartSchema)


class ReviewSchema(Schema):
    """A skill that is due to be practised again."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    hours = fields.Float(required=True)
    prompt = fields.String(required=True)


class WeekSchema(Schema):
    """One week of the path."""

    id = fields.String(required=True)
    week = fields.Integer(required=True)
    focus = fields.String(required=True)
    skills = fields.List(fields.Nested(PlannedSkillSchema), required=True)
    reviews = fields.List(fields.Nested(ReviewSchema), required=True)
    prompts = fields.List(fields.String(), required=True)
    hours = fields.Float(required=True)
    confidence = fields.Float(
        required=True, metadata={"description": "estimated chance that the person completes the week, 0 to 1"}
    )
    reason = fields.String(required=True)
    evidence = fields.List(
        fields.String(), required=True, metadata={"description": "what the reason rests on, as kind:id"}
    )


class GoalSchema(Schema):
    """The goal as it was understood."""

    id = fields.String(required=True)
    title = fields.String(required=True)


class KnownSkillSchema(Schema):
    """A skill that was left out as known, and why."""

    id = fields.String(required=True)
    source = fields.String(
        required=True, validate=validate.OneOf(["observed", "stated", "assumed", "implied"])
    )


class BeyondSchema(Schema):
    """A needed skill that does not fit into the time frame."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    hours = fields.Float(required=True)
    weight = fields.Float(required=True, metadata={"description": "what it is worth to the goal, 0 to 1"})


class LearningPathAnswer(AnswerSchema):
    """What to learn in which week, and why."""

    goal = fields.Nested(GoalSchema, required=True)
    catalogue = fields.String(required=True)
    weeks = fields.Integer(required=True, metadata={"description": "weeks in the time frame"})
    totalHours = fields.Float(required=True)
    coverage = fields.Float(
        required=True, metadata={"description": "share of the goal's weight that is known or planned, 0 to 1"}
    )
    assumedKnown = fields.List(fields.Nested(KnownSkillSchema), required=True)
    path = fields.List(fields.Nested(WeekSchema), required=True)
    beyondTimeframe = fields.List(fields.Nested(BeyondSchema), required=True)
