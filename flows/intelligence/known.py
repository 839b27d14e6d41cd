"""What a person is taken to know before a path is planned, and why."""

from collections.abc import Iterable, Mapping, Set

from flows.catalogue.model import LEVELS, Catalogue
from flows.intelligence.mastery import Mastery

#: Where the belief comes from, strongest first. ``implied``: a prerequisite of something known.
OBSERVED, STATED, ASSUMED, IMPLIED = "observed", "stated", "assumed", "implied"

#: A skill counts as known from this mastery on, once it rests on enough observations
#: (mastery learning sets its bar between .8 and .9; Bloom 1968).
MASTERED_LEVEL = 0.8
WEAK_LEVEL = 0.5  #: Below it, as many observations speak against what the level would imply.
ENOUGH_OBSERVATIONS = 5


def known_skills(
    catalogue: Catalogue,
    *,
    level: str,
    stated: Iterable[str] | None,
    mastery: Mapping[str, Mastery],
    asked_for: str | None = None,
) -> dict[str, str]:
    """Known skill ids with the reason each is taken as known. Closed under prerequisites.

    A list that the person gave (also an empty one) is the last word. Without it, a skill is
    known when it was observed, or when its level lies below the person's. Whoever knows a
    skill is taken to know its prerequisites. What was observed to be weak, and the skill that
    the person asked for by name, is not assumed, nor is anything that needs it.
    """
    if stated is not None:
        direct = dict.fromkeys((s for s in stated if s in catalogue.skills), STATED)
    else:
        observed = _mastered(catalogue, mastery)
        doubted = {s for s, seen in mastery.items() if _is_weak(seen)} | {asked_for}
        assumed = _assumed(catalogue, level, doubted - catalogue.closure(observed))
        direct = dict.fromkeys(assumed, ASSUMED) | dict.fromkeys(observed, OBSERVED)
    implied = catalogue.closure(direct) - direct.keys()
    return direct | dict.fromkeys(sorted(implied), IMPLIED)


def _assumed(catalogue: Catalogue, level: str, doubted: Set[str | None]) -> list[str]:
    """Skills of the levels below, without what is doubted and all that builds on it."""
    levels_below = LEVELS[: LEVELS.index(level)]
    shaky: set[str] = set()
    for skill_id in catalogue.prerequisites_first:
        if skill_id in doubted or not shaky.isdisjoint(catalogue.skills[skill_id].prerequisites):
            shaky.add(skill_id)
    return [s.id for s in catalogue.skills.values() if s.level in levels_below and s.id not in shaky]


def _mastered(catalogue: Catalogue, mastery: Mapping[str, Mastery]) -> list[str]:
    return [s for s, seen in mastery.items() if s in catalogue.skills and is_mastered(seen)]


def is_mastered(seen: Mastery) -> bool:
    """True when a skill was observed well and often enough to count as known."""
    return seen.level >= MASTERED_LEVEL and seen.observations >= ENOUGH_OBSERVATIONS


def _is_weak(seen: Mastery) -> bool:
    return seen.level < WEAK_LEVEL and seen.observations >= ENOUGH_OBSERVATIONS
