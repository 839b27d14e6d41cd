"""What a person seems to be after: the goals that their practice of late points to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import sqrt

from flows.catalogue.model import Catalogue

LEAST_SKILLS = 2  #: One skill belongs to too many goals to point to any of them.


@dataclass(frozen=True, slots=True)
class LikelyGoal:
    """A goal, how well practice points to it (0 to 1), and the target skills that do."""

    id: str
    likeness: float
    skills: tuple[str, ...]


def likely_goals(catalogue: Catalogue, practised: Collection[str], limit: int = 3) -> tuple[LikelyGoal, ...]:
    """Goals by the likeness of their targets to what was practised, the likeliest first.

    The likeness is the cosine between the goal's weights and the practised skills, each counting
    one: so a goal gains by what was practised for it and loses by what it also needs, and a goal
    of everything does not win. Skills that the catalogue does not have point nowhere.
    """
    known = [skill for skill in practised if skill in catalogue.skills]
    found = [
        LikelyGoal(goal.id, _cosine(goal.skills, known), tuple(sorted(set(known) & set(goal.skills))))
        for goal in catalogue.goals.values()
    ]
    likely = [goal for goal in found if len(goal.skills) >= LEAST_SKILLS]
    return tuple(sorted(likely, key=lambda goal: (-goal.likeness, goal.id))[:limit])


def _cosine(weights: Mapping[str, float], practised: Collection[str]) -> float:
    if not practised:
        return 0.0
    shared = sum(weights.get(skill, 0.0) for skill in practised)
    norm = sqrt(sum(weight * weight for weight in weights.values()) * len(practised))
    return round(shared / norm, 4)
