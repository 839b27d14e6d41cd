"""The order in which chosen skills are learned.

List scheduling over the prerequisite graph: of the skills whose prerequisites are done, stay
in the subject at hand while it has one, and take what is worth most to the goal per hour
(Smith's rule for the least weighted completion time). So related skills stay together, and
no prerequisite comes after what needs it.
"""

import heapq
from collections.abc import Mapping, Set

from flows.catalogue.model import Catalogue
from flows.intelligence.goal_value import GoalValue


def in_learning_order(catalogue: Catalogue, chosen: Set[str], values: Mapping[str, GoalValue]) -> list[str]:
    """The chosen skills in order; deterministic. ``chosen`` is closed under needed prerequisites."""
    missing = {s: sum(p in chosen for p in catalogue.skills[s].prerequisites) for s in chosen}
    ready: dict[str, list[tuple[float, str]]] = {}

    def make_ready(skill_id: str) -> None:
        skill = catalogue.skills[skill_id]
        worth = values[skill_id].unlocks / skill.hours
        heapq.heappush(ready.setdefault(skill.area, []), (-worth, skill_id))

    for skill_id, count in missing.items():
        if not count:
            make_ready(skill_id)
    order: list[str] = []
    area = ""
    while ready:
        if area not in ready:
            area = min(ready, key=lambda name: ready[name][0])
        _, skill_id = heapq.heappop(ready[area])
        if not ready[area]:
            del ready[area]
        order.append(skill_id)
        for dependent in catalogue.dependents[skill_id]:
            if dependent in missing:
                missing[dependent] -= 1
                if not missing[dependent]:
                    make_ready(dependent)
    return order
