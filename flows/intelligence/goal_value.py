"""What each skill is worth to a goal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    needed = frozenset(needed)
    by_weight = sorted(needed & targets.keys(), key=lambda t: (-targets[t], t))
    leads_to = _leads_to(catalogue, by_weight, needed)
    values = {}
    for skill_id, mask in leads_to.items():
        reached = tuple(_members(by_weight, mask))
        values[skill_id] = GoalValue(
            weight=targets[reached[0]] if reached else 0.0,
            unlocks=sum([targets[target] for target in reached]),
            targets=reached,
        )
    return values


def _leads_to(catalogue: Catalogue, targets: Sequence[str], needed: frozenset[str]) -> dict[str, int]:
    """For each needed skill the targets that it is or leads to, as bits in the order of ``targets``.

    Sets as bits of an integer: the union over all dependents is one operation.
    """
    own = {target: 1 << index for index, target in enumerate(targets)}
    masks: dict[str, int] = {}
    for skill_id in reversed(catalogue.prerequisites_first):
        if skill_id in needed:
            mask = own.get(skill_id, 0)
            for dependent in catalogue.dependents[skill_id]:
                mask |= masks.get(dependent, 0)
            masks[skill_id] = mask
    return masks


def _members(targets: Sequence[str], mask: int) -> Iterator[str]:
    while mask:
        lowest = mask & -mask
        yield targets[lowest.bit_length() - 1]
        mask ^= lowest
