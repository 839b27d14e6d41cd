"""When and how a person works, from their events of the last four weeks."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from flows.signals.events import Event, Kind

WINDOW = timedelta(days=28)
USUAL_SHARE = 0.5  #: The busiest hours that hold at least this share of the events are the usual ones.


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Counts of the last 28 days.

    ``usual_hours`` are hours of the day in UTC, 0 to 23, the busiest first. A session counts by
    its id; its length runs from its first to its last event, in minutes, None without sessions.
    """

    active_days: int = 0
    sessions: int = 0
    median_session_minutes: float | None = None
    usual_hours: tuple[int, ...] = ()
    prompts_used: int = 0
    prompts_accepted: int = 0
    prompts_dismissed: int = 0
    exercises_attempted: int = 0
    exercises_solved: int = 0

    def to_document(self) -> dict[str, Any]:
        """All of it as plain JSON, by the names of the fields."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Habits":
        """What ``to_document`` gave."""
        return cls(**{**document, "usual_hours": tuple(document["usual_hours"])})


def habits_of(events: Iterable[Event], now: datetime) -> Habits:
    """The habits that a person's events show; those in the future or older than the window do not count."""
    lately = [event for event in events if now - WINDOW <= event.at <= now]
    kinds = Counter(event.kind for event in lately)
    minutes = _session_minutes(lately)
    return Habits(
        active_days=len({event.at.date() for event in lately}),
        sessions=len(minutes),
        median_session_minutes=round(median(minutes), 1) if minutes else None,
        usual_hours=_usual_hours(lately),
        prompts_used=kinds[Kind.PROMPT_USED],
        prompts_accepted=kinds[Kind.PROMPT_ACCEPTED],
        prompts_dismissed=kinds[Kind.PROMPT_DISMISSED],
        exercises_attempted=kinds[Kind.EXERCISE_ATTEMPTED],
        exercises_solved=kinds[Kind.EXERCISE_SOLVED],
    )


def _session_minutes(events: Iterable[Event]) -> list[float]:
    times: dict[str, list[datetime]] = {}
    for event in events:
        if event.session_id:
            times.setdefault(event.session_id, []).append(event.at)
    return [(max(seen) - min(seen)).total_seconds() / 60 for seen in times.values()]


def _usual_hours(events: Sequence[Event]) -> tuple[int, ...]:
    hours = Counter(event.at.hour for event in events)
    usual: list[int] = []
    covered = 0
    for hour, count in sorted(hours.items(), key=lambda item: (-item[1], item[0])):
        if covered >= USUAL_SHARE * len(events):
            break
        usual.append(hour)
        covered += count
    return tuple(usual)
