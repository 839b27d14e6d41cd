"""``manage.py schedules``: what runs by the clock, and how its last runs went."""

import json
from collections.abc import Sequence

import click

from config.queues import scheduled_task
from flows.catalogue.nearest import nearest
from flows.errors import UnknownName
from flows.registry import STAGES
from tasks.celery_app import FRONT_TRANSPORT, make_celery
from tasks.commands.environment import settings
from tasks.embedded_redis import redis_url_of
from tasks.redis_client import fast_client
from tasks.schedule_view import schedule_view
from tasks.scheduled import SCHEDULE
from tasks.scheduled.run import planned
from tasks.store.schedule_runs import ScheduleRuns, ScheduleState

HEADS = ("JOB", "EVERY", "LAST RUN (UTC)", "MS", "STATUS", "RUNS", "FAILED", "SKIPPED", "NEXT RUN", "RESULT")


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="print what GET /api/schedules answers")
@click.pass_context
def schedules(context: click.Context, as_json: bool) -> None:
    """Scheduled jobs: last run, result, duration, next run."""
    if context.invoked_subcommand is not None:
        return
    runs = ScheduleRuns(fast_client(redis_url_of(settings())))
    states = runs.table([planned(job) for job in SCHEDULE])
    if as_json:
        shown = {"schedules": [schedule_view(state) for state in states]}
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        click.echo(table([HEADS, *map(_row, states)]))


@schedules.command("run")
@click.argument("name")
def run_now(name: str) -> None:
    """Send the scheduled job NAME now; it does not run while a run of it goes on."""
    jobs = {job.name: job for job in SCHEDULE}
    if name not in jobs:
        raise UnknownName("scheduled job", name, nearest(name, list(jobs)))
    app = make_celery(redis_url_of(settings()), STAGES, FRONT_TRANSPORT)
    app.send_task(scheduled_task(name), kwargs={"forced": True}, queue=jobs[name].queue)
    click.echo(f"{name}: sent to the queue {jobs[name].queue}")


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def _row(state: ScheduleState) -> tuple[str, ...]:
    last, next_at = state.last, state.next_at
    said = "" if last is None else last.error or json.dumps(last.result, ensure_ascii=False)
    return (
        state.planned.name,
        f"{state.planned.every_s:g} s",
        last.started_at.strftime("%Y-%m-%d %H:%M:%S") if last else "never",
        f"{last.ms:g}" if last else "",
        _status(state),
        str(state.runs),
        str(state.failures),
        str(state.skips),
        next_at.strftime("%H:%M:%S") if next_at else "",
        said,
    )


def _status(state: ScheduleState) -> str:
    now = "running" if state.running_since else "overdue" if state.overdue else ""
    last = state.last.status if state.last else ""
    return ", ".join(part for part in (last, now) if part)
