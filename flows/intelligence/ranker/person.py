"""What is known of the person that items are ranked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flows.intelligence.mastery import Mastery

UNSEEN = 0.3  #: Mastery of a skill that nothing was seen of: people know more than a service sees.


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as the ranker sees them; what is not known stays empty.

    ``goal`` gives the worth of skills to the person's goal, 0 to 1. ``prerequisites`` are the
    direct ones of the skills in play, from the catalogue. ``session`` holds the skills touched in
    this session, newest first. ``seen`` and ``dismissed`` give days since an item was last shown,
    and since it was turned down.
    """

    mastery: Mapping[str, Mastery] = field(default_factory=dict)
    goal: Mapping[str, float] = field(default_factory=dict)
    prerequisites: Mapping[str, Sequence[str]] = field(default_factory=dict)
    session: Sequence[str] = ()
    seen: Mapping[str, float] = field(default_factory=dict)
    dismissed: Mapping[str, float] = field(default_factory=dict)

    def level(self, skill: str) -> float:
        """Mastery of a skill, 0 to 1."""
        return self.mastery[skill].level if skill in self.mastery else UNSEEN

    def success_chance(self, skill: str) -> float:
        """Estimated chance of solving a typical task of the skill, 0 to 1.

        Who masters all that a skill needs is taken to solve a first task of it by
        ``FIRST_SUCCESS``; own answers count against that by their number.
        """
        needed = [self.level(name) for name in self.prerequisites.get(skill, ())]
        first = FIRST_SUCCESS * (sum(needed) / len(needed) if needed else 1.0)
        if skill not in self.mastery:
            return first
        own = self.mastery[skill]
        return (own.observations * own.level + FIRST_WEIGHT * first) / (own.observations + FIRST_WEIGHT)


FIRST_SUCCESS = 0.7  #: A judgement and not yet a measurement, as is the next.
FIRST_WEIGHT = 2.0  #: Own answers that what the prerequisites say counts as.
