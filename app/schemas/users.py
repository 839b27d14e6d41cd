"""People on the wire."""

from marshmallow import Schema, fields


class ErasedSchema(Schema):
    """What was deleted about a person."""

    userId = fields.String(required=True)
    erased = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "rows by table, and jobs; 0 where there was nothing"},
    )


class MasterySchema(Schema):
    """How well a person masters one skill."""

    skill = fields.String(required=True)
    title = fields.String(required=True)
    level = fields.Float(
        required=True, metadata={"description": "estimated chance of solving a typical task, 0 to 1"}
    )
    observations = fields.Integer(required=True)
    lastPractisedAt = fields.String(required=True, allow_none=True)
    why = fields.String(required=True)
    evidence = fields.List(fields.String(), required=True)


class HabitsSchema(Schema):
    """Counts of the last 28 days."""

    activeDays = fields.Integer(required=True)
    sessions = fields.Integer(required=True)
    medianSessionMinutes = fields.Float(required=True, allow_none=True)
    usualHours = fields.List(
        fields.Integer(),
        required=True,
        metadata={"description": "hours of the day in UTC, the busiest first"},
    )
    promptsUsed = fields.Integer(required=True)
    promptsAccepted = fields.Integer(required=True)
    promptsDismissed = fields.Integer(required=True)
    exercisesAttempted = fields.Integer(required=True)
    exercisesSolved = fields.Integer(required=True)


class LikelyGoalSchema(Schema):
    """A goal that recent practice points to."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    likeness = fields.Float(required=True, metadata={"description": "0 to 1"})
    skills = fields.List(fields.String(), required=True)
    reason = fields.String(required=True)


class SeenErrorSchema(Schema):
    """An error that a person met."""

    message = fields.String(required=True)
    skill = fields.String(required=True, allow_none=True)
    times = fields.Integer(required=True)
    resolved = fields.Boolean(required=True)
    lastAt = fields.String(required=True)


class ProfileSchema(Schema):
    """What is known about a person."""

    userId = fields.String(required=True)
    events = fields.Integer(required=True, metadata={"description": "how many events this rests on"})
    lastEventAt = fields.String(required=True, allow_none=True)
    mastery = fields.List(fields.Nested(MasterySchema), required=True)
    recentSkills = fields.List(fields.String(), required=True)
    habits = fields.Nested(HabitsSchema, required=True)
    likelyGoals = fields.List(fields.Nested(LikelyGoalSchema), required=True)
    errors = fields.List(fields.Nested(SeenErrorSchema), required=True)
