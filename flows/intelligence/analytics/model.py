"""What the store counts for analytics, before it is turned into rates and intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Nothing is told about a skill that fewer people than this have to do with.
LEAST_PEOPLE = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """Items that somebody gave feedback on; accepted ones include those that were completed."""

    items: int = 0
    accepted: int = 0
    completed: int = 0


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds that half of the answers, and 95 in a hundred, took at most."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCounts:
    """One flow in a period. ``degradations`` counts reasons; an answer may have several."""

    flow: str
    decisions: int = 0
    degraded: int = 0
    latency: Latency | None = None
    judged: Judged = Judged()
    degradations: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedbacks:
    """All feedback of a period: how many said what, and how many rated, with the mean of 1 to 5."""

    verdicts: Mapping[str, int]
    ratings: int
    mean_rating: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillPeople:
    """A skill and how many people have to do with it.

    ``decisions`` counts the answers that showed it, ``level`` is the mean mastery, 0 to 1; each is
    None where it was not asked.
    """

    skill: str
    people: int
    decisions: int | None = None
    level: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCounts:
    """How one language model did; ``quality`` is 0 to 1, None where nobody judged."""

    model: str
    observations: int
    latency: Latency
    quality: float | None
    judged: int
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Items of one flow whose confidence lies in one tenth: ``number`` 0 is 0 to 0.1.

    ``confidence`` is the sum of confidences, ``squares`` that of squared distances to the outcome.
    """

    flow: str
    number: int
    items: int
    accepted: int
    confidence: float
    squares: float
