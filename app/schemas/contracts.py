"""Courses under contract and mandatory training on the wire."""

from marshmallow import Schema, fields, validate

from app.schemas.common import AnswerSchema, identifier
from flows.intelligence.entitlements.policy import LAST_SEATS, STANDARD, USE_IT_OR_LOSE_IT


class ContractAwareRequest(Schema):
    """Who asks for what their organisation has bought."""

    userId = identifier(required=True, metadata={"example": "enterprise-user-001"})
    orgId = identifier(
        required=True, metadata={"description": "your own organisation", "example": "corp-123"}
    )
    goal = identifier(metadata={"description": "a goal or a skill that the reasons shall speak of"})


class ContractInfoSchema(Schema):
    """The contract under which a course can be taken."""

    contractId = fields.String(required=True)
    seatsAvailable = fields.Integer(required=True)
    seatHeld = fields.Boolean(required=True, metadata={"description": "the person has a seat already"})
    expiresAt = fields.Date(required=True, metadata={"description": "the last day, in UTC"})
    daysLeft = fields.Integer(required=True, metadata={"description": "0 on the last day"})
    priority = fields.String(
        required=True, validate=validate.OneOf([USE_IT_OR_LOSE_IT, LAST_SEATS, STANDARD])
    )


class CourseSchema(Schema):
    """A course that the person may take now."""

    id = fields.String(required=True, metadata={"description": "the same for every contract of the course"})
    course = fields.String(required=True)
    skill = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    evidence = fields.List(fields.String(), required=True)
    contractInfo = fields.Nested(ContractInfoSchema, required=True)


class MasteredCourseSchema(Schema):
    """A course that was left out, since the person masters its skill."""

    id = fields.String(required=True)
    course = fields.String(required=True)
    skill = fields.String(required=True)
    reason = fields.String(required=True)
    evidence = fields.List(fields.String(), required=True)


class OpenTrainingSchema(Schema):
    """A mandatory training that the person has not completed."""

    id = fields.String(required=True)
    course = fields.String(required=True)
    dueOn = fields.Date(required=True)
    overdue = fields.Boolean(required=True)
    daysLeft = fields.Integer(required=True, metadata={"description": "negative when overdue"})


class ComplianceSchema(Schema):
    """What the person has to complete."""

    mandatoryTraining = fields.List(fields.String(), required=True)
    dueDate = fields.Date(required=True, allow_none=True, metadata={"description": "the earliest"})
    completionRequired = fields.Boolean(required=True)
    items = fields.List(fields.Nested(OpenTrainingSchema), required=True)


class ContractAwareAnswer(AnswerSchema):
    """What to take of what is bought, and what has to be done."""

    recommendations = fields.List(fields.Nested(CourseSchema), required=True)
    alreadyMastered = fields.List(fields.Nested(MasteredCourseSchema), required=True)
    compliance = fields.Nested(ComplianceSchema, required=True)
    asOf = fields.AwareDateTime(required=True, metadata={"description": "when seats were counted"})
    entitlementsAsOf = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "of when the source of contracts spoke last; null when it never did"},
    )
