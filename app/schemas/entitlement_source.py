"""The contract of a source of entitlements: everything that one organisation has."""

from marshmallow import Schema, fields

from flows.intelligence.entitlements.source import MAX_ID, MAX_TITLE, MOST_CONTRACTS, MOST_SEATS


class ContractDocument(Schema):
    """A right to take a course until a moment, for a number of people."""

    id = fields.String(required=True, metadata={"minLength": 1, "maxLength": MAX_ID})
    course = fields.String(required=True, metadata={"minLength": 1, "maxLength": MAX_TITLE})
    skill = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "id in the catalogue, null where it has none"},
    )
    seats = fields.Integer(required=True, metadata={"minimum": 0})
    seatsUsed = fields.Integer(
        required=True, metadata={"minimum": 0, "description": "the vendor's count; over seats: all are used"}
    )
    expiresAt = fields.String(required=True, metadata={"format": "date-time", "description": "with zone"})
    seatHolders = fields.List(
        fields.String(),
        metadata={"description": f"ids of people who hold a seat; {MOST_SEATS} at most in all contracts"},
    )


class TrainingDocument(Schema):
    """A course that everybody has to complete."""

    id = fields.String(required=True, metadata={"minLength": 1, "maxLength": MAX_ID})
    course = fields.String(required=True, metadata={"minLength": 1, "maxLength": MAX_TITLE})
    skill = fields.String(required=True, allow_none=True)
    dueOn = fields.String(
        required=True, metadata={"format": "date", "description": "until the end of it, UTC"}
    )


class EntitlementsDocument(Schema):
    """All that the organisation has: what is not in it, it has no more."""

    organisation = fields.String(required=True, metadata={"description": "the one that was asked for"})
    asOf = fields.String(
        allow_none=True,
        metadata={"format": "date-time", "description": "of when this is, if that is not now; with zone"},
    )
    contracts = fields.List(
        fields.Nested(ContractDocument), required=True, metadata={"maxItems": MOST_CONTRACTS}
    )
    trainings = fields.List(fields.Nested(TrainingDocument), required=True)
