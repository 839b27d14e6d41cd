"""Which skills stay in a path whose time or needs have changed.

What was planned stays, with what it now needs, as long as it fits; else the goal's weights decide
among it, as they did at first. What is left of the time goes to the other needed skills.
"""

from collections.abc import Set

from flows.intelligence.goal_value import goal_values
from flows.intelligence.replanning.model import Remainder
from flows.intelligence.selection import select


def choose(rest: Remainder, capacity: int) -> set[str]:
    """Needed skills that fit into ``capacity`` minutes together, closed under prerequisites."""
    known = frozenset(rest.catalogue.skills.keys() - rest.minutes.keys())
    before = rest.catalogue.closure(rest.planned_before(), known=known)
    chosen = _select(rest, before, capacity)
    left = capacity - sum(rest.minutes[skill] for skill in chosen)
    return chosen | _select(rest, rest.minutes.keys() - chosen, left)


def _select(rest: Remainder, among: Set[str], capacity: int) -> set[str]:
    minutes = {skill: rest.minutes[skill] for skill in rest.minutes if skill in among}
    values = goal_values(rest.catalogue, rest.targets, minutes)
    return select(rest.catalogue, rest.targets, values, minutes, capacity)
