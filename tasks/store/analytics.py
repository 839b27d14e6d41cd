"""Counting for analytics in the durable store: one organisation, one period, added up in SQL.

Percentiles are by nearest rank. No answer has more rows than there are flows, models, tenths or
the limits below, however many decisions there are.
"""

import json
from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, FromClause, Select, case, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Integer, Text

from flows.intelligence.analytics.model import (
    LEAST_PEOPLE,
    Bin,
    Feedbacks,
    FlowCounts,
    Judged,
    Latency,
    ModelCounts,
    SkillPeople,
)
from flows.intelligence.analytics.period import Period
from flows.intelligence.analytics.reliability import BINS
from flows.signals.feedback import Verdict
from tasks.store.database import answering, reading
from tasks.store.outcomes import judged_items
from tasks.store.tables import decisions, mastery, model_observations, outcomes

MOST_SKILLS = 20
MOST_MODELS = 100
MOST_REASONS = 1000  #: Different sets of reasons by flow; the rarest are left out.
LACKING_BELOW = 0.5  #: Mastery under which a skill counts as lacking.
NO_REASON = "[]"

_d, _o = decisions.c, outcomes.c


class Analytics:
    """Counts of one organisation's decisions and outcomes; every method raises PortUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._reads = reading(engine)

    def flows(self, organisation: str, period: Period) -> list[FlowCounts]:
        """Every flow with a decision or with feedback in the period, by name."""
        with answering(), self._reads.connect() as connection:
            counts = _volumes(connection, organisation, period)
            reasons = _reasons(connection, organisation, period)
            latency = _latency(connection, _d.flow, _d.total_ms, _decided(organisation, period))
            judged = _judged(connection, organisation, period)
        return [
            FlowCounts(
                flow=flow,
                decisions=counts[flow],
                degraded=reasons[flow][""],
                latency=latency.get(flow),
                judged=judged.get(flow, Judged()),
                degradations={reason: n for reason, n in reasons[flow].items() if reason},
            )
            for flow in sorted(counts.keys() | judged.keys())
        ]

    def people(self, organisation: str, period: Period) -> int:
        """How many people were answered."""
        query = select(func.count(_d.user_pseudonym.distinct())).where(*_decided(organisation, period))
        with answering(), self._reads.connect() as connection:
            return connection.execute(query).scalar_one()

    def feedback(self, organisation: str, period: Period) -> Feedbacks:
        """What was said in the period."""
        in_period = _within(_o.organisation_id, _o.at, organisation, period)
        by_verdict = select(_o.outcome, func.count()).where(*in_period).group_by(_o.outcome)
        rated = select(func.count(_o.rating), func.avg(_o.rating)).where(*in_period)
        with answering(), self._reads.connect() as connection:
            counts = {row[0]: row[1] for row in connection.execute(by_verdict)}
            ratings, mean = connection.execute(rated).one()
        verdicts = {verdict.value: counts.get(verdict.value, 0) for verdict in Verdict}
        mean_rating = None if mean is None else float(mean)
        return Feedbacks(verdicts=verdicts, ratings=ratings, mean_rating=mean_rating)

    def asked_skills(self, organisation: str, period: Period) -> list[SkillPeople]:
        """The skills shown to most people in the period, and to three at least."""
        with answering(), self._reads.connect() as connection:
            skill = _skills(connection)
            people = func.count(_d.user_pseudonym.distinct())
            query = (
                select(skill.c.value, people, func.count())
                .select_from(decisions.join(skill, onclause=_always()))
                .where(*_decided(organisation, period))
                .group_by(skill.c.value)
                .having(people >= LEAST_PEOPLE)
                .order_by(people.desc(), func.count().desc(), skill.c.value)
                .limit(MOST_SKILLS)
            )
            rows = connection.execute(query).all()
        return [SkillPeople(skill=name, people=n, decisions=shown) for name, n, shown in rows]

    def lacking_skills(self, organisation: str) -> list[SkillPeople]:
        """The skills that most people were seen with and do not master as of now, three at least."""
        m, people = mastery.c, func.count()
        query = (
            select(m.skill_id, people, func.avg(m.level))
            .where(m.organisation_id == organisation, m.level < LACKING_BELOW)
            .group_by(m.skill_id)
            .having(people >= LEAST_PEOPLE)
            .order_by(people.desc(), func.avg(m.level), m.skill_id)
            .limit(MOST_SKILLS)
        )
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(query).all()
        return [SkillPeople(skill=name, people=n, level=float(level)) for name, n, level in rows]

    def models(self, organisation: str, period: Period) -> list[ModelCounts]:
        """The language models observed most in the period."""
        m = model_observations.c
        in_period = _within(m.organisation_id, m.at, organisation, period)
        counted = (func.count(), func.count(m.quality), func.avg(m.quality), func.avg(m.cost_usd))
        query = select(m.model, *counted).where(*in_period).group_by(m.model)
        most = query.order_by(func.count().desc(), m.model).limit(MOST_MODELS)
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(most).all()
            latency = _latency(connection, m.model, m.latency_ms, in_period)
        return [
            ModelCounts(
                model=model,
                observations=count,
                latency=latency[model],
                quality=quality,
                judged=judged,
                cost_usd=cost,
            )
            for model, count, judged, quality, cost in rows
        ]

    def calibration(self, organisation: str, period: Period) -> list[Bin]:
        """Items with feedback in the period, by flow and by the tenth of the confidence shown."""
        item = judged_items(organisation, period.start, period.end).subquery().c
        # CAST rounds in PostgreSQL, and floor() is not in every build of SQLite.
        tenth = sum(
            (case((item.confidence >= n / BINS, 1), else_=0) for n in range(1, BINS)), 0 * item.accepted
        )
        distance = item.confidence - item.accepted
        sums = (func.sum(item.accepted), func.sum(item.confidence), func.sum(distance * distance))
        query = (
            select(item.flow, tenth.label("tenth"), func.count(), *sums)
            .where(item.confidence.is_not(None), item.flow.is_not(None))
            .group_by(item.flow, "tenth")
            .order_by(item.flow, "tenth")
        )
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(query).all()
        return [
            Bin(flow, n, items, int(taken), conf, squares) for flow, n, items, taken, conf, squares in rows
        ]


def _within(
    owner: Column[str], at: Column[Any], organisation: str, period: Period
) -> tuple[ColumnElement[bool], ...]:
    return owner == organisation, at >= period.start, at < period.end


def _decided(organisation: str, period: Period) -> tuple[ColumnElement[bool], ...]:
    return _within(_d.organisation_id, _d.at, organisation, period)


def _volumes(connection: Connection, organisation: str, period: Period) -> Counter[str]:
    query = select(_d.flow, func.count()).where(*_decided(organisation, period)).group_by(_d.flow)
    return Counter({row[0]: row[1] for row in connection.execute(query)})


def _reasons(connection: Connection, organisation: str, period: Period) -> defaultdict[str, Counter[str]]:
    """By flow how many answers have each reason, and under the empty one how many have any."""
    reasons = cast(_d.degraded, Text)
    in_period = _decided(organisation, period)
    query = select(_d.flow, reasons, func.count()).where(*in_period, reasons != NO_REASON)
    most = (
        query.group_by(_d.flow, reasons).order_by(func.count().desc(), _d.flow, reasons).limit(MOST_REASONS)
    )
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for flow, text, count in connection.execute(most):
        for reason in {"", *json.loads(text)}:
            found[flow][reason] += count
    return found


def _judged(connection: Connection, organisation: str, period: Period) -> dict[str, Judged]:
    item = judged_items(organisation, period.start, period.end).subquery().c
    query = select(item.flow, func.count(), func.sum(item.accepted), func.sum(item.completed))
    rows = connection.execute(query.where(item.flow.is_not(None)).group_by(item.flow))
    return {flow: Judged(items, int(accepted), int(completed)) for flow, items, accepted, completed in rows}


def _latency(
    connection: Connection, by: Column[str], ms: Column[Any], where: tuple[ColumnElement[bool], ...]
) -> dict[str, Latency]:
    """Percentiles of a column by another one."""
    place = func.row_number().over(partition_by=by, order_by=ms).label("place")
    ranked = select(by.label("name"), ms.label("ms"), place).where(*where, ms.is_not(None)).subquery().c
    count = func.count().over(partition_by=ranked.name).label("count")
    counted = select(ranked.name, ranked.ms, ranked.place, count).subquery().c
    query: Select[Any] = select(
        counted.name,
        *(
            # The nearest rank is ceil(share * count), in whole numbers.
            func.min(case((counted.place * 100 >= counted.count * percent, counted.ms)))
            for percent in (50, 95)
        ),
    ).group_by(counted.name)
    return {name: Latency(p50, p95) for name, p50, p95 in connection.execute(query)}


def _skills(connection: Connection) -> FromClause:
    """The skills of a decision as rows, in a column ``value``."""
    if connection.dialect.name == "sqlite":
        return func.json_each(_d.skills).table_valued("value", name="skill")
    listed = func.jsonb_array_elements_text(cast(cast(_d.skills, Text), JSONB))
    return listed.table_valued("value", name="skill").render_derived()


def _always() -> ColumnElement[bool]:
    return cast(1, Integer) == 1
