"""``manage.py jobs``: look into the ledger."""

import json
from dataclasses import asdict

import click

from tasks.commands.environment import settings
from tasks.embedded_redis import redis_url_of
from tasks.redis_client import fast_client
from tasks.store.in_redis import RedisLedger


@click.group()
def jobs() -> None:
    """Jobs in the ledger."""


@jobs.command()
@click.argument("job_id")
def show(job_id: str) -> None:
    """Print a job's ledger entry as it is."""
    ledger = RedisLedger(fast_client(redis_url_of(settings())))
    click.echo(json.dumps(asdict(ledger.read(job_id)), indent=2, ensure_ascii=False))
