"""What runs by the clock and what became of it, in Redis: one hash for the list, one per scheduled job.

Whether a tick is new, and whether the run before it is over, is decided in one script by the server's
time: however many beats send it, a tick is run once.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import redis

from config import keys
from tasks.store.in_redis import translated

LUA = Path(__file__).parent / "lua"
OVERDUE_PERIODS = 3  #: A job that has not begun for that many periods is overdue.
LONGEST_RESULT = 2_000  #: Characters of JSON; a longer one is not kept.


class Tick(StrEnum):
    """What came of a tick. The values are labels of metrics."""

    RUN = "run"
    DUPLICATE = "duplicate"  #: Somebody has run it already.
    OVERLAP = "overlap"  #: The run before it goes on.


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to run how often, on which queue; times in seconds."""

    name: str
    every_s: float
    queue: str
    limit_s: float
    may_overlap: bool


@dataclass(frozen=True, slots=True)
class Run:
    """A run that may begin. ``number`` fences off the end of an earlier one."""

    job: str
    number: str
    begun_ms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """A run that has ended: ``status`` is ok or failed, ``ms`` how long it took."""

    started_at: datetime
    finished_at: datetime
    ms: float
    status: str
    result: Any
    error: str | None
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleState:
    """One scheduled job. ``duplicates`` are ticks that came again, ``skips`` those that found the run
    before going on, ``lost`` runs of which nothing was heard any more.
    """

    planned: Planned
    last: LastRun | None
    running_since: datetime | None
    running_on: str | None
    next_at: datetime | None
    overdue: bool
    runs: int
    failures: int
    skips: int
    duplicates: int
    lost: int


class ScheduleRuns:
    """Ticks and runs. The client must decode responses. Every method raises StoreUnavailable."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client
        self._claim = self._script("schedule_claim")
        self._end = self._script("schedule_end")
        self._announce = self._script("schedule_announce")

    def _script(self, name: str) -> Callable[..., Any]:
        prelude = (LUA / "prelude.lua").read_text("utf-8")
        return self._client.register_script(prelude + (LUA / f"{name}.lua").read_text("utf-8"))

    def announce(self, schedule: Iterable[Planned]) -> None:
        """Say what is to run, in place of what was said before."""
        rows = {one.name: json.dumps(_plan_to_json(one)) for one in schedule}
        with translated():
            self._announce(
                keys=[keys.SCHEDULE, *map(keys.scheduled_runs, rows)],
                args=[part for pair in rows.items() for part in pair],
            )

    def claim(self, job: Planned, host: str, *, forced: bool = False) -> Run | Tick:
        """The run of this tick, or why there is none. ``forced`` asks whatever the tick."""
        with translated():
            verdict, *run = self._claim(
                keys=[keys.scheduled_runs(job.name)],
                args=[
                    round(job.every_s * 1000),
                    round(job.limit_s * 1000),
                    int(job.may_overlap),
                    int(forced),
                    host,
                ],
            )
        return Run(job.name, *run) if verdict == Tick.RUN else Tick(verdict)

    def end(self, run: Run, host: str, *, ms: float, result: Any = None, error: str | None = None) -> bool:
        """Keep what came of a run; False when a later one has begun, whose word counts."""
        text = json.dumps(result, default=str)
        status = "ok" if error is None else "failed"
        kept = text if len(text) <= LONGEST_RESULT else ""
        with translated():
            held = self._end(
                keys=[keys.scheduled_runs(run.job)],
                args=[run.number, run.begun_ms, round(ms, 3), status, kept, error or "", host],
            )
        return bool(held)

    def announced(self) -> list[Planned]:
        """What is to run, as it was said last, by name."""
        with translated():
            plans = cast(dict[str, str], self._client.hgetall(keys.SCHEDULE))
        return [_plan_from_json(name, plans[name]) for name in sorted(plans)]

    def table(self, schedule: Sequence[Planned] | None = None) -> list[ScheduleState]:
        """What became of the jobs of a schedule, by default of the one that was announced."""
        jobs = self.announced() if schedule is None else schedule
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for job in jobs:
                pipe.hgetall(keys.scheduled_runs(job.name))
                pipe.zscore(keys.BEAT_DUE, keys.BEAT_PREFIX + job.name)
            pipe.time()
            *found, (seconds, microseconds) = pipe.execute()
        now_ms = seconds * 1000 + microseconds / 1000
        triples = zip(jobs, found[::2], found[1::2], strict=True)
        return [_state(job, kept, due, now_ms) for job, kept, due in triples]


def _plan_to_json(one: Planned) -> dict[str, Any]:
    return {
        "everyS": one.every_s,
        "queue": one.queue,
        "limitS": one.limit_s,
        "mayOverlap": one.may_overlap,
    }


def _plan_from_json(name: str, text: str) -> Planned:
    plan = json.loads(text)
    return Planned(name, plan["everyS"], plan["queue"], plan["limitS"], plan["mayOverlap"])


def _state(planned: Planned, kept: Mapping[str, str], due_s: float | None, now_ms: float) -> ScheduleState:
    running = float(kept.get("lease_ms", 0)) > now_ms
    begun_ms = float(kept.get("begun_ms") or kept.get("known_ms") or now_ms)
    late = now_ms - begun_ms > OVERDUE_PERIODS * planned.every_s * 1000
    return ScheduleState(
        planned=planned,
        last=_last_run(kept) if "last_ended_ms" in kept else None,
        running_since=_moment(kept["begun_ms"]) if running else None,
        running_on=kept.get("running_on") if running else None,
        next_at=datetime.fromtimestamp(due_s, UTC) if due_s is not None else None,
        overdue=late and not running,
        runs=int(kept.get("runs", 0)),
        failures=int(kept.get("failures", 0)),
        skips=int(kept.get("skips", 0)),
        duplicates=int(kept.get("duplicates", 0)),
        lost=int(kept.get("lost", 0)),
    )


def _last_run(kept: Mapping[str, str]) -> LastRun:
    return LastRun(
        started_at=_moment(kept["last_begun_ms"]),
        finished_at=_moment(kept["last_ended_ms"]),
        ms=float(kept["last_ms"]),
        status=kept["last_status"],
        result=json.loads(kept["last_result"]) if kept["last_result"] else None,
        error=kept["last_error"] or None,
        host=kept["last_host"],
    )


def _moment(ms: str) -> datetime:
    return datetime.fromtimestamp(float(ms) / 1000, UTC)
