"""A job on the wire."""

from marshmallow import Schema, fields, validate

from tasks.store.base import State


class StageRunSchema(Schema):
    """One stage of a job."""

    type = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["ok", "skipped", "replaced", "failed"]))
    ms = fields.Float(required=True)
    atMs = fields.Float()
    reason = fields.String()


class LinksSchema(Schema):
    """Where to go from here; ``cancel`` (by DELETE) while the job can be cancelled, ``refined`` to the
    job that has bettered the answer since.
    """

    self = fields.String(required=True)
    events = fields.String(required=True)
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


#: The parameters of a stream of events, as OpenAPI has them.
LAST_EVENT = [
    {
        "in": "header",
        "name": "Last-Event-ID",
        "schema": {"type": "integer", "minimum": 0},
        "description": "the last event that you have: the stream goes on after it",
    },
    {
        "in": "query",
        "name": "lastEventId",
        "schema": {"type": "integer", "minimum": 0},
        "description": "the same, for clients that can send no header",
    },
]

EVENT_STREAM = {
    "type": "string",
    "example": 'id: 2\nevent: stage\ndata: {"number":1,"type":"context.features","status":"ok","ms":1.2}\n\n',
}
EVENTS = (
    "Server-sent events: `queued`, a `stage` for each stage that has run, and `ended` with the job as data; "
    "a comment every 15 seconds; the stream closes after the end"
)
