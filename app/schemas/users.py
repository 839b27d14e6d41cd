"""People on the wire."""

from marshmallow import Schema, fields


class ErasedSchema(Schema):
    """What was deleted about a person."""

    userId = fields.String(required=True)
    erased = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "rows by table; a table with nothing about the person is there with 0"},
    )
    expiresWithinSeconds = fields.Integer(
        required=True,
        metadata={"description": "jobs and cached answers about the person are gone after this long"},
    )
