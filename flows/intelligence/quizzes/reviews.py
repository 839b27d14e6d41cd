"""When to come back to a skill: as the chance of recalling it falls under a bar.

The curve and its stability are those of FSRS-6 (``flows.intelligence.tracing.forgetting``).
Schedulers let people choose a retention of .7 to .97; .9 is the usual default, and a lower one
costs fewer reviews for nearly as much knowledge (Open Spaced Repetition project, "optimal
retention"). A skill is broader than a card, so the bar here is .8.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.intelligence.tracing.forgetting import days_until
from flows.intelligence.tracing.learner import SkillMemory

RECALL = 0.8
EARLIEST_DAYS = 1.0  #: The first interval of SM-2 (Wozniak 1990): practice on one day is one practice.
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Review:
    """A skill that is due again at a time, and why then."""

    skill: str
    due_at: datetime
    why: str

    def view(self) -> dict[str, Any]:
        """The review as it is sent."""
        return {"skill": self.skill, "dueAt": self.due_at.isoformat(timespec="seconds"), "why": self.why}


def review_of(skill: str, title: str, memory: SkillMemory, *, right: int, of: int) -> Review:
    """When a skill is due again after a quiz in which ``right`` of ``of`` of its questions went right.

    The time runs from the last practice, which ``memory`` has as days since 1970; it must have one.
    """
    practised = datetime.fromtimestamp((memory.day or 0.0) * DAY_S, UTC)
    days = days_until(RECALL, memory.stability)
    practices = "the first practice" if memory.observations == 1 else f"practice {memory.observations}"
    why = (
        f"{right} of {of} right; this was {practices} of {title}, and its chance of recall falls under"
        f" {RECALL:.2f} after {_span(days)}"
    )
    late = "; a review comes a day later at the earliest." if days < EARLIEST_DAYS else "."
    return Review(skill, practised + timedelta(days=max(days, EARLIEST_DAYS)), why + late)


def _span(days: float) -> str:
    amount, unit = (days, "day") if days >= 1 else (days * 24, "hour")
    return f"{amount:.1f} {unit}s" if f"{amount:.1f}" != "1.0" else f"1 {unit}"
