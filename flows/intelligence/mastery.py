"""How well a person masters a skill."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mastery:
    """How well one person masters one skill.

    ``level`` is the estimated probability of solving a typical task of the skill, 0 to 1;
    ``observations`` is the number of events that the estimate rests on.
    """

    level: float
    observations: int
