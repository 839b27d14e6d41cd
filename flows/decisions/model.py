"""What was decided for one request: all that a later judgement of it needs, and no more.

A decision is made from a job's document when the job ends and is never changed. Its parts follow
what off-policy evaluation asks of a log: the candidates, the order shown and the probability of
each place (Bottou et al. 2013, "Counterfactual reasoning and learning systems").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

TRIMMED = 20  #: Candidates, and what was dropped of them, that a decision keeps when it is too long.


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could have been shown. ``source`` is empty and ``score`` None where no stage said."""

    id: str
    source: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """A candidate that was taken out: by which filter or rule, and why."""

    id: str
    filter: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One item of the answer that a person can act on.

    ``confidence`` is the chance of acceptance that was shown, ``propensity`` the probability with
    which the item came to its place, both 0 to 1; ``score`` is the ranker's. ``skills`` are those
    that the item teaches.
    """

    id: str
    score: float | None = None
    confidence: float | None = None
    propensity: float | None = None
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One answer that was given.

    ``at_ms`` is when it was asked for, in milliseconds since the epoch, and ``total_ms`` how long
    the job took from then on, with waiting in queues. ``latency_ms`` has the stages' own time by
    type. ``user_id`` is None where the answer was about nobody alone.
    """

    id: str
    organisation: str
    flow: str
    flow_version: str
    at_ms: int
    total_ms: float
    user_id: str | None = None
    variant: str | None = None
    features: Mapping[str, Any] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()
    dropped: tuple[Drop, ...] = ()
    shown: tuple[ShownItem, ...] = ()
    llm_outcome: str | None = None
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    degraded: tuple[str, ...] = ()

    def trimmed(self) -> "Decision":
        """The same without long tails; what was shown stays, since feedback refers to it."""
        candidates, dropped = self.candidates[:TRIMMED], self.dropped[:TRIMMED]
        return replace(self, candidates=candidates, dropped=dropped, features={})

    @property
    def skills(self) -> tuple[str, ...]:
        """The skills of all items shown, each once, in their order."""
        return tuple(dict.fromkeys(skill for item in self.shown for skill in item.skills))
