"""Scheduled jobs on the wire."""

from marshmallow import Schema, fields, validate


class LastRunSchema(Schema):
    """A run that has ended."""

    startedAt = fields.AwareDateTime(required=True)
    finishedAt = fields.AwareDateTime(required=True)
    ms = fields.Float(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["ok", "failed"]))
    result = fields.Raw(
        required=True, allow_none=True, metadata={"description": "what the job returned: counts, mostly"}
    )
    error = fields.String(
        required=True, allow_none=True, metadata={"description": "why it failed; more is in the log"}
    )
    host = fields.String(required=True)


class CountsSchema(Schema):
    """What became of the ticks, since Redis was empty last."""

    runs = fields.Integer(required=True)
    failures = fields.Integer(required=True)
    skips = fields.Integer(
        required=True, metadata={"description": "ticks that found the run before going on"}
    )
    duplicates = fields.Integer(required=True, metadata={"description": "ticks that came again"})
    lost = fields.Integer(required=True, metadata={"description": "runs of which no end was heard"})


class ScheduledJobSchema(Schema):
    """A job that runs by the clock."""

    name = fields.String(required=True)
    everyS = fields.Float(required=True)
    queue = fields.String(required=True)
    limitS = fields.Float(required=True, metadata={"description": "a run that takes longer counts as lost"})
    mayOverlap = fields.Boolean(required=True)
    runningSince = fields.AwareDateTime(required=True, allow_none=True)
    runningOn = fields.String(required=True, allow_none=True)
    lastRun = fields.Nested(LastRunSchema, required=True, allow_none=True)
    nextRunAt = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "as beat has it; null when no beat has run"}
    )
    overdue = fields.Boolean(required=True, metadata={"description": "has not begun for three periods"})
    counts = fields.Nested(CountsSchema, required=True)


class SchedulesSchema(Schema):
    """Everything that runs by the clock."""

    schedules = fields.List(fields.Nested(ScheduledJobSchema), required=True)
