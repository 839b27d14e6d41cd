"""Teams on the wire."""

from marshmallow import Schema, fields, validate

from app.schemas.common import AnswerSchema, identifier
from flows.intelligence.teams.answer import TOO_FEW_SEEN, TOO_SMALL
from flows.intelligence.teams.insights import HIGH, LOW, MEDIUM
from flows.intelligence.teams.project_match import BY_NAME, BY_SKILLS, BY_SPELLING, BY_WORDS

MAX_TEAM_SIZE = 100_000
NONE_FOR_FEW = {"description": "null for one or two people"}


class TeamInsightsRequest(Schema):
    """Which team, before which project."""

    orgId = identifier(
        required=True, metadata={"description": "your own organisation", "example": "enterprise-789"}
    )
    teamId = identifier(metadata={"description": "default: everybody in the organisation"})
    teamSize = fields.Integer(
        strict=True,
        validate=validate.Range(min=1, max=MAX_TEAM_SIZE),
        metadata={"description": "how many people the team has, as far as the client knows", "example": 10},
    )
    project = fields.String(
        required=True,
        validate=validate.Regexp(
            r"^[^\x00-\x1f\x7f\ud800-\udfff]{1,200}\Z", error="must be 1 to 200 characters in one line"
        ),
        metadata={"description": "a kind of project, in any words", "example": "microservices-migration"},
    )


class TeamRecommendationSchema(Schema):
    """A skill that the project needs and members lack."""

    id = fields.String(required=True)
    priority = fields.String(required=True, validate=validate.OneOf([HIGH, MEDIUM, LOW]))
    topic = fields.String(required=True)
    skill = fields.String(required=True)
    affectedMembers = fields.Integer(required=True, allow_none=True, metadata=NONE_FOR_FEW)
    impact = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "need x missing share of the team, 0 to 1; null where the number is"},
    )
    businessImpact = fields.String(required=True)
    evidence = fields.List(fields.String(), required=True)


class WorkshopSchema(Schema):
    """What to teach together."""

    title = fields.String(required=True)
    skill = fields.String(required=True)
    membersReached = fields.Integer(required=True)
    value = fields.Float(required=True, metadata={"description": "impact x members reached"})


class SinglePointSchema(Schema):
    """A skill that exactly one member holds; that person is not named."""

    skill = fields.String(required=True)
    title = fields.String(required=True)
    need = fields.Float(required=True, metadata={"description": "how much the project needs it, 0 to 1"})


class TeamTrainingSchema(Schema):
    """A mandatory training that members have not completed."""

    id = fields.String(required=True)
    course = fields.String(required=True)
    dueOn = fields.Date(required=True)
    overdue = fields.Boolean(required=True)
    daysLeft = fields.Integer(required=True, metadata={"description": "negative when overdue"})
    openMembers = fields.Integer(required=True, allow_none=True, metadata=NONE_FOR_FEW)


class TeamInsightsSchema(Schema):
    """What the team brings and what it lacks."""

    strengths = fields.List(fields.String(), required=True)
    gaps = fields.List(fields.String(), required=True)
    recommendations = fields.List(fields.Nested(TeamRecommendationSchema), required=True)
    suggestedWorkshops = fields.List(fields.String(), required=True)
    workshops = fields.List(fields.Nested(WorkshopSchema), required=True)
    singlePointsOfKnowledge = fields.List(fields.Nested(SinglePointSchema), required=True)
    mandatoryTraining = fields.List(fields.Nested(TeamTrainingSchema), required=True)


class ProjectMatchedSchema(Schema):
    """The kind of project that the name was taken for."""

    asked = fields.String(required=True)
    id = fields.String(required=True)
    title = fields.String(required=True)
    by = fields.String(required=True, validate=validate.OneOf([BY_NAME, BY_WORDS, BY_SPELLING, BY_SKILLS]))
    score = fields.Float(required=True, metadata={"description": "share of the name that is explained"})


class TeamInsightsAnswer(AnswerSchema):
    """What a team brings to a project, as far as it may be told."""

    teamInsights = fields.Nested(TeamInsightsSchema, required=True)
    members = fields.Integer(required=True, allow_none=True, metadata=NONE_FOR_FEW)
    membersSeen = fields.Integer(required=True, allow_none=True, metadata=NONE_FOR_FEW)
    teamSize = fields.Integer(required=True, allow_none=True, metadata={"description": "as it was sent"})
    note = fields.String(required=True)
    withheld = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([TOO_SMALL, TOO_FEW_SEEN]),
        metadata={"description": "why nothing is said; null when something is"},
    )
    projectMatched = fields.Nested(ProjectMatchedSchema, required=True)
