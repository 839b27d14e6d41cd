"""Courses that a person may take, each with its contract and a reason made of true facts.

Evidence ids are ``kind:id``: ``contract:<id>``, ``seat:<contract>`` (the person has one),
``mastery:<skill>`` (observed), ``skill:<skill>`` (what the course teaches) and ``goal:<goal>``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.catalogue.model import Catalogue, Goal
from flows.intelligence.entitlements.compliance import compliance
from flows.intelligence.entitlements.model import Contract, EntitlementSnapshot
from flows.intelligence.entitlements.policy import USE_IT_WITHIN_DAYS, days_left, priority
from flows.intelligence.known import MASTERED_LEVEL, is_mastered
from flows.intelligence.mastery import Mastery


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFacts:
    """All that an answer may draw on. ``now`` is aware; ``goal`` is None when none was named."""

    snapshot: EntitlementSnapshot
    mastery: Mapping[str, Mastery]
    catalogue: Catalogue
    goal: Goal | None
    now: datetime


def rank_courses(
    candidates: Sequence[Mapping[str, Any]], snapshot: EntitlementSnapshot
) -> list[Mapping[str, Any]]:
    """Entitled candidates, soonest to expire first; ties by course, then by id."""
    ends = {contract.id: contract.expires_at for contract in snapshot.licences.contracts}
    return sorted(candidates, key=lambda c: (ends[c["contract"]], c["course"], c["id"]))


def compose(facts: CourseFacts, ranked: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The answer: courses to take, courses whose skill is mastered, mandatory training."""
    known_as_of = facts.snapshot.licences.known_as_of
    contracts = {contract.id: contract for contract in facts.snapshot.licences.contracts}
    chosen = [(candidate["id"], contracts[candidate["contract"]]) for candidate in ranked]
    return {
        "recommendations": [_course(facts, id_, c) for id_, c in chosen if not _masters(facts, c)],
        "alreadyMastered": [_left_out(facts, id_, c) for id_, c in chosen if _masters(facts, c)],
        "compliance": compliance(facts.snapshot, facts.now),
        "asOf": facts.snapshot.licences.as_of.isoformat(timespec="seconds"),
        "entitlementsAsOf": known_as_of and known_as_of.isoformat(timespec="seconds"),
    }


def _masters(facts: CourseFacts, contract: Contract) -> bool:
    seen = facts.mastery.get(contract.skill) if contract.skill else None
    return seen is not None and is_mastered(seen)


def _course(facts: CourseFacts, item: str, contract: Contract) -> dict[str, Any]:
    parts = [_availability(facts, contract), _gap(facts, contract), _purpose(facts, contract)]
    return {
        "id": item,
        "course": contract.course,
        "skill": contract.skill,
        "reason": " ".join(text for text, _ in parts if text),
        "evidence": [evidence for _, ids in parts for evidence in ids],
        "contractInfo": {
            "contractId": contract.id,
            "seatsAvailable": contract.seats_available,
            "seatHeld": contract.id in facts.snapshot.seats_held,
            "expiresAt": contract.last_day.isoformat(),
            "daysLeft": days_left(contract, facts.now),
            "priority": priority(contract, facts.snapshot, facts.now),
        },
    }


def _left_out(facts: CourseFacts, item: str, contract: Contract) -> dict[str, Any]:
    assert contract.skill is not None  # Nobody masters what has no skill.
    title, seen = _title(facts, contract.skill), facts.mastery[contract.skill]
    return {
        "id": item,
        "course": contract.course,
        "skill": contract.skill,
        "reason": f"You master {title} already (mastery {_said(seen)}).",
        "evidence": [f"mastery:{contract.skill}"],
    }


def _availability(facts: CourseFacts, contract: Contract) -> tuple[str, list[str]]:
    """When it ends, and what there is to take."""
    left = days_left(contract, facts.now)
    if left > USE_IT_WITHIN_DAYS:
        ends = f"Expires on {contract.last_day.isoformat()}"
    else:
        ends = {0: "Expires today", 1: "Expires tomorrow"}.get(left, f"Expires in {left} days")
    evidence = [f"contract:{contract.id}"]
    if contract.id in facts.snapshot.seats_held:
        return f"{ends}; you have a seat.", [*evidence, f"seat:{contract.id}"]
    free = contract.seats_available
    return f"{ends}; {free} of {contract.seats} seats {'is' if free == 1 else 'are'} free.", evidence


def _gap(facts: CourseFacts, contract: Contract) -> tuple[str, list[str]]:
    """What the person lacks of the skill, as far as anything was observed."""
    if contract.skill is None or contract.skill not in facts.mastery:
        return "", []
    title, seen = _title(facts, contract.skill), facts.mastery[contract.skill]
    if seen.level >= MASTERED_LEVEL:
        return f"First signs of {title} are strong (mastery {_said(seen)}).", [f"mastery:{contract.skill}"]
    text = f"Your mastery of {title} is {_said(seen)}; {MASTERED_LEVEL:.2f} counts as mastered."
    return text, [f"mastery:{contract.skill}"]


def _purpose(facts: CourseFacts, contract: Contract) -> tuple[str, list[str]]:
    """What the course does for the goal that the request named."""
    goal, skill = facts.goal, contract.skill
    if goal is None or skill is None:
        return "", []
    if skill in goal.skills:
        return f"It teaches a skill of the goal {goal.title}.", [f"skill:{skill}", f"goal:{goal.id}"]
    known = skill in facts.catalogue.skills and skill in facts.catalogue.closure(goal.skills)
    if known:
        text = f"The goal {goal.title} needs {_title(facts, skill)} on the way."
        return text, [f"skill:{skill}", f"goal:{goal.id}"]
    return "", []


def _title(facts: CourseFacts, skill_id: str) -> str:
    """The skill's title, or its id where the catalogue does not have it."""
    skill = facts.catalogue.skills.get(skill_id)
    return skill.title if skill else skill_id


def _said(seen: Mastery) -> str:
    times = "observation" if seen.observations == 1 else "observations"
    return f"{seen.level:.2f} from {seen.observations} {times}"
