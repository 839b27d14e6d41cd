"""Patterns: what they say, and how surely."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

#: Consequents that are no work but an outcome of an error.
AGAIN, RESOLVED = "again", "resolved"

#: What a pattern is counted under: its antecedent and then its consequent.
Key = tuple[str, ...]


class PatternKind(StrEnum):
    """What kind of regularity a pattern is."""

    RECURRING_ERROR = "recurring_error"  #: An error that comes back in a later session.
    ERROR_RESOLUTION = "error_resolution"  #: A fix after which an error stayed away.
    SKILL_TRANSITION = "skill_transition"  #: The skill that is taken up directly after another.
    SKILLS_TOGETHER = "skills_together"  #: Skills in one session.
    SKILL_SEQUENCE = "skill_sequence"  #: Skills that follow within a window.
    ITEM_SEQUENCE = "item_sequence"  #: Prompts, exercises, courses and questions that do.


class Scope(StrEnum):
    """Whose behaviour a pattern is seen in."""

    OWN = "own"
    ORGANISATION = "organisation"
    OVERALL = "overall"


class Tally(NamedTuple):
    """How often something was seen, by how many people, when (milliseconds since 1970), in which events."""

    times: int
    people: int
    first: int
    last: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """After the antecedent came the consequent.

    Skills and items are typed: ``skill:react-hooks``, ``course:react-101``, ``error:<fingerprint>``;
    a fix is its own text, and the consequents of errors are ``again`` and ``resolved``. The empty
    antecedent stands for anything: such a pattern is a popularity.

    ``opportunities`` counts the times that the antecedent was seen, ``support`` those of them that
    the consequent belonged to, ``people`` whose they are. ``expected`` is the share of *any* such
    opportunities that the consequent belongs to, 0 to 1. ``evidence`` holds ids of the newest events.
    """

    kind: PatternKind
    scope: Scope
    antecedent: Key
    consequent: str
    support: int
    opportunities: int
    expected: float
    people: int
    first_seen: datetime
    last_seen: datetime
    evidence: tuple[str, ...]

    @property
    def confidence(self) -> float:
        """Share of the opportunities that the consequent belonged to, over 0 and at most 1."""
        return self.support / self.opportunities

    @property
    def lift(self) -> float:
        """How many times likelier the antecedent makes the consequent; 1 means not at all."""
        return self.confidence / self.expected
