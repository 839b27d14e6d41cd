"""Business rules: what is not shown whatever its score, and what comes first.

A rule is a pure function of the ranking and the person. It gives back what stays, in its order;
what it leaves out is reported under the rule's name. Rules run last, in the order of a tuple.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from flows.intelligence.known import ENOUGH_OBSERVATIONS
from flows.intelligence.ranker.person import Person
from flows.intelligence.ranker.scoring import Ranked


class Rule(Protocol):
    """What can stand in a tuple of rules."""

    @property
    def name(self) -> str:
        """Stable: it is written to the decision log."""
        ...

    def __call__(self, ranked: Sequence[Ranked], person: Person) -> Sequence[Ranked]:
        """What stays, best first; nothing that was not given."""
        ...


@dataclass(frozen=True, slots=True)
class DropMastered:
    """Leaves out items of skills mastered at ``level`` or more, seen often enough to be sure."""

    name: ClassVar[str] = "mastered"
    level: float = 0.95
    observations: int = ENOUGH_OBSERVATIONS

    def __call__(self, ranked: Sequence[Ranked], person: Person) -> Sequence[Ranked]:
        """What is not mastered."""
        mastered = {
            skill
            for skill, seen in person.mastery.items()
            if seen.level >= self.level and seen.observations >= self.observations
        }
        return [one for one in ranked if one.item.skill not in mastered]


@dataclass(frozen=True, slots=True)
class DropDismissed:
    """Leaves out what the person turned down less than ``days`` days ago."""

    name: ClassVar[str] = "dismissed"
    days: float = 14.0

    def __call__(self, ranked: Sequence[Ranked], person: Person) -> Sequence[Ranked]:
        """What was not turned down, or long ago."""
        return [one for one in ranked if person.dismissed.get(one.item.id, self.days) >= self.days]


@dataclass(frozen=True, slots=True)
class AtMostPerSkill:
    """Keeps the first ``items`` of each skill; items without a skill are not counted."""

    name: ClassVar[str] = "per-skill"
    items: int = 2

    def __call__(self, ranked: Sequence[Ranked], person: Person) -> Sequence[Ranked]:
        """The first of each skill."""
        kept, taken = [], Counter[str]()
        for one in ranked:
            if one.item.skill is not None:
                taken[one.item.skill] += 1
                if taken[one.item.skill] > self.items:
                    continue
            kept.append(one)
        return kept


@dataclass(frozen=True, slots=True)
class PinnedFirst:
    """Puts the pinned items first, in the order of their ids' list; drops nothing."""

    name: ClassVar[str] = "pinned"
    ids: tuple[str, ...] = ()

    def __call__(self, ranked: Sequence[Ranked], person: Person) -> Sequence[Ranked]:
        """The pinned ones, then the others."""
        places = {item_id: place for place, item_id in enumerate(self.ids)}
        return sorted(ranked, key=lambda one: places.get(one.item.id, len(places)))


@dataclass(frozen=True, slots=True)
class AtMost:
    """Keeps the first ``items``."""

    name: ClassVar[str] = "limit"
    items: int = 10

    def __call__(self, ranked: Sequence[Ranked], person: Person) -> Sequence[Ranked]:
        """The first ones."""
        return ranked[: self.items]


DEFAULT_RULES: tuple[Rule, ...] = (DropMastered(), DropDismissed(), AtMostPerSkill())
