"""Where an organisation's entitlements come from, and how old they are, on the wire."""

from marshmallow import Schema, fields, validate


class EntitlementCountsSchema(Schema):
    """What the organisation has."""

    contracts = fields.Integer(required=True)
    seats = fields.Integer(required=True, metadata={"description": "people who are known to hold one"})
    trainings = fields.Integer(required=True)


class SourceErrorSchema(Schema):
    """Why the source did not say anything when it was asked last."""

    code = fields.String(required=True)
    detail = fields.String(required=True, allow_none=True)


class EntitlementStatusSchema(Schema):
    """What is known of an organisation's entitlements."""

    orgId = fields.String(required=True)
    source = fields.String(
        required=True,
        validate=validate.OneOf(["http", "file", "store"]),
        metadata={"description": "store: nothing outside is asked"},
    )
    asOf = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "of when the source spoke last; null when it never did"},
    )
    ageS = fields.Integer(required=True, allow_none=True)
    stale = fields.Boolean(required=True, metadata={"description": "answers are marked as degraded"})
    void = fields.Boolean(required=True, metadata={"description": "no course is shown any more"})
    counts = fields.Nested(EntitlementCountsSchema, required=True)
    checkedAt = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "when the source was asked last"}
    )
    nextCheckAt = fields.AwareDateTime(required=True, allow_none=True)
    lastError = fields.Nested(SourceErrorSchema, required=True, allow_none=True)


class RefreshedSchema(EntitlementStatusSchema):
    """What a refresh found, and what is known after it."""

    fate = fields.String(
        required=True,
        validate=validate.OneOf(["replaced", "unchanged", "overtaken"]),
        metadata={"description": "overtaken: another refresh was quicker, its word counts"},
    )
