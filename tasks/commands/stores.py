"""``manage.py db`` and ``manage.py demo``: schema and demo data. Safe to repeat."""

import click
from sqlalchemy import Engine

from config.settings import Settings
from flows.catalogue.built_in import built_in_catalogue
from tasks.commands.environment import settings
from tasks.commands.flow_versions import introduce
from tasks.memory_vectors.make import left_behind
from tasks.redis_client import fast_client
from tasks.store.cached_entitlements import CachedEntitlements
from tasks.store.database import open_database, revision, upgrade
from tasks.store.demo import demo_is_loaded, load_demo, move_demo_dates
from tasks.store.entitlements import StoredEntitlements


def prepare_stores(given: Settings, redis_url: str) -> None:
    """What a first start needs and a later one finds done."""
    engine = _open(given)
    catalogue = built_in_catalogue()
    click.echo(f"catalogue: {len(catalogue.skills)} skills, {len(catalogue.goals)} goals")
    if demo_is_loaded(engine):
        _move_dates(engine, redis_url)
    else:
        _say(load_demo(engine, catalogue))
    click.echo(f"flows: version {introduce(given, redis_url)}")


def _move_dates(engine: Engine, redis_url: str) -> None:
    """The demo shows contracts that are about to end, whatever day it was loaded on."""
    moved = move_demo_dates(engine)
    with fast_client(redis_url) as client:
        cached = CachedEntitlements(StoredEntitlements(engine), client)
        for organisation in moved:
            cached.forget(organisation)


def _open(given: Settings) -> Engine:
    upgrade(given.database_url)
    engine = open_database(given.database_url)
    click.get_current_context().call_on_close(engine.dispose)
    if hint := left_behind(given, engine):
        click.echo(f"warning: {hint}", err=True)
    return engine


def _say(counts: dict[str, int]) -> None:
    click.echo("demo data: " + ", ".join(f"{count} {name}" for name, count in counts.items()))


@click.group()
def db() -> None:
    """The durable store."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to date."""
    click.echo(f"schema at revision {revision(_open(settings()))}")


@click.group()
def demo() -> None:
    """Demo data."""


@demo.command("load")
def demo_load() -> None:
    """Load the demo data where it is missing."""
    _say(load_demo(_open(settings()), built_in_catalogue()))


@demo.command("reset")
def demo_reset() -> None:
    """Remove the demo data and load it afresh."""
    _say(load_demo(_open(settings()), built_in_catalogue(), reset=True))
