"""What a team can do, as numbers of people per skill: all that is kept of its members' mastery."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flows.catalogue.model import Catalogue
from flows.intelligence.known import is_mastered
from flows.intelligence.mastery import Mastery

#: Somebody works with a skill on their own from this mastery on, seen at least so often.
WORKING_LEVEL, WORKING_OBSERVATIONS = 0.6, 3
#: Near it: 70 % of the way, where team reports of learning platforms draw the same line.
NEAR_LEVEL = 0.7 * WORKING_LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamTally:
    """How many of the ``seen`` members work with a skill, and how many are near that, by skill id.

    Everybody else of the seen ones is far from it or never met it. A skill with nobody is absent.
    """

    seen: int
    working: Mapping[str, int]
    near: Mapping[str, int]

    def below(self, skill_id: str) -> int:
        """Members who do not work with the skill."""
        return self.seen - self.working.get(skill_id, 0)

    def far(self, skill_id: str) -> int:
        """Members who are not even near."""
        return self.below(skill_id) - self.near.get(skill_id, 0)


def tally(members: Iterable[Mapping[str, Mastery]], catalogue: Catalogue) -> TeamTally:
    """Count the members, each given by mastery by skill id, with at least one skill.

    Whoever masters a skill is taken to work with what it needs, directly or not, as long as
    observation does not say otherwise.
    """
    working: Counter[str] = Counter()
    near: Counter[str] = Counter()
    seen = 0
    for mastery in members:
        seen += 1
        working.update(able := working_skills(mastery, catalogue))
        near.update(s for s, m in mastery.items() if m.level >= NEAR_LEVEL and s not in able)
    return TeamTally(seen=seen, working=dict(working), near=dict(near))


def working_skills(mastery: Mapping[str, Mastery], catalogue: Catalogue) -> set[str]:
    """The skills that a person works with on their own: observed, or implied by mastered ones."""
    observed = {s for s, seen in mastery.items() if _works(seen)}
    mastered = [s for s, seen in mastery.items() if s in catalogue.skills and is_mastered(seen)]
    doubted = {s for s, seen in mastery.items() if seen.observations >= WORKING_OBSERVATIONS}
    return observed | (catalogue.closure(mastered) - doubted)


def _works(seen: Mastery) -> bool:
    return seen.level >= WORKING_LEVEL and seen.observations >= WORKING_OBSERVATIONS
