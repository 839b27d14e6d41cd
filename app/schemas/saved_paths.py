"""Saved learning paths on the wire."""

from marshmallow import Schema, fields, validate

from app.schemas.common import identifier
from app.schemas.learning_paths import (
    MAX_HOURS_PER_WEEK,
    BeyondSchema,
    GoalSchema,
    KnownSkillSchema,
    WeekSchema,
    check_timeframe,
)
from flows.intelligence.timeframe import MAX_WEEKS

MOST_PATHS = 100  #: Of one list.


def _week(**more: object) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(1, MAX_WEEKS), **more)  # type: ignore[arg-type]


def _expected_revision() -> fields.Integer:
    return fields.Integer(
        strict=True,
        validate=validate.Range(min=1),
        metadata={"description": "409 when the path is not at this revision any more"},
    )


class SavedPathsQuery(Schema):
    """Whose paths, and how many."""

    userId = identifier(required=True)
    limit = fields.Integer(load_default=20, validate=validate.Range(1, MOST_PATHS))
    before = fields.String(metadata={"description": "next of the list before"})


class ProgressRequest(Schema):
    """All weeks that are done, those that were done before too."""

    doneWeeks = fields.List(_week(), required=True, validate=validate.Length(max=MAX_WEEKS))
    revision = _expected_revision()


class ReplanRequest(Schema):
    """What is to be different; what is not given stays as it is."""

    fromWeek = _week(metadata={"description": "default: the week after the last that is done"})
    hoursPerWeek = fields.Float(validate=validate.Range(min=0.5, max=MAX_HOURS_PER_WEEK))
    timeframe = fields.String(
        validate=check_timeframe,
        metadata={"description": "of the whole path, from its first week on", "example": "4months"},
    )
    revision = _expected_revision()


class SavedPathSummary(Schema):
    """A saved path in a list."""

    id = fields.String(required=True, metadata={"description": "the decisionId of the answer"})
    userId = fields.String(required=True)
    goal = fields.Nested(GoalSchema, required=True)
    catalogue = fields.String(required=True)
    currentSkill = fields.String(required=True)
    weeks = fields.Integer(required=True)
    hoursPerWeek = fields.Float(required=True)
    totalHours = fields.Float(required=True)
    coverage = fields.Float(required=True)
    doneWeeks = fields.List(fields.Integer(), required=True)
    revision = fields.Integer(required=True, metadata={"description": "counts the versions, from 1"})
    createdAt = fields.String(required=True)
    updatedAt = fields.String(required=True)


class SavedPathList(Schema):
    """A person's saved paths, newest first."""

    paths = fields.List(fields.Nested(SavedPathSummary), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "send it as before; null at the end"}
    )


class SavedWeekSchema(WeekSchema):
    """One week of a saved path."""

    done = fields.Boolean(required=True)


class SavedPathSchema(SavedPathSummary):
    """A saved path, whole."""

    assumedKnown = fields.List(fields.Nested(KnownSkillSchema), required=True)
    path = fields.List(fields.Nested(SavedWeekSchema), required=True)
    beyondTimeframe = fields.List(fields.Nested(BeyondSchema), required=True)


class MoveSchema(Schema):
    """A skill that is learned in other weeks than before."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    fromWeek = fields.Integer(required=True, metadata={"description": "where it began before"})
    toWeek = fields.Integer(
        required=True, allow_none=True, metadata={"description": "where it begins now; null: beyond the time"}
    )
    weeks = fields.Integer(required=True, metadata={"description": "by how many weeks it moved"})


class ReplanSchema(Schema):
    """What became of the weeks that were not done."""

    fromWeek = fields.Integer(required=True)
    movedWeeks = fields.Integer(required=True, metadata={"description": "sum over all moved skills"})
    moved = fields.List(fields.Nested(MoveSchema), required=True)
    added = fields.List(fields.String(), required=True)
    noLongerNeeded = fields.List(fields.String(), required=True)


class ReplannedPathSchema(SavedPathSchema):
    """A saved path that was planned anew."""

    replan = fields.Nested(ReplanSchema, required=True)


class DeletedPathSchema(Schema):
    """A path that is kept no longer."""

    id = fields.String(required=True)
