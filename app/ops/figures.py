"""Figures as the pages show them: durations, moments, and the bars of a job's stages."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tasks.store.base import Job


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage in the waterfall; ``left`` and ``width`` are percent of the whole."""

    name: str
    status: str
    at_ms: float
    ms: float
    left: float
    width: float
    reason: str


LEAST_WIDTH = 0.4  #: Percent; what took no time is still to be seen.


def whole_ms(job: Job, now_ms: float) -> float:
    """From a job's creation to its end, or to now."""
    return max(1.0, (job.finished_ms or now_ms) - job.created_ms)


def bars(job: Job, whole: float) -> list[Bar]:
    """The saved stages of a job, each where it began.

    A stage whose beginning was not noted (its worker died under it) begins where the one before ended.
    """
    found, ended_ms = [], 0.0
    for stage in job.stages:
        at_ms, ms = float(stage.get("atMs", ended_ms)), float(stage["ms"])
        left = min(100 - LEAST_WIDTH, 100 * at_ms / whole)
        width = min(100 - left, max(LEAST_WIDTH, 100 * ms / whole))
        found.append(Bar(stage["type"], stage["status"], at_ms, ms, left, width, stage.get("reason", "")))
        ended_ms = at_ms + ms
    return found


def duration(milliseconds: float) -> str:
    """A duration in the largest unit that fits: 12 ms, 3.4 s, 5 min, 2 h."""
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1_000:.1f} s"
    if milliseconds < 3_600_000:
        return f"{milliseconds / 60_000:.0f} min"
    return f"{milliseconds / 3_600_000:.0f} h"


def moment(milliseconds: float) -> str:
    """A time in UTC, to the second."""
    return clock(datetime.fromtimestamp(milliseconds / 1000, UTC))


def clock(at: datetime) -> str:
    """The same of a moment."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
