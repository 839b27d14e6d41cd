"""``manage.py flows``: check, publish and roll back ``flows.json``."""

from pathlib import Path

import click

from config.settings import Settings
from flows.loader import BUILT_IN_FILE, load_flows
from flows.registry import STAGES
from tasks.commands.environment import settings
from tasks.embedded_redis import redis_url_of
from tasks.redis_client import fast_client
from tasks.store.flow_versions import FlowVersions


def introduce(given: Settings, redis_url: str) -> str:
    """What every start does: publish the file's version if it is new; returns the current one."""
    return FlowVersions(fast_client(redis_url), STAGES).introduce(_text(given))


def _text(given: Settings, file: Path | None = None) -> str:
    return (file or given.flows_file or BUILT_IN_FILE).read_text("utf-8")


def _versions() -> FlowVersions:
    return FlowVersions(fast_client(redis_url_of(settings())), STAGES)


@click.group()
def flows() -> None:
    """Versions of flows.json; a running service follows within a second."""


@flows.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=BUILT_IN_FILE)
def check(file: Path) -> None:
    """Check a file without publishing it."""
    for flow in load_flows(file.read_text("utf-8"), STAGES, file.name).values():
        click.echo(f"{flow.name}: {' -> '.join(step.stage.type for step in flow.steps)}")


@flows.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def publish(file: Path | None) -> None:
    """Check a file and make it the version that new jobs start with."""
    click.echo(f"current version: {_versions().publish(_text(settings(), file))}")


@flows.command()
def rollback() -> None:
    """Go back to the version before."""
    click.echo(f"current version: {_versions().rollback()}")


@flows.command()
def history() -> None:
    """Versions as they came into use, the current one first."""
    click.echo("\n".join(_versions().history()))
