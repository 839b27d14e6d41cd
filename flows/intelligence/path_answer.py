"""The answer of a learning path, as clients read it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flows.intelligence.confidence.path_week import WeekFeatures, readiness, stretch
from flows.intelligence.path_planner import minutes_of
from flows.intelligence.path_reasons import PathFacts, reason_for, review_reason

WeekEntry = Mapping[str, Any]  #: ``{"week": n, "learning": {skill: minutes}, "reviews": {...}}``


def compose(
    facts: PathFacts,
    weeks: Sequence[WeekEntry],
    beyond: Sequence[str],
    *,
    weeks_in_all: int,
    minutes_per_week: int,
    done: Sequence[WeekEntry] = (),
) -> dict[str, Any]:
    """Weeks, what lies beyond them, and how much of the goal they cover.

    ``done`` are weeks before these: their parts and reviews are counted, and not composed.
    """
    parts = _Parts(facts, weeks, done)
    minutes = sum(sum(week["learning"].values()) + sum(week["reviews"].values()) for week in weeks)
    return {
        "goal": {"id": facts.goal.id, "title": facts.goal.title},
        "catalogue": facts.catalogue.name,
        "weeks": weeks_in_all,
        "totalHours": _hours(minutes),
        "coverage": _coverage(facts, beyond),
        "assumedKnown": [
            {"id": skill_id, "source": source} for skill_id, source in sorted(facts.known.items())
        ],
        "path": [_week(facts, week, parts, beyond, weeks_in_all, minutes_per_week) for week in weeks],
        "beyondTimeframe": [_beyond(facts, skill_id) for skill_id in beyond],
    }


class _Parts:
    """Counts through the parts of skills that are split over weeks, first week first."""

    def __init__(self, facts: PathFacts, weeks: Sequence[WeekEntry], done: Sequence[WeekEntry]) -> None:
        self.skills = facts.catalogue.skills
        self.seen = Counter(skill_id for week in done for skill_id in week["learning"])
        self.of = Counter(skill_id for week in weeks for skill_id in week["learning"]) + self.seen
        self.reviewed = Counter(skill_id for week in done for skill_id in week["reviews"])

    def next(self, skill_id: str) -> tuple[int, list[str]]:
        """The number of the next part, from 1, and the prompts that go with it."""
        prompts, count = self.skills[skill_id].prompts, self.of[skill_id]
        index = self.seen[skill_id]
        self.seen[skill_id] += 1
        share = prompts[index * len(prompts) // count : (index + 1) * len(prompts) // count]
        return index + 1, list(share) or [prompts[index * len(prompts) // count]]

    def review_prompt(self, skill_id: str) -> str:
        """A prompt for the next review, the hardest first: it shows best what is left."""
        prompts = self.skills[skill_id].prompts
        self.reviewed[skill_id] += 1
        return prompts[-self.reviewed[skill_id] % len(prompts)]


def _week(
    facts: PathFacts,
    week: WeekEntry,
    parts: _Parts,
    beyond: Sequence[str],
    weeks_in_all: int,
    minutes_per_week: int,
) -> dict[str, Any]:
    learning, reviews = week["learning"], week["reviews"]
    skills, prompts = [], []
    for skill_id, minutes in learning.items():
        part, part_prompts = parts.next(skill_id)
        prompts += part_prompts
        skills.append(_skill(facts, skill_id, minutes, part, parts.of[skill_id]))
    review_entries = [_review(facts, s, minutes, parts) for s, minutes in reviews.items()]
    minutes = sum(learning.values()) + sum(reviews.values())
    reason, evidence = _reason(facts, week, beyond)
    features = WeekFeatures(
        readiness=readiness(facts.catalogue, learning, facts.known, facts.mastery),
        stretch=stretch(facts.catalogue, learning, facts.level),
        load=minutes / minutes_per_week,
        distance=(week["week"] - 1) / weeks_in_all,
    )
    return {
        "id": f"week-{week['week']}",
        "week": week["week"],
        "focus": _focus(facts, learning),
        "skills": skills,
        "reviews": review_entries,
        "prompts": prompts or [entry["prompt"] for entry in review_entries],
        "hours": _hours(minutes),
        "confidence": features.confidence(),
        "reason": reason,
        "evidence": list(dict.fromkeys(evidence)),
    }


def _skill(facts: PathFacts, skill_id: str, minutes: int, part: int, parts: int) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": skill_id,
        "title": facts.catalogue.skills[skill_id].title,
        "hours": _hours(minutes),
    }
    if parts > 1:
        entry["part"] = {"number": part, "of": parts}
    return entry


def _review(facts: PathFacts, skill_id: str, minutes: int, parts: _Parts) -> dict[str, Any]:
    return {
        "id": skill_id,
        "title": facts.catalogue.skills[skill_id].title,
        "hours": _hours(minutes),
        "prompt": parts.review_prompt(skill_id),
    }


def _focus(facts: PathFacts, learning: Mapping[str, int]) -> str:
    """The skill that takes half of the learning or more, else the subject that takes most."""
    if not learning:
        return "Review"
    lead = _lead(learning)
    if 2 * learning[lead] >= sum(learning.values()):
        return facts.catalogue.skills[lead].title
    areas: Counter[str] = Counter()
    for skill_id, minutes in learning.items():
        areas[facts.catalogue.skills[skill_id].area] += minutes
    return facts.catalogue.area_title(areas.most_common(1)[0][0])


def _lead(learning: Mapping[str, int]) -> str:
    return max(learning, key=lambda skill_id: learning[skill_id])


def _reason(facts: PathFacts, week: WeekEntry, beyond: Sequence[str]) -> tuple[str, list[str]]:
    if week["learning"]:
        return reason_for(facts, _lead(week["learning"]), week["week"])
    reviewed = list(week["reviews"])
    titles = [facts.catalogue.skills[skill_id].title for skill_id in reviewed]
    finished = [facts.finished_in[skill_id] for skill_id in reviewed]
    return review_reason(titles, finished, all_planned=not beyond)


def _beyond(facts: PathFacts, skill_id: str) -> dict[str, Any]:
    skill = facts.catalogue.skills[skill_id]
    return {
        "id": skill_id,
        "title": skill.title,
        "hours": _hours(minutes_of(facts.catalogue, skill_id)),
        "weight": round(facts.values[skill_id].weight, 3),
    }


def _coverage(facts: PathFacts, beyond: Sequence[str]) -> float:
    """Share of the goal's weight whose targets are known or planned, 0 to 1."""
    missed = sum(facts.goal.skills.get(skill_id, 0.0) for skill_id in beyond)
    covered = 1 - missed / sum(facts.goal.skills.values())
    return (
        round(max(covered, 0.0), 3) + 0.0
    )  # The sums may differ by a rounding error, and -0.0 is a number too.


def _hours(minutes: int) -> float:
    return round(minutes / 60, 2)
