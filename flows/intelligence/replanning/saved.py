"""A saved path planned anew: from its plan and what is known now to its next plan."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.catalogue.model import Catalogue
from flows.intelligence.goal_value import goal_values
from flows.intelligence.known import known_skills
from flows.intelligence.mastery import Mastery
from flows.intelligence.path_answer import compose
from flows.intelligence.path_planner import minutes_in_a_week, minutes_of
from flows.intelligence.path_reasons import PathFacts
from flows.intelligence.replanning.model import Layout, Remainder, totals
from flows.intelligence.replanning.moves import Move
from flows.intelligence.replanning.replan import Replan, replan
from flows.saved_path import SavedPath


@dataclass(frozen=True, slots=True)
class Change:
    """The first week to plan, and the weeks and the hours a week of the whole path from now on."""

    first: int
    weeks: int
    hours_per_week: float


@dataclass(frozen=True, slots=True)
class Replanned:
    """The next request and plan of a path, and what became of skills that were not done.

    ``added`` are planned and were not, ``not_needed`` were planned and are not needed any more.
    """

    request: dict[str, Any]
    plan: dict[str, Any]
    moves: tuple[Move, ...]
    added: tuple[str, ...]
    not_needed: tuple[str, ...]


def replan_saved(
    path: SavedPath, change: Change, catalogue: Catalogue, mastery: Mapping[str, Mastery]
) -> Replanned:
    """Plan all weeks from ``change.first`` on anew; weeks that are done stay as they are.

    Raises UnknownName when the catalogue has no such goal any more.
    """
    weeks = path.plan["path"]
    done = [week for week in weeks if week["week"] in path.done_weeks]
    learned = _learned(catalogue, done)
    known = _known(path, catalogue, mastery)
    rest = remainder(path, change, catalogue, mastery)
    replanned = replan(rest, learned, unchanged=_is_unchanged(path, change, rest))
    before = list(dict.fromkeys(skill for skills in rest.learning.values() for skill in skills))
    now = dict.fromkeys(skill for skills in replanned.learning.values() for skill in skills)
    own = {"weeks": change.weeks, "hoursPerWeek": change.hours_per_week}
    request = {**path.request, **own, "catalogueRevision": catalogue.revision}
    return Replanned(
        request=request,
        plan=_plan(request, rest, replanned, done, known, mastery),
        moves=replanned.moves,
        added=tuple(skill for skill in now if skill not in before),
        not_needed=tuple(skill for skill in before if skill not in rest.minutes),
    )


def _known(path: SavedPath, catalogue: Catalogue, mastery: Mapping[str, Mastery]) -> dict[str, str]:
    goal = path.request["goal"]
    return known_skills(
        catalogue,
        level=path.request["currentSkill"],
        stated=path.request.get("knownSkills"),
        mastery=mastery,
        asked_for=None if goal in catalogue.goals else goal,
    )


def _learned(catalogue: Catalogue, done: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The skills that the done weeks finish, with the last week of each. A skill that was not split
    is finished, whatever its hours are by now.
    """
    spent = totals(_layout(done, "skills"))
    last = {entry["id"]: week["week"] for week in done for entry in week["skills"]}
    whole = {entry["id"] for week in done for entry in week["skills"] if "part" not in entry}
    return {
        skill: week
        for skill, week in last.items()
        if skill in catalogue.skills and (skill in whole or spent[skill] >= minutes_of(catalogue, skill))
    }


