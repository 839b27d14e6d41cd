"""``manage.py batch``: learning paths for a whole team, watched until the file is written.

It works on the stores of the service, which does the work: a batch is opened in the database, the
feeder of a running service finds it there, and how far it is stands there too.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from config.queues import BATCH
from config.settings import SettingsError
from flows.catalogue.built_in import built_in_catalogue
from flows.errors import StoreUnavailable
from flows.requests.learning_path import DEFAULT_HOURS_PER_WEEK
from tasks.batches.cancelling import cancel_batch
from tasks.batches.model import Batch
from tasks.batches.opening import open_learning_paths
from tasks.batches.results import FORMATS, pages
from tasks.batches.view import batch_view
from tasks.commands.environment import settings
from tasks.embedded_redis import redis_url_of
from tasks.redis_client import fast_client
from tasks.store.base import State
from tasks.store.batches import StoredBatches
from tasks.store.catalogues import StoredCatalogues
from tasks.store.database import open_database, upgrade
from tasks.store.in_redis import RedisLedger
from tasks.store.team_records import StoredTeams
from tasks.store.worker_presence import WorkerPresence

DEMO_ORGANISATION = "demo"
LOOK_EVERY_S = 0.5
FAILURES_SHOWN = 20
INTERRUPTED = 130  #: The exit code of what a Ctrl-C has ended.
STANDARD_OUTPUT = Path("-")

organisation_option = click.option(
    "--org", "organisation", default=DEMO_ORGANISATION, show_default=True, help="whose batch"
)
format_option = click.option(
    "--format", "format_", default="csv", show_default=True, type=click.Choice(list(FORMATS))
)
output_option = click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="default: batch-<id>.<format>; - prints"
)


@dataclass(frozen=True, slots=True)
class _Stores:
    """What the commands work on."""

    batches: StoredBatches
    catalogues: StoredCatalogues
    teams: StoredTeams


@click.group()
def batch() -> None:
    """Answers for a whole team at once."""


@batch.command("learning-paths")
@click.option("--team", required=True, help="id of the team")
@organisation_option
@click.option("--goal", default="fullstack", show_default=True, help="goal or skill of the catalogue")
@click.option("--timeframe", default="3months", show_default=True)
@click.option(
    "--hours",
    default=DEFAULT_HOURS_PER_WEEK,
    show_default=True,
    type=click.FloatRange(0.5, 60),
    help="per person and week",
)
@format_option
@output_option
def learning_paths(
    team: str,
    organisation: str,
    goal: str,
    timeframe: str,
    hours: float,
    format_: str,
    output: Path | None,
) -> None:
    """Plan a learning path for everybody in a team, and write them to a file.

    A running service does the work. After a Ctrl-C the batch goes on, unless you say that it is to end.
    """
    stores = _stores()
    sent = {"orgId": organisation, "teamId": team, "goal": goal, "timeframe": timeframe}
    opened, _ = open_learning_paths(
        stores.batches, stores.catalogues, stores.teams, organisation, sent | {"hoursPerWeek": hours}
    )
    click.echo(f"batch {opened.id}: {opened.members} people", err=True)
    _see_through(stores, opened, format_, output)


@batch.command()
@click.argument("batch_id")
@organisation_option
def show(batch_id: str, organisation: str) -> None:
    """Print how far a batch is."""
    found = _stores().batches.get(organisation, batch_id)
    click.echo(json.dumps(batch_view(found, datetime.now(UTC)), indent=2, ensure_ascii=False))


@batch.command("list")
@organisation_option
@click.option("--most", default=20, show_default=True, type=click.IntRange(1, 1000))
def list_batches(organisation: str, most: int) -> None:
    """List batches, newest first."""
    for found in _stores().batches.newest(organisation, limit=most):
        click.echo(f"{found.id}  {found.created_at:%Y-%m-%d %H:%M}  {found.state:<9}  {_counts(found)}")


@batch.command()
@click.argument("batch_id")
@organisation_option
@format_option
@output_option
def results(batch_id: str, organisation: str, format_: str, output: Path | None) -> None:
    """Wait for a batch to end, and write its results to a file."""
    stores = _stores()
    _see_through(stores, stores.batches.get(organisation, batch_id), format_, output)


@batch.command()
@click.argument("batch_id")
@organisation_option
def retry(batch_id: str, organisation: str) -> None:
    """Try the members that failed again."""
    click.echo(f"{_stores().batches.retry(organisation, batch_id)} people are tried again")


@batch.command()
@click.argument("batch_id")
@organisation_option
def cancel(batch_id: str, organisation: str) -> None:
    """End a batch: who is under way is cancelled, the others never start."""
    _cancel(_stores().batches, organisation, batch_id)


def _stores() -> _Stores:
    """The stores of this installation, whether the service runs or not."""
    url = settings().database_url
    upgrade(url)
    engine = open_database(url)
    click.get_current_context().call_on_close(engine.dispose)
    return _Stores(StoredBatches(engine), StoredCatalogues(engine, built_in_catalogue), StoredTeams(engine))


def _see_through(stores: _Stores, opened: Batch, format_: str, output: Path | None) -> None:
    """Watch a batch to its end, write the file, and say who failed; exit code 1 when somebody did."""
    if not _is_served():
        click.echo("no worker for batches is running; it goes on when one does (make up)", err=True)
    try:
        ended = _watch(lambda: stores.batches.get(opened.organisation, opened.id), opened)
    except KeyboardInterrupt:
        _leave(stores.batches, opened)
    file = output or Path(f"batch-{ended.id}.{format_}")
    _write(stores.batches, ended, format_, file)
    click.echo(f"{_counts(ended)}{'' if file == STANDARD_OUTPUT else f'; see {file}'}", err=True)
    if ended.counts[State.FAILED]:
        _say_who_failed(stores.batches, ended)


def _is_served() -> bool:
    try:
        with fast_client(redis_url_of(settings())) as client:
            return BATCH in WorkerPresence(client).present()
    except (SettingsError, StoreUnavailable):
        return False


def _watch(look: Callable[[], Batch], opened: Batch) -> Batch:
    """Show a bar with the time left until the batch has ended."""
    people = sum(opened.counts.values())
    with click.progressbar(length=people, label="learning paths", show_pos=True, file=sys.stderr) as bar:
        while True:
            now = look()
            bar.update(now.ended - bar.pos)
            if now.state.ended:
                return now
            time.sleep(LOOK_EVERY_S)


def _leave(batches: StoredBatches, opened: Batch) -> NoReturn:
    """Ask what to do with a batch that nobody watches any more; without an answer it goes on."""
    try:
        if click.confirm("\ncancel the batch?", default=False, err=True):
            _cancel(batches, opened.organisation, opened.id)
            raise click.exceptions.Exit(INTERRUPTED)
    except click.Abort:
        pass  # No answer: it was another Ctrl-C, or there is nobody to ask.
    named = f"{opened.id} --org {opened.organisation}"
    click.echo(
        "the batch goes on without you:\n"
        f"  manage.py batch show {named}       says how far it is\n"
        f"  manage.py batch results {named}    waits for it and writes the file\n"
        f"  manage.py batch cancel {named}     ends it",
        err=True,
    )
    raise click.exceptions.Exit(INTERRUPTED)


def _cancel(batches: StoredBatches, organisation: str, batch_id: str) -> None:
    with fast_client(redis_url_of(settings())) as client:
        cancel_batch(batches, RedisLedger(client), organisation, batch_id)
    click.echo(_counts(batches.get(organisation, batch_id)), err=True)


def _write(batches: StoredBatches, ended: Batch, format_: str, file: Path) -> None:
    write, _ = FORMATS[format_]
    pieces = write(ended, pages(batches, ended), datetime.now(UTC))
    if file == STANDARD_OUTPUT:
        for piece in pieces:
            click.echo(piece, nl=False)
        return
    with file.open("w", encoding="utf-8", newline="") as opened:
        opened.writelines(pieces)


def _say_who_failed(batches: StoredBatches, ended: Batch) -> NoReturn:
    found = batches.members(ended.organisation, ended.id, limit=FAILURES_SHOWN, state=State.FAILED)
    for member in found:
        click.echo(f"  {member.user_id}: {(member.problem or {}).get('detail', 'failed')}", err=True)
    more = ended.counts[State.FAILED] - len(found)
    raise click.ClickException(
        (f"and {more} more; " if more > 0 else "")
        + f"try them again with: manage.py batch retry {ended.id} --org {ended.organisation}"
    )


def _counts(found: Batch) -> str:
    counts = [f"{count} {state}" for state, count in found.counts.items() if count]
    return ", ".join(counts) or "nobody is left in it"
