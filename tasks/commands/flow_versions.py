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


def publish(given: Settings, redis_url: str, file: Path | None = None) -> str:
    """Publish a file (default: FLOWS_FILE, else the built-in one); returns its version."""
    text = (file or given.flows_file or BUILT_IN_FILE).read_text("utf-8")
    return FlowVersions(fast_client(redis_url), STAGES).publish(text)


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


@flows.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def publish_command(file: Path | None) -> None:
    """Check a file and make it the version that new jobs start with."""
    given = settings()
    click.echo(f"current version: {publish(given, redis_url_of(given), file)}")


@flows.command()
def rollback() -> None:
    """Go back to the version before."""
    click.echo(f"current version: {_versions().rollback()}")


@flows.command()
def history() -> None:
    """Versions as they came into use, the current one first."""
    click.echo("\n".join(_versions().history()))