def remainder(
    path: SavedPath, change: Change, catalogue: Catalogue, mastery: Mapping[str, Mastery]
) -> Remainder:
    """What is left of a path when the done weeks and all that is known by now are taken off.

    Raises UnknownName when the catalogue has no such goal any more.
    """
    done = [week for week in path.plan["path"] if week["week"] in path.done_weeks]
    open_ = [week for week in path.plan["path"] if week["week"] not in path.done_weeks]
    known = _known(path, catalogue, mastery).keys() | _learned(catalogue, done).keys()
    targets = catalogue.goal(path.request["goal"]).skills
    needed = catalogue.closure(targets, known=frozenset(known))
    spent = totals(_layout(done, "skills"))
    minutes = {s: minutes_of(catalogue, s) - spent[s] for s in catalogue.skills if s in needed}
    return Remainder(
        catalogue=catalogue,
        targets=targets,
        minutes=minutes,
        values=goal_values(catalogue, targets, needed),
        learning=_layout(open_, "skills"),
        reviews=_layout(open_, "reviews"),
        done=_layout(done, "skills"),
        done_reviews=_layout(done, "reviews"),
        first=change.first,
        last=change.weeks,
        budget=minutes_in_a_week(change.hours_per_week),
    )


def _layout(weeks: Iterable[Mapping[str, Any]], part: str) -> Layout:
    """Minutes by week and skill, from hours that were rounded to less than half a minute."""
    return {week["week"]: {entry["id"]: round(entry["hours"] * 60) for entry in week[part]} for week in weeks}


def _is_unchanged(path: SavedPath, change: Change, rest: Remainder) -> bool:
    """True when the old plan still answers what is asked, with what is known by now."""
    planned = totals(rest.learning)
    beyond = {entry["id"] for entry in path.plan["beyondTimeframe"]}
    return (
        (change.weeks, change.hours_per_week) == (path.request["weeks"], path.request["hoursPerWeek"])
        and rest.catalogue.revision == path.request["catalogueRevision"]
        and min(rest.learning, default=change.first) >= change.first
        and rest.minutes.keys() == planned.keys() | beyond
        and all(rest.minutes[skill] == minutes for skill, minutes in planned.items())
    )


def _plan(
    request: Mapping[str, Any],
    rest: Remainder,
    replanned: Replan,
    done: Sequence[Mapping[str, Any]],
    known: Mapping[str, str],
    mastery: Mapping[str, Mastery],
) -> dict[str, Any]:
    """The next plan: the done weeks word for word, and the others as every answer has them."""
    weeks = _entries(replanned.learning, replanned.reviews)
    facts = _facts(request, rest, replanned, known, mastery)
    plan = compose(
        facts,
        weeks,
        replanned.beyond,
        weeks_in_all=rest.last,
        minutes_per_week=rest.budget,
        done=_entries(rest.done, rest.done_reviews),
    )
    learned = {entry["id"] for week in done for entry in week["skills"]} - rest.minutes.keys()
    plan["assumedKnown"] = [entry for entry in plan["assumedKnown"] if entry["id"] not in learned]
    plan["path"] = [*done, *plan["path"]]
    plan["totalHours"] = round(sum(round(week["hours"] * 60) for week in plan["path"]) / 60, 2)
    return plan


def _entries(learning: Layout, reviews: Layout) -> list[dict[str, Any]]:
    return [
        {"week": week, "learning": learning.get(week, {}), "reviews": reviews.get(week, {})}
        for week in sorted(learning.keys() | reviews.keys())
    ]


def _facts(
    request: Mapping[str, Any],
    rest: Remainder,
    replanned: Replan,
    known: Mapping[str, str],
    mastery: Mapping[str, Mastery],
) -> PathFacts:
    """What the reasons of the open weeks draw on; the done weeks are earlier weeks of this path."""
    weeks = sorted({**rest.done, **replanned.learning}.items())
    relevant = rest.catalogue.closure(rest.targets)
    return PathFacts(
        catalogue=rest.catalogue,
        goal=rest.catalogue.goal(request["goal"]),
        level=request["currentSkill"],
        known={s: why for s, why in known.items() if s in relevant},
        mastery=mastery,
        values=rest.values,
        started_in={skill: week for week, skills in reversed(weeks) for skill in skills},
        finished_in={skill: week for week, skills in weeks for skill in skills},
    )
