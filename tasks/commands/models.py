"""``manage.py models``: train models now, and see which there are."""

import json
from datetime import UTC

import click
from sqlalchemy import Engine

from flows.catalogue.nearest import nearest
from flows.errors import UnknownName
from tasks.commands.environment import settings
from tasks.store.database import open_database, upgrade
from tasks.store.trained_models import ModelSummary, StoredModels
from tasks.training.trainer import TRAININGS, make_trainer

SHARED = "(shared)"  #: How the owner of what organisations have in common is shown.


@click.group()
def models() -> None:
    """Models that are trained on events."""


@models.command()
@click.argument("kind", required=False, type=click.Choice(list(TRAININGS)))
@click.option("--organisation", help="train for this one only")
def train(kind: str | None, organisation: str | None) -> None:
    """Train models of KIND, or of all kinds, now, whether or not it is time."""
    engine = _open()
    trainer = make_trainer(engine, StoredModels(engine))
    known = trainer.corpus.organisations()
    if organisation is not None and organisation not in known:
        raise UnknownName("organisation", organisation, nearest(organisation, known))
    for each in [kind] if kind else TRAININGS:
        for owner in known if organisation is None else [organisation]:
            trainer.train(each, owner)
            click.echo(f"{each} {owner}: trained")
        trainer.share(each)


@models.command("list")
def list_models() -> None:
    """Show all models: kind, owner, version, when they were trained, and on what."""
    for summary in StoredModels(_open()).summaries():
        click.echo(_line(summary))


def _line(summary: ModelSummary) -> str:
    trained_at = summary.trained_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    owner = SHARED if summary.organisation is None else summary.organisation
    measures = json.dumps(summary.measures)
    return f"{summary.kind:12} {owner:20} {summary.version[:12]} {trained_at} {measures}"


def _open() -> Engine:
    given = settings()
    upgrade(given.database_url)
    engine = open_database(given.database_url)
    click.get_current_context().call_on_close(engine.dispose)
    return engine
