"""Which skills a quiz should ask about: what is wanted, weighed by how near it is and how unsure.

A skill counts by its weight in the goal, divided by its distance from the target: a prerequisite
of a prerequisite tells less about it. The doubt about a skill is the standard deviation of a
mastery estimated from so many observations (a proportion: sqrt(p (1 - p) / (n + 1))), so the
first question about a skill tells more than the fourth. Taking what is worth most, one question
after the other, is the greedy form of Neyman's allocation (Neyman 1934).
"""

from collections import deque
from collections.abc import Mapping
from math import sqrt

from flows.catalogue.model import Catalogue
from flows.intelligence.mastery import Mastery

UNSEEN = Mastery(level=0.5, observations=0)  #: Of a skill nobody has seen the person practise.
SURE_SPREAD = 0.09  #: p (1 - p) is taken for no less: also 20 of 20 leaves room for doubt.


def nearness(catalogue: Catalogue, targets: Mapping[str, float]) -> dict[str, float]:
    """The weight of each target and of all it needs, in (0, 1], by skill id in catalogue order."""
    found: dict[str, float] = {}
    for target, weight in targets.items():
        for skill_id, steps in distances(catalogue, target).items():
            found[skill_id] = max(found.get(skill_id, 0.0), weight / (1 + steps))
    return {skill_id: found[skill_id] for skill_id in catalogue.skills if skill_id in found}


def distances(catalogue: Catalogue, target: str) -> dict[str, int]:
    """Fewest steps from a skill down to each one that it needs; 0 for itself."""
    steps = {target: 0}
    queue = deque([target])
    while queue:
        skill_id = queue.popleft()
        for prerequisite in catalogue.skills[skill_id].prerequisites:
            if prerequisite not in steps:
                steps[prerequisite] = steps[skill_id] + 1
                queue.append(prerequisite)
    return steps


def doubt(seen: Mastery, asked: int) -> float:
    """How unsure the mastery of a skill is once the quiz asks so many questions about it."""
    spread = max(seen.level * (1 - seen.level), SURE_SPREAD)
    return sqrt(spread / (seen.observations + asked + 1))
