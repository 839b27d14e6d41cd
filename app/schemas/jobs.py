"""A job on the wire."""

from marshmallow import Schema, fields, validate

from tasks.store.base import State


class StageRunSchema(Schema):
    """One stage of a job."""

    type = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["ok", "skipped", "replaced", "failed"]))
    ms = fields.Float(required=True)
    reason = fields.String()


class LinksSchema(Schema):
    """Where to go from here; ``cancel`` (by DELETE) while the job can be cancelled, ``refined`` to the
    job that has bettered the answer since.
    """

    self = fields.String(required=True)
    cancel = fields.String()
    refined = fields.String()


class JobProblemSchema(Schema):
    """Why a job failed."""

    code = fields.String(required=True)
    detail = fields.String(required=True)


class JobSchema(Schema):
    """A job. ``result`` is the flow's answer once it has succeeded."""

    id = fields.String(required=True)
    flow = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf([state.value for state in State]))
    degraded = fields.Boolean(required=True)
    degradedReasons = fields.List(fields.String(), required=True)
    createdAt = fields.DateTime(required=True)
    finishedAt = fields.DateTime(required=True, allow_none=True)
    stages = fields.List(fields.Nested(StageRunSchema), required=True)
    result = fields.Dict(required=True, allow_none=True)
    problem = fields.Nested(JobProblemSchema, required=True, allow_none=True)
    links = fields.Nested(LinksSchema, required=True)
