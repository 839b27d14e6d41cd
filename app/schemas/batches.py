"""Batches on the wire."""

from marshmallow import Schema, fields, validate

from app.schemas.common import identifier
from app.schemas.jobs import JobProblemSchema
from app.schemas.learning_paths import MAX_HOURS_PER_WEEK, LearningPathAnswer, check_timeframe
from app.schemas.webhooks import callback_url
from flows.catalogue.model import LEVELS
from tasks.batches.model import MOST_MEMBERS, BatchState
from tasks.batches.results import FORMATS
from tasks.store.base import State

MOST_LISTED = 100  #: Batches of one list.
MOST_SHOWN = 1_000  #: Members of one page.
STATES = [state.value for state in State]


def _user_ids(**more: object) -> fields.List[str]:
    return fields.List(identifier(), validate=validate.Length(1, MOST_MEMBERS), **more)  # type: ignore[arg-type]


def _time(described: str = "in UTC", *, allow_none: bool = False) -> fields.String:
    shown = {"format": "date-time", "description": described}
    return fields.String(required=True, allow_none=allow_none, metadata=shown)


class LearningPathBatchRequest(Schema):
    """Who is planned for, by ``teamId`` or ``userIds``, and what all of them want."""

    orgId = identifier(
        required=True, metadata={"description": "your own organisation", "example": "enterprise-789"}
    )
    teamId = identifier(metadata={"example": "microservices-migration"})
    userIds = _user_ids(metadata={"description": "each once"})
    goal = identifier(metadata={"description": "a goal or a skill of the catalogue", "example": "devops"})
    goalByUser = fields.Dict(
        keys=identifier(),
        values=identifier(),
        metadata={"description": "goals of people who have another one than goal"},
    )
    currentSkill = fields.String(
        validate=validate.OneOf(LEVELS[1:]),
        metadata={"description": "default: each person's own level, junior where none was stated"},
    )
    timeframe = fields.String(required=True, validate=check_timeframe, metadata={"example": "3months"})
    hoursPerWeek = fields.Float(
        validate=validate.Range(min=0.5, max=MAX_HOURS_PER_WEEK), metadata={"description": "default 6"}
    )
    catalogue = identifier(metadata={"description": "default: built-in"})
    callbackUrl = callback_url()


class BatchListQuery(Schema):
    """How many batches."""

    limit = fields.Integer(load_default=20, validate=validate.Range(1, MOST_LISTED))
    before = fields.String(metadata={"description": "next of the list before"})


class MembersQuery(Schema):
    """Which members."""

    state = fields.String(validate=validate.OneOf(STATES))
    after = fields.Integer(
        validate=validate.Range(0, MOST_MEMBERS), metadata={"description": "next of the page before"}
    )
    limit = fields.Integer(load_default=100, validate=validate.Range(1, MOST_SHOWN))


class ResultsQuery(Schema):
    """Which results, and how."""

    format = fields.String(
        validate=validate.OneOf(list(FORMATS)), metadata={"description": "goes before Accept; default json"}
    )
    state = fields.String(validate=validate.OneOf(STATES))


class RetryRequest(Schema):
    """Who is to be tried again."""

    userIds = _user_ids(metadata={"description": "failed or cancelled ones; default: all that failed"})


class CountsSchema(Schema):
    """How many members are in which state; ``erased`` are those whose person was deleted since."""

    queued = fields.Integer(required=True)
    running = fields.Integer(required=True)
    succeeded = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)
    erased = fields.Integer(required=True)


class BatchLinksSchema(Schema):
    """Where to go from here: ``cancel`` (DELETE) until it has ended, ``retry`` (POST) when some failed."""

    self = fields.String(required=True)
    members = fields.String(required=True)
    results = fields.String(required=True)
    cancel = fields.String()
    retry = fields.String()


class BatchSchema(Schema):
    """A batch and how far it is."""

    id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf([state.value for state in BatchState]))
    request = fields.Dict(required=True, metadata={"description": "what all members have in common, as sent"})
    members = fields.Integer(required=True, metadata={"description": "how many there were at first"})
    counts = fields.Nested(CountsSchema, required=True)
    progress = fields.Float(required=True, metadata={"description": "share that has ended, 0 to 1"})
    secondsLeft = fields.Float(
        required=True, allow_none=True, metadata={"description": "an estimate; null until there is one"}
    )
    createdAt = _time()
    startedAt = _time(allow_none=True, described="of this run; a retry is another one")
    finishedAt = _time(allow_none=True)
    callbackUrl = fields.String(required=True, allow_none=True)
    links = fields.Nested(BatchLinksSchema, required=True)


class BatchList(Schema):
    """Batches, newest first."""

    batches = fields.List(fields.Nested(BatchSchema), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "send it as before; null at the end"}
    )


class RetriedSchema(BatchSchema):
    """A batch some members of which are tried again."""

    retried = fields.Integer(required=True, metadata={"description": "how many members"})


class MemberSchema(Schema):
    """One member, without the result."""

    userId = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATES))
    goal = fields.String(required=True, allow_none=True, metadata={"description": "null: that of the batch"})
    attempts = fields.Integer(required=True)
    finishedAt = _time(allow_none=True)
    problem = fields.Nested(JobProblemSchema, required=True, allow_none=True)
    jobId = fields.String(required=True, allow_none=True)


class MemberPage(Schema):
    """Members in the order in which they were named."""

    members = fields.List(fields.Nested(MemberSchema), required=True)
    next = fields.Integer(
        required=True, allow_none=True, metadata={"description": "send it as after; null at the end"}
    )


class MemberResultSchema(Schema):
    """One member with the result. In NDJSON a line is one of these."""

    userId = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATES))
    problem = fields.Nested(JobProblemSchema, required=True, allow_none=True)
    result = fields.Nested(LearningPathAnswer, required=True, allow_none=True)


class BatchResultsSchema(Schema):
    """The batch and what came of each member."""

    batch = fields.Nested(BatchSchema, required=True)
    results = fields.List(fields.Nested(MemberResultSchema), required=True)
