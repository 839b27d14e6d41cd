"""Which skills to take when not all of them fit into the time there is.

The goal's weights decide: the heaviest target that still fits comes first, with all that it
needs; among equals the one that costs least, where what was chosen before costs nothing. A
choice by weight per hour would cover more of the sum of weights, but it fills the path with
small things and leaves the skill out that the goal is about.
"""

import heapq
from collections.abc import Mapping

from flows.catalogue.model import Catalogue
from flows.intelligence.goal_value import GoalValue


def select(
    catalogue: Catalogue,
    targets: Mapping[str, float],
    values: Mapping[str, GoalValue],
    minutes: Mapping[str, int],
    capacity: int,
) -> set[str]:
    """Needed skills that fit into ``capacity`` minutes, closed under prerequisites.

    ``values`` and ``minutes`` cover exactly the needed skills. First whole targets by weight
    and cost, then single skills towards targets that do not fit as a whole.
    """
    if sum(minutes.values()) <= capacity:
        return set(minutes)
    chosen = _whole_targets(targets, values, minutes, capacity)
    left = capacity - sum(minutes[skill_id] for skill_id in chosen)
    return chosen | _single_skills(catalogue, values, minutes, chosen, left)


def _whole_targets(
    targets: Mapping[str, float],
    values: Mapping[str, GoalValue],
    minutes: Mapping[str, int],
    capacity: int,
) -> set[str]:
    members: dict[str, list[str]] = {t: [] for t in targets if t in minutes}
    for skill_id, value in values.items():
        for target in value.targets:
            members[target].append(skill_id)
    cost = {target: sum(minutes[s] for s in skills) for target, skills in members.items()}
    chosen: set[str] = set()
    left = capacity
    while True:
        # A target that costs more than what is left never fits again: whatever else is
        # chosen lowers its cost by no more than it lowers what is left.
        cost = {t: c for t, c in cost.items() if 0 < c <= left}
        if not cost:
            return chosen
        best = min(cost, key=lambda t: (-targets[t], cost[t], t))
        left -= cost[best]
        for skill_id in members[best]:
            if skill_id not in chosen:
                chosen.add(skill_id)
                for target in values[skill_id].targets:
                    if target in cost:
                        cost[target] -= minutes[skill_id]


def _single_skills(
    catalogue: Catalogue,
    values: Mapping[str, GoalValue],
    minutes: Mapping[str, int],
    chosen: set[str],
    left: int,
) -> set[str]:
    missing = {
        s: sum(p in minutes and p not in chosen for p in catalogue.skills[s].prerequisites)
        for s in minutes
        if s not in chosen
    }

    def urgency(skill_id: str) -> tuple[float, float, str]:
        return -values[skill_id].weight, -values[skill_id].unlocks / minutes[skill_id], skill_id

    ready = [urgency(skill_id) for skill_id, count in missing.items() if not count]
    heapq.heapify(ready)
    taken: set[str] = set()
    while ready:
        skill_id = heapq.heappop(ready)[-1]
        if minutes[skill_id] > left:
            continue
        taken.add(skill_id)
        left -= minutes[skill_id]
        for dependent in catalogue.dependents[skill_id]:
            if dependent in missing:
                missing[dependent] -= 1
                if not missing[dependent]:
                    heapq.heappush(ready, urgency(dependent))
    return taken
