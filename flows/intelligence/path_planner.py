"""The learning path: what to learn in which week to get to a goal.

Prerequisites come first, no week exceeds its hours, and what does not fit is named. When all
that is needed fits into the time, all of it is planned and reviews take what is left; when it
does not, reviews keep their place and the least valuable skills go.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.catalogue.model import Catalogue
from flows.intelligence.goal_value import GoalValue
from flows.intelligence.ordering import in_learning_order
from flows.intelligence.selection import select
from flows.intelligence.week_plan import Pacing, Week, fill_weeks

#: Tried in this order when everything fits by the hour: the first that loses nothing wins.
PACINGS = (Pacing(), Pacing(reviews=False), Pacing(reviews=False, avoid_slivers=False))
ATTEMPTS = 4  #: How often fewer skills are tried before the pacing is loosened.


@dataclass(frozen=True, slots=True)
class Plan:
    """Weeks with something in them, and the needed skills that did not fit."""

    weeks: tuple[Week, ...]
    planned: tuple[str, ...]
    beyond: tuple[str, ...]


def plan_path(
    catalogue: Catalogue,
    targets: Mapping[str, float],
    values: Mapping[str, GoalValue],
    *,
    weeks: int,
    minutes_per_week: int,
    minutes: Mapping[str, int] | None = None,
) -> Plan:
    """Plan the skills that ``values`` covers (the needed ones) into ``weeks`` weeks.

    ``minutes`` has what each of them takes, where that is not what the catalogue says.
    Deterministic: equal arguments give equal plans.
    """
    minutes = minutes or {skill_id: minutes_of(catalogue, skill_id) for skill_id in values}
    capacity = weeks * minutes_per_week
    everything_fits = sum(minutes.values()) <= capacity
    for pacing in PACINGS:
        room = capacity
        for _ in range(1 if everything_fits else ATTEMPTS):
            chosen = select(catalogue, targets, values, minutes, room)
            order = in_learning_order(catalogue, chosen, values)
            filled, overflow = fill_weeks(
                catalogue, order, minutes, weeks=weeks, budget=minutes_per_week, pacing=pacing
            )
            if not overflow:
                return _plan(filled, order, values)
            room = sum(minutes[skill_id] for skill_id in chosen) - overflow
    raise AssertionError("the loosest pacing wastes no minute, so what was selected fits")


def _plan(filled: list[Week], order: list[str], values: Mapping[str, GoalValue]) -> Plan:
    planned = set(order)
    beyond = sorted(
        (skill_id for skill_id in values if skill_id not in planned),
        key=lambda skill_id: (-values[skill_id].weight, -values[skill_id].unlocks, skill_id),
    )
    return Plan(tuple(week for week in filled if week.minutes), tuple(order), tuple(beyond))


def minutes_in_a_week(hours: float) -> int:
    """Whole minutes in so many hours, never more; a rounding error of the hours costs no minute."""
    return int(hours * 60 + 1e-6)


def minutes_of(catalogue: Catalogue, skill_id: str) -> int:
    """Minutes that learning a skill takes."""
    return max(1, round(catalogue.skills[skill_id].hours * 60))
