"""How demo people practise: a hidden mastery per skill that grows along the prerequisites.

Nothing here is stored. Whether an attempt succeeds is drawn with the hidden mastery as its
chance, and what the service later believes is computed from these outcomes alone. Each skill
has a generator of its own, seeded with the person and the skill, so that another person or
skill changes nothing else.

With practice mastery nears its ceiling exponentially (Heathcote, Brown & Mewhort 2000: for
single learners an exponential fits better than a power law).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from flows.catalogue.model import LEVELS, Catalogue
from tasks.store.demo_people import Organisation, Person

WORKDAYS = 130  #: Six months. Times are working days from the first one on, with a fraction.
READY = 0.6  #: From this hidden mastery on, what builds on a skill can be begun.
LEVEL_WHEN_UNSTATED = "junior"


@dataclass(frozen=True, slots=True)
class Band:
    """What is drawn for a skill at some distance from the person's own level."""

    chance: float  #: That the person has met it at all.
    start: tuple[float, float]
    attempts: tuple[int, int]


#: By levels above (+) or below (-) the person, -2 also for less; further up nothing was met.
BANDS = {
    -2: Band(1.0, (0.90, 0.97), (8, 13)),
    -1: Band(0.95, (0.84, 0.95), (8, 16)),
    0: Band(0.75, (0.30, 0.60), (10, 22)),
    1: Band(0.45, (0.10, 0.25), (6, 14)),
}
SHARED = Band(1.0, (0.94, 0.98), (12, 24))
ASSIGNED = Band(1.0, (0.12, 0.30), (7, 14))

