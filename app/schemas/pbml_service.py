"""The contract of the PBML service: what patterns of behaviour lead a person to."""

from marshmallow import Schema, fields, validate

from app.schemas.upstreams import MAX_TEXT, EventDocument, given_id, limit
from flows.intelligence.patterns.as_json import MAX_HISTORY, MOST_ANSWERS
from flows.intelligence.patterns.model import PatternKind, Scope
from flows.intelligence.patterns.step import TYPES


class CandidatesRequest(Schema):
    """Who asks, and what they did lately, in any order."""

    organisation = given_id(required=True)
    userId = given_id(required=True, at_least=0)
    history = fields.List(
        fields.Nested(EventDocument), required=True, validate=validate.Length(max=MAX_HISTORY)
    )
    limit = limit(MOST_ANSWERS)


class ResolutionsRequest(Schema):
    """Who met which error."""

    organisation = given_id(required=True)
    userId = given_id(required=True, at_least=0)
    message = fields.String(required=True, validate=validate.Length(max=MAX_TEXT))
    limit = limit(MOST_ANSWERS)


class PatternDocument(Schema):
    """After the antecedent came the consequent, in ``support`` of ``opportunities``."""

    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in PatternKind]))
    scope = fields.String(required=True, validate=validate.OneOf([scope.value for scope in Scope]))
    antecedent = fields.List(
        fields.String(), required=True, metadata={"description": "typed, as skill:go-basics; empty: anything"}
    )
    consequent = fields.String(required=True)
    support = fields.Integer(required=True)
    opportunities = fields.Integer(required=True, metadata={"description": "1 or more"})
    expected = fields.Float(
        required=True,
        metadata={"description": "share of any opportunities with this consequent, over 0, at most 1"},
    )
    people = fields.Integer(required=True)
    firstSeen = fields.String(required=True, metadata={"format": "date-time"})
    lastSeen = fields.String(required=True, metadata={"format": "date-time"})
    evidence = fields.List(
        fields.String(), required=True, metadata={"description": "ids of the person's own events, if any"}
    )


class CandidateDocument(Schema):
    """A thing to do next, and the pattern that says so."""

    type = fields.String(required=True, validate=validate.OneOf(TYPES))
    id = fields.String(required=True)
    score = fields.Float(required=True, metadata={"description": "0 to 1"})
    pattern = fields.Nested(PatternDocument, required=True)


class CandidatesAnswer(Schema):
    """Things to do next, the likeliest first."""

    candidates = fields.List(fields.Nested(CandidateDocument), required=True)


class ResolutionDocument(Schema):
    """A fix that worked, and how often."""

    fix = fields.String(required=True)
    score = fields.Float(required=True, metadata={"description": "chance that it works again, 0 to 1"})
    successes = fields.Integer(required=True)
    tries = fields.Integer(required=True)
    pattern = fields.Nested(PatternDocument, required=True)


class ResolutionsAnswer(Schema):
    """Fixes, the person's own first."""

    resolutions = fields.List(fields.Nested(ResolutionDocument), required=True)
