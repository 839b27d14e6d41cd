"""What a person is taken to know before a path is planned, and why."""

from collections.abc import Iterable, Mapping

from flows.catalogue.model import LEVELS, Catalogue
from flows.ports import Mastery

#: Where the belief comes from, strongest first. ``implied``: a prerequisite of something known.
OBSERVED, STATED, ASSUMED, IMPLIED = "observed", "stated", "assumed", "implied"

#: A skill counts as known from this mastery on, once it rests on enough observations
#: (mastery learning sets its bar between .8 and .9; Bloom 1968).
MASTERED_LEVEL = 0.8
MASTERED_OBSERVATIONS = 5


def known_skills(
    catalogue: Catalogue,
    *,
    level: str,
    stated: Iterable[str] | None,
    mastery: Mapping[str, Mastery],
) -> dict[str, str]:
    """Known skill ids with the reason each is taken as known.

    A list that the person gave (also an empty one) is the last word. Without it, a skill is
    known when it was observed, or when its level lies below the person's. Whoever knows a
    skill is taken to know its prerequisites.
    """
    if stated is not None:
        direct = dict.fromkeys((s for s in stated if s in catalogue.skills), STATED)
    else:
        direct = dict.fromkeys(_below(catalogue, level), ASSUMED)
        direct |= dict.fromkeys(_mastered(catalogue, mastery), OBSERVED)
    implied = catalogue.closure(direct) - direct.keys()
    return direct | dict.fromkeys(sorted(implied), IMPLIED)


def _below(catalogue: Catalogue, level: str) -> list[str]:
    levels_below = LEVELS[: LEVELS.index(level)]
    return [skill.id for skill in catalogue.skills.values() if skill.level in levels_below]


def _mastered(catalogue: Catalogue, mastery: Mapping[str, Mastery]) -> list[str]:
    return [
        skill_id
        for skill_id, seen in mastery.items()
        if skill_id in catalogue.skills
        and seen.level >= MASTERED_LEVEL
        and seen.observations >= MASTERED_OBSERVATIONS
    ]
