"""Figures as the pages show them: durations, moments, and the bars of a job's stages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tasks.store.base import Job


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage in the waterfall, or waiting; ``left`` and ``width`` are percent of the whole."""

    name: str
    status: str
    at_ms: float
    ms: float
    left: float
    width: float
    reason: str = ""


WAITING = "waiting"
LEAST_WAIT_MS, LEAST_WAIT_SHARE = 1.0, 0.02  #: Less than both between two stages is not worth a line.
LEAST_WIDTH = 0.6  #: Percent; what took no time is still to be seen.

UNITS = ((3_600_000, "h"), (60_000, "min"), (1_000, "s"))  #: Milliseconds in each, the largest first.


def whole_ms(job: Job, now_ms: float) -> float:
    """From a job's creation to its end, which is known less closely than that of a stage, or to now."""
    last_ms = max((stage.get("atMs", 0.0) + stage["ms"] for stage in job.stages), default=0.0)
    return float(max(1.0, (job.finished_ms or now_ms) - job.created_ms, last_ms))


def bars(job: Job, whole: float) -> list[Bar]:
    """The saved stages of a job, each where it began, and the waiting between them.

    A stage whose beginning was not noted begins where the one before ended.
    """
    return [_bar(*part, whole) for part in _parts(job, whole)]


def _parts(job: Job, whole: float) -> Iterator[tuple[str, str, float, float, str]]:
    least_ms, ended_ms = max(LEAST_WAIT_MS, LEAST_WAIT_SHARE * whole), 0.0
    for stage in job.stages:
        at_ms = float(stage.get("atMs", ended_ms))
        if at_ms - ended_ms >= least_ms:
            yield WAITING, WAITING, ended_ms, at_ms - ended_ms, ""
        yield stage["type"], stage["status"], at_ms, float(stage["ms"]), stage.get("reason", "")
        ended_ms = max(ended_ms, at_ms + float(stage["ms"]))
    if whole - ended_ms >= least_ms:
        yield WAITING, WAITING, ended_ms, whole - ended_ms, ""


def _bar(name: str, status: str, at_ms: float, ms: float, reason: str, whole: float) -> Bar:
    left = min(100 - LEAST_WIDTH, 100 * at_ms / whole)
    width = min(100 - left, max(LEAST_WIDTH, 100 * ms / whole))
    return Bar(name, status, at_ms, ms, left, width, reason)


def duration(milliseconds: float) -> str:
    """A duration in the largest unit of which it has one: 0.4 ms, 3.4 s, 5 min, 1.5 h."""
    for length, unit in UNITS:
        if milliseconds >= length:
            return f"{round(milliseconds / length, 1):g} {unit}"
    return f"{round(milliseconds, 1):g} ms"


def moment(milliseconds: float) -> str:
    """A time in UTC, to the second."""
    return clock(datetime.fromtimestamp(milliseconds / 1000, UTC))


def clock(at: datetime) -> str:
    """The same of a moment."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
