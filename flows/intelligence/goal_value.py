"""What each skill is worth to a goal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flows.catalogue.model import Catalogue


@dataclass(frozen=True, slots=True)
class GoalValue:
    """The worth of one skill to one goal.

    ``weight`` is the largest weight of a target that the skill is or leads to;
    ``unlocks`` is the sum of the weights of all of them.
    """

    weight: float
    unlocks: float
    targets: tuple[str, ...]


def goal_values(
    catalogue: Catalogue, targets: Mapping[str, float], needed: Iterable[str]
) -> dict[str, GoalValue]:
    """The value of each needed skill; a prerequisite inherits from all that it leads to."""
    needed = set(needed)
    leads_to: dict[str, list[str]] = {skill_id: [] for skill_id in needed}
    outside = frozenset(catalogue.skills.keys() - needed)
    for target in sorted(targets, key=lambda t: (-targets[t], t)):
        if target in needed:
            for skill_id in catalogue.closure([target], known=outside):
                leads_to[skill_id].append(target)
    return {
        skill_id: GoalValue(
            weight=max((targets[t] for t in reached), default=0.0),
            unlocks=sum(targets[t] for t in reached),
            targets=tuple(reached),
        )
        for skill_id, reached in leads_to.items()
    }
