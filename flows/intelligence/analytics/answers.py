"""Analytics as it is served, from what the store has counted."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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
from flows.intelligence.analytics.rates import DIGITS, rate
from flows.intelligence.analytics.reliability import by_flow, reliability


def overview(period: Period, flows: Sequence[FlowCounts], people: int, said: Feedbacks) -> dict[str, Any]:
    """All flows taken together."""
    decisions = sum(flow.decisions for flow in flows)
    degraded = sum(flow.degraded for flow in flows)
    reasons: Counter[str] = Counter()
    for flow in flows:
        reasons.update(flow.degradations)
    return {
        "period": _period(period),
        "decisions": decisions,
        "people": people,
        "degraded": rate(degraded, decisions),
        "degradations": _degradations(reasons),
        "feedback": dict(said.verdicts),
        "ratings": {"count": said.ratings, "mean": _rounded(said.mean_rating)},
        **_acceptance([flow.judged for flow in flows]),
    }


def flows_answer(period: Period, flows: Iterable[FlowCounts]) -> dict[str, Any]:
    """Each flow by itself, by name."""
    return {
        "period": _period(period),
        "flows": [
            {
                "flow": flow.flow,
                "decisions": flow.decisions,
                "degraded": rate(flow.degraded, flow.decisions),
                "degradations": _degradations(flow.degradations),
                "latencyMs": _latency(flow.latency),
                **_acceptance([flow.judged]),
            }
            for flow in sorted(flows, key=lambda flow: flow.flow)
        ],
    }


def skills_answer(
    period: Period, asked: Iterable[SkillPeople], lacking: Iterable[SkillPeople], titles: Mapping[str, str]
) -> dict[str, Any]:
    """Skills that people were shown most, and those that most people lack, of enough people only."""
    return {
        "period": _period(period),
        "leastPeople": LEAST_PEOPLE,
        "asked": [_skill(skill, titles) | {"decisions": skill.decisions} for skill in asked if _told(skill)],
        "lacking": [
            _skill(skill, titles) | {"mastery": _rounded(skill.level)} for skill in lacking if _told(skill)
        ],
    }


def models_answer(period: Period, models: Iterable[ModelCounts]) -> dict[str, Any]:
    """Each language model that was used, the most used first."""
    return {
        "period": _period(period),
        "models": [
            {
                "model": found.model,
                "observations": found.observations,
                "judged": found.judged,
                "quality": _rounded(found.quality),
                "latencyMs": _latency(found.latency),
                "costUsd": None if found.cost_usd is None else round(found.cost_usd, 6),
            }
            for found in sorted(models, key=lambda found: (-found.observations, found.model))
        ],
    }


def calibration_answer(period: Period, bins: Sequence[Bin]) -> dict[str, Any]:
    """Confidence shown against what came of it: all together, and by flow."""
    return {"period": _period(period), "overall": reliability(bins), "flows": by_flow(bins)}


def _period(period: Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def _acceptance(judged: Iterable[Judged]) -> dict[str, Any]:
    judged = list(judged)
    items = sum(found.items for found in judged)
    return {
        "acceptance": rate(sum(found.accepted for found in judged), items),
        "completion": rate(sum(found.completed for found in judged), items),
    }


def _degradations(reasons: Mapping[str, int]) -> list[dict[str, Any]]:
    ordered = sorted(reasons.items(), key=lambda found: (-found[1], found[0]))
    return [{"reason": reason, "count": count} for reason, count in ordered]


def _latency(latency: Latency | None) -> dict[str, float] | None:
    return {"p50": round(latency.p50, 1), "p95": round(latency.p95, 1)} if latency else None


def _skill(skill: SkillPeople, titles: Mapping[str, str]) -> dict[str, Any]:
    return {"skill": skill.skill, "title": titles.get(skill.skill), "people": skill.people}


def _told(skill: SkillPeople) -> bool:
    return skill.people >= LEAST_PEOPLE


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