CEILING, RATE = 0.97, 0.07
ASSIGNED_CEILING = 0.45  #: Who lacks the foundation does not get far.
ASSIGNED_SINCE, BEGUN_UNTIL = 85.0, 100.0
DAYS_BETWEEN = 2.5
FIRM = 0.8  #: Prerequisites below this make every attempt harder.
KNOWN_UNSEEN, UNKNOWN = 0.85, 0.2  #: What is assumed of a prerequisite that was not practised.


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one skill: when, with which hidden chance, and how it went."""

    day: float
    mastery: float
    success: bool


@dataclass(frozen=True, slots=True)
class Practice:
    """What one person did for one skill. ``learned_on`` is the day it got ready to build on."""

    skill_id: str
    begun: float
    start: float
    attempts: tuple[Attempt, ...]
    learned_on: float | None

    def mastery_on(self, day: float) -> float:
        """The hidden mastery on a day."""
        before = [attempt.mastery for attempt in self.attempts if attempt.day <= day]
        return before[-1] if before else self.start


def practise(
    catalogue: Catalogue, organisation: Organisation, person: Person, seed: str
) -> dict[str, Practice]:
    """All that a person practised of the skills that the catalogue has, by skill id."""
    return _Learner(catalogue, organisation, person, seed).practise()


class _Learner:
    """One person while their practice is drawn, prerequisites before what builds on them."""

    def __init__(self, catalogue: Catalogue, organisation: Organisation, person: Person, seed: str) -> None:
        self._skills, self._person, self._seed = catalogue.skills, person, seed
        self._organisation = organisation
        goals = [catalogue.goals[goal] for goal in person.goals if goal in catalogue.goals]
        wanted = catalogue.closure(skill_id for goal in goals for skill_id in goal.skills)
        asked = organisation.shared | organisation.assigned | person.exactly.keys()
        self._wanted = (wanted - organisation.lacks) | {s for s in asked if s in catalogue.skills}
        self._done: dict[str, Practice | None] = {}

    def practise(self) -> dict[str, Practice]:
        found = {skill_id: self._practice(skill_id) for skill_id in sorted(self._wanted)}
        return {skill_id: practice for skill_id, practice in found.items() if practice is not None}

    def _practice(self, skill_id: str) -> Practice | None:
        if skill_id not in self._wanted:
            return None
        if skill_id not in self._done:
            self._done[skill_id] = self._drawn(skill_id)
        return self._done[skill_id]

    def _drawn(self, skill_id: str) -> Practice | None:
        random = Random(f"{self._seed}/{self._person.id}/{skill_id}")
        if skill_id in self._person.exactly:
            mastery, count = self._person.exactly[skill_id]
            return self._practised(random, skill_id, mastery, mastery, 0.0, count)
        if skill_id in self._organisation.shared:
            mastery = random.uniform(*SHARED.start)
            return self._practised(random, skill_id, mastery, mastery, 0.0, random.randint(*SHARED.attempts))
        if skill_id in self._organisation.assigned:
            start, begun = random.uniform(*ASSIGNED.start), random.uniform(ASSIGNED_SINCE, BEGUN_UNTIL)
            count = random.randint(*ASSIGNED.attempts)
            return self._practised(random, skill_id, start, ASSIGNED_CEILING, begun, count)
        return self._of_own_accord(random, skill_id)

    def _of_own_accord(self, random: Random, skill_id: str) -> Practice | None:
        """What a person of this level has met, once its prerequisites were learned."""
        band = BANDS.get(max(-2, self._rank(skill_id) - LEVELS.index(self._person.level)))
        learned = [self._learned_on(p) for p in self._skills[skill_id].prerequisites]
        if band is None or random.random() >= band.chance:
            return None
        start, count = random.uniform(*band.start), random.randint(*band.attempts)
        begun = 0.0 if start >= READY else random.uniform(0.0, BEGUN_UNTIL)
        ready = [day for day in learned if day is not None]
        if len(ready) < len(learned):
            return None
        return self._practised(random, skill_id, start, CEILING, max([begun, *ready]), count)

    def _practised(
        self, random: Random, skill_id: str, start: float, ceiling: float, begun: float, count: int
    ) -> Practice | None:
        attempts, learned_on = [], begun if start >= READY else None
        exact = skill_id in self._person.exactly
        for number, day in enumerate(_days(random, begun, count)):
            mastery = ceiling - (ceiling - start) * (1 - RATE) ** number
            if learned_on is None and mastery >= READY:
                learned_on = day
            chance = mastery if exact else mastery * self._ease(skill_id, day)
            attempts.append(Attempt(day, mastery, random.random() < chance))
        return Practice(skill_id, begun, start, tuple(attempts), learned_on) if attempts else None

    def _ease(self, skill_id: str, day: float) -> float:
        """How much of the mastery comes to bear: all of it on firm prerequisites, half on none."""
        support = min((self._support(p, day) for p in self._skills[skill_id].prerequisites), default=1.0)
        return 0.5 + 0.5 * min(1.0, support / FIRM)

    def _support(self, skill_id: str, day: float) -> float:
        practice = self._practice(skill_id)
        if practice is not None:
            return practice.mastery_on(day)
        return KNOWN_UNSEEN if self._below(skill_id) else UNKNOWN

    def _learned_on(self, skill_id: str) -> float | None:
        practice = self._practice(skill_id)
        if practice is not None:
            return practice.learned_on
        return 0.0 if self._below(skill_id) else None

    def _below(self, skill_id: str) -> bool:
        return self._rank(skill_id) < LEVELS.index(self._person.level)

    def _rank(self, skill_id: str) -> int:
        return LEVELS.index(self._skills[skill_id].level or LEVEL_WHEN_UNSTATED)


def _days(random: Random, begun: float, count: int) -> Iterator[float]:
    """When attempts were made: all the time for what was known before, else often from the start on."""
    if begun == 0.0:
        yield from sorted(random.uniform(0.0, WORKDAYS) for _ in range(count))
        return
    day = begun
    for _ in range(count):
        if day >= WORKDAYS:
            return
        yield day
        day += random.expovariate(1 / DAYS_BETWEEN)
