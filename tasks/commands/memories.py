"""``manage.py memories``: the index of vectors that memories are found by."""

import os
from collections import Counter
from time import sleep

import click
from sqlalchemy import Engine

from config.settings import Settings
from flows.errors import InvalidInput, PortUnavailable
from tasks.clients.vectors import vectors_lack
from tasks.memory_vectors.make import connect, connect_index
from tasks.memory_vectors.reconciler import MemoryIndex
from tasks.store.database import open_database, upgrade
from tasks.store.vector_rows import VectorRows

FOREVER_S = float("inf")


@click.group()
def memories() -> None:
    """The memory bank's index of vectors (docs/memory-vectors.md)."""


@memories.command()
@click.option("--rebuild", is_flag=True, help="throw the index away first")
@click.option("--every", type=click.FloatRange(min=1), help="go on, with so many seconds in between")
def index(rebuild: bool, every: float | None) -> None:
    """Make the index hold what the memory bank does, at once; prints what it did and how many it has."""
    found = _index()
    if rebuild:
        found.rebuild()
    whole = True
    while True:
        try:
            _run(found, whole)
            whole = False
        except PortUnavailable as error:
            if every is None:
                raise
            click.echo(f"waits: {error}", err=True)
        if every is None:
            return
        sleep(every)


@memories.command()
def status() -> None:
    """Print how many memories are in the index."""
    click.echo(_counted(_index()))


@memories.command()
def drop() -> None:
    """Remove all of the index, wherever it is from; for who switched it off, so it needs QDRANT_URL alone."""
    settings = Settings.of_command(os.environ)
    if not settings.qdrant_url:
        raise InvalidInput("QDRANT_URL must be set, to remove what is there", field="QDRANT_URL")
    rows, index = VectorRows(_opened(settings)), connect_index(settings)
    for name in rows.collections():
        index.drop(name)
        click.echo(f"{name}: {rows.forget(name)} memories")


def _run(found: MemoryIndex, whole: bool) -> None:
    shown: Counter[str] = Counter()

    def told(done: Counter[str]) -> None:
        if done.total() - shown.total() >= 1_000:
            shown.clear()
            shown.update(done)
            click.echo(_said(done))

    click.echo(_said(found.reconcile(FOREVER_S, told, whole=whole)))
    click.echo(_counted(found))


def _said(done: Counter[str]) -> str:
    return ", ".join(f"{count} {fate}" for fate, count in sorted(done.items())) or "nothing to do"


def _counted(found: MemoryIndex) -> str:
    collection, counts = found.counts()
    if not collection:
        return f"no index yet, {counts.memories} memories"
    return f"{collection}: {counts.indexed} of {counts.memories} memories"


def _index() -> MemoryIndex:
    """Of the store that the settings name, be it the front's or that of a memory service."""
    settings = Settings.of_command(os.environ)
    if lacking := vectors_lack(settings):
        raise InvalidInput(f"memories are not found by vectors: {' and '.join(lacking)} must be set")
    vectors = connect(settings, _opened(settings))
    assert vectors is not None
    return vectors.index


def _opened(settings: Settings) -> Engine:
    upgrade(settings.database_url)
    engine = open_database(settings.database_url)
    click.get_current_context().call_on_close(engine.dispose)
    return engine
