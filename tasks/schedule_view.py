"""What is shown of scheduled jobs, over HTTP and on the command line alike."""

from datetime import datetime
from typing import Any

from tasks.store.schedule_runs import LastRun, ScheduleState


def schedule_view(state: ScheduleState) -> dict[str, Any]:
    """A scheduled job as plain JSON; times by ISO 8601, null where there is none."""
    return {
        "name": state.planned.name,
        "everyS": state.planned.every_s,
        "queue": state.planned.queue,
        "limitS": state.planned.limit_s,
        "mayOverlap": state.planned.may_overlap,
        "runningSince": _time(state.running_since),
        "runningOn": state.running_on,
        "lastRun": state.last and _last_run(state.last),
        "nextRunAt": _time(state.next_at),
        "overdue": state.overdue,
        "counts": {
            "runs": state.runs,
            "failures": state.failures,
            "skips": state.skips,
            "duplicates": state.duplicates,
            "lost": state.lost,
        },
    }


def _last_run(run: LastRun) -> dict[str, Any]:
    return {
        "startedAt": _time(run.started_at),
        "finishedAt": _time(run.finished_at),
        "ms": run.ms,
        "status": run.status,
        "result": run.result,
        "error": run.error,
        "host": run.host,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds") if moment else None
