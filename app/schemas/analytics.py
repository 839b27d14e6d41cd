"""Analytics on the wire."""

from marshmallow import Schema, fields


class PeriodQuery(Schema):
    """Whole days in UTC, both included; checked by the core."""

    first = fields.String(
        data_key="from",
        metadata={"format": "date", "description": "default: 29 days before to; 400 days at most"},
    )
    last = fields.String(data_key="to", metadata={"format": "date", "description": "default: today"})


class PeriodSchema(Schema):
    """The days that the answer is about."""

    first = fields.String(required=True, metadata={"format": "date"}, data_key="from", attribute="from")
    last = fields.String(required=True, metadata={"format": "date"}, data_key="to", attribute="to")


class RateSchema(Schema):
    """A share of items, with its 95 % interval by Wilson; empty where there were none."""

    items = fields.Integer(required=True)
    count = fields.Integer(required=True)
    rate = fields.Float(required=True, allow_none=True)
    low = fields.Float(required=True, allow_none=True)
    high = fields.Float(required=True, allow_none=True)


class ReasonSchema(Schema):
    """Why answers were degraded."""

    reason = fields.String(required=True)
    count = fields.Integer(required=True)


class VerdictsSchema(Schema):
    """How often each outcome was told."""

    accepted = fields.Integer(required=True)
    dismissed = fields.Integer(required=True)
    completed = fields.Integer(required=True)


class RatingsSchema(Schema):
    """Ratings from 1 to 5."""

    count = fields.Integer(required=True)
    mean = fields.Float(required=True, allow_none=True)


class LatencySchema(Schema):
    """Milliseconds, by nearest rank."""

    p50 = fields.Float(required=True)
    p95 = fields.Float(required=True)


class VolumeSchema(Schema):
    """What all flows and each flow have in common; shares of items are of those with feedback."""

    decisions = fields.Integer(required=True, metadata={"description": "answers that were computed"})
    degraded = fields.Nested(RateSchema, required=True)
    degradations = fields.List(fields.Nested(ReasonSchema), required=True)
    acceptance = fields.Nested(
        RateSchema, required=True, metadata={"description": "accepted or completed, of items with feedback"}
    )
    completion = fields.Nested(RateSchema, required=True)


class OverviewSchema(VolumeSchema):
    """All flows taken together."""

    period = fields.Nested(PeriodSchema, required=True)
    people = fields.Integer(required=True)
    feedback = fields.Nested(VerdictsSchema, required=True)
    ratings = fields.Nested(RatingsSchema, required=True)


class FlowSchema(VolumeSchema):
    """One flow."""

    flow = fields.String(required=True)
    latencyMs = fields.Nested(LatencySchema, required=True, allow_none=True)


class FlowsSchema(Schema):
    """Each flow by itself."""

    period = fields.Nested(PeriodSchema, required=True)
    flows = fields.List(fields.Nested(FlowSchema), required=True)


class AnalysedSkillSchema(Schema):
    """A skill that at least three people have to do with; the title where the catalogue has it."""

    skill = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    people = fields.Integer(required=True)


class AskedSkillSchema(AnalysedSkillSchema):
    """A skill that was shown, and in how many answers."""

    decisions = fields.Integer(required=True)


class LackingSkillSchema(AnalysedSkillSchema):
    """A skill that people were seen with and do not master, with their mean mastery as of now."""

    mastery = fields.Float(required=True)


class SkillsSchema(Schema):
    """Skills in demand and skills that are missing."""

    period = fields.Nested(PeriodSchema, required=True)
    leastPeople = fields.Integer(required=True)
    asked = fields.List(fields.Nested(AskedSkillSchema), required=True)
    lacking = fields.List(fields.Nested(LackingSkillSchema), required=True)


class ModelSchema(Schema):
    """How one language model did."""

    model = fields.String(required=True)
    observations = fields.Integer(required=True)
    judged = fields.Integer(required=True, metadata={"description": "observations with a quality"})
    quality = fields.Float(required=True, allow_none=True)
    latencyMs = fields.Nested(LatencySchema, required=True)
    costUsd = fields.Float(required=True, allow_none=True, metadata={"description": "mean per use"})


class ModelsSchema(Schema):
    """Each language model by itself."""

    period = fields.Nested(PeriodSchema, required=True)
    models = fields.List(fields.Nested(ModelSchema), required=True)


class BinSchema(Schema):
    """Items whose confidence lies in one tenth: its mean, and the share that was accepted."""

    low = fields.Float(required=True, data_key="from", attribute="from")
    high = fields.Float(required=True, data_key="to", attribute="to")
    confidence = fields.Float(required=True)
    accepted = fields.Nested(RateSchema, required=True)


class ReliabilitySchema(Schema):
    """Confidence against acceptance: expected calibration error over ten bins, and Brier score."""

    items = fields.Integer(required=True)
    ece = fields.Float(required=True, allow_none=True)
    brier = fields.Float(required=True, allow_none=True)
    bins = fields.List(fields.Nested(BinSchema), required=True)


class FlowReliabilitySchema(ReliabilitySchema):
    """Of one flow."""

    flow = fields.String(required=True)


class CalibrationSchema(Schema):
    """All flows together, and each by itself."""

    period = fields.Nested(PeriodSchema, required=True)
    overall = fields.Nested(ReliabilitySchema, required=True)
    flows = fields.List(fields.Nested(FlowReliabilitySchema), required=True)
