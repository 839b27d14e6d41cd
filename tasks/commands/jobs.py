"""``manage.py jobs``: look into the ledger, try failed jobs again, cancel."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from time import time
from typing import Any

import click

from flows.registry import STAGES
from tasks.celery_app import FRONT_TRANSPORT, make_celery
from tasks.commands.environment import settings
from tasks.embedded_redis import redis_url_of
from tasks.job_control import Wanted, cancel_job, dead_jobs, list_jobs, retry_job
from tasks.services import Services, build_services
from tasks.store.base import Job, JobSummary, PoisonMessage, State

as_json = click.option("--json", "as_json", is_flag=True, help="one JSON object per line")
limited = click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 20_000))


@click.group()
def jobs() -> None:
    """Jobs in the ledger."""


def _services() -> Services:
    given = settings()
    url = redis_url_of(given)
    return build_services(given, url, make_celery(url, STAGES, FRONT_TRANSPORT), STAGES)


@jobs.command("list")
@click.option("--state", type=click.Choice([state.value for state in State]))
@click.option("--flow")
@click.option("--organisation")
@limited
@as_json
def list_(state: str | None, flow: str | None, organisation: str | None, limit: int, as_json: bool) -> None:
    """List the newest jobs."""
    wanted = Wanted(state=State(state) if state else None, flow=flow, organisation=organisation)
    found = list_jobs(_services(), wanted, limit)
    if as_json:
        _say_lines(found)
    else:
        _say_table(("id", "state", "flow", "organisation", "age", "attempt", "reason"), map(_row, found))


@jobs.command()
@click.argument("job_id")
@as_json
def show(job_id: str, as_json: bool) -> None:
    """Show a job: its state, what became of each stage, and what it wrote."""
    job = _services().ledger.read(job_id)
    if as_json:
        click.echo(json.dumps(asdict(job), ensure_ascii=False))
    else:
        _say_job(job)


@jobs.command()
@click.argument("job_id")
def retry(job_id: str) -> None:
    """Try a failed job again, from the stage at which it failed."""
    job = retry_job(_services(), job_id)
    click.echo(f"job {job.id} is queued for attempt {job.attempt}, from stage {job.step + 1} on")


@jobs.command()
@click.argument("job_id")
def cancel(job_id: str) -> None:
    """End a job that has not ended."""
    if not cancel_job(_services(), job_id):
        raise click.ClickException(f"job {job_id} has ended already")
    click.echo(f"job {job_id} is cancelled")


@jobs.command()
@limited
@as_json
def dead(limit: int, as_json: bool) -> None:
    """Show the jobs that were given up, and the messages that nobody could read."""
    letters = dead_jobs(_services(), limit)
    if as_json:
        _say_lines([*letters.jobs, *letters.poison])
        return
    _say_table(("id", "reason", "flow", "organisation", "age", "attempt"), map(_dead_row, letters.jobs))
    if letters.poison:
        click.echo("\nmessages that could not be read:")
        _say_table(("age", "task", "reason", "body"), map(_poison_row, letters.poison))


def _row(job: JobSummary) -> Sequence[Any]:
    age = _age(job.created_ms)
    return job.id, job.state.value, job.flow, job.organisation, age, job.attempt, job.reason or ""


def _dead_row(job: JobSummary) -> Sequence[Any]:
    age = _age(job.finished_ms or job.created_ms)
    return job.id, job.reason or "", job.flow, job.organisation, age, job.attempt


def _poison_row(message: PoisonMessage) -> Sequence[Any]:
    return _age(message.at_ms), message.task or "-", message.reason, repr(message.body)


def _say_job(job: Job) -> None:
    lane = f"lane {job.lane}, attempt {job.attempt}"
    click.echo(f"job {job.id}: {job.state.value}, {lane}, flow {job.flow} {job.version}, {job.organisation}")
    click.echo(
        f"created {_time(job.created_ms)}, finished {_time(job.finished_ms)}, request {job.request_id}"
    )
    for stage in job.stages:
        click.echo(
            f"  {stage['type']:<28} {stage['status']:<9} {stage['ms']:>9.1f} ms  {stage.get('reason', '')}"
        )
    if job.problem:
        click.echo(f"problem: {job.problem['code']}: {job.problem['detail']}")
    for name, value in (("document", job.doc), ("result", json.loads(job.result or "null"))):
        if value:
            click.echo(f"{name}:\n{json.dumps(value, indent=2, ensure_ascii=False)}")


def _say_lines(found: Iterable[JobSummary | PoisonMessage]) -> None:
    for each in found:
        click.echo(json.dumps(asdict(each), ensure_ascii=False))


def _say_table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Columns as wide as what stands in them."""
    table = [names, *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _age(at_ms: int) -> str:
    seconds = max(0, int(time() - at_ms / 1000))
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _time(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "-"
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(sep=" ", timespec="milliseconds")
