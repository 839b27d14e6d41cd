"""``/api/analytics``: what was answered in an organisation, and what came of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema

from app.blueprint import Blueprint
from app.context import principal
from app.parts import services
from app.schemas.analytics import (
    CalibrationSchema,
    FlowsSchema,
    ModelsSchema,
    OverviewSchema,
    PeriodQuery,
    SkillsSchema,
)
from app.schemas.common import ProblemSchema
from flows.catalogue.model import BUILT_IN
from flows.intelligence.analytics import answers
from flows.intelligence.analytics.period import Period, period_of

blueprint = Blueprint(
    "analytics", __name__, url_prefix="/api/analytics", description="What came of answers, in figures"
)

Answer = dict[str, Any]


def _figures(path: str, schema: type[Schema]) -> Callable[[Callable[[str, Period], Answer]], Any]:
    """A route that answers for the caller's organisation and the period that was asked for."""

    def register(compute: Callable[[str, Period], Answer]) -> Any:
        def get(first: str | None = None, last: str | None = None) -> Answer:
            return compute(principal().organisation, period_of(first, last, datetime.now(UTC).date()))

        get.__name__, get.__doc__ = compute.__name__, compute.__doc__
        get = blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")(get)
        get = blueprint.response(200, schema)(get)
        get = blueprint.arguments(PeriodQuery(), location="query", as_kwargs=True)(get)
        return blueprint.get(path)(get)

    return register


@_figures("/overview", OverviewSchema)
def overview(organisation: str, period: Period) -> Answer:
    """How many answers there were, how many of them degraded, and what people made of them"""
    found = services().analytics
    flows, people = found.flows(organisation, period), found.people(organisation, period)
    return answers.overview(period, flows, people, found.feedback(organisation, period))


@_figures("/flows", FlowsSchema)
def flows(organisation: str, period: Period) -> Answer:
    """The same by flow, with how long its answers took"""
    return answers.flows_answer(period, services().analytics.flows(organisation, period))


@_figures("/skills", SkillsSchema)
def skills(organisation: str, period: Period) -> Answer:
    """Which skills were shown to most people, and which most people lack"""
    found = services().analytics
    catalogue = services().ports.catalogues.get(organisation, BUILT_IN)
    titles = {skill_id: skill.title for skill_id, skill in catalogue.skills.items()}
    asked, lacking = found.asked_skills(organisation, period), found.lacking_skills(organisation)
    return answers.skills_answer(period, asked, lacking, titles)


@_figures("/models", ModelsSchema)
def models(organisation: str, period: Period) -> Answer:
    """How language models did: quality, latency, cost"""
    return answers.models_answer(period, services().analytics.models(organisation, period))


@_figures("/calibration", CalibrationSchema)
def calibration(organisation: str, period: Period) -> Answer:
    """How often people took what was shown with which confidence"""
    return answers.calibration_answer(period, services().analytics.calibration(organisation, period))
