"""``manage.py webhooks``: secrets, what became of messages, and a receiver to try them with."""

from datetime import datetime

import click
from sqlalchemy import Engine

from flows.errors import DeliveryNotFound
from tasks.commands.environment import settings
from tasks.store.database import open_database, upgrade
from tasks.store.webhook_deliveries import Delivery, DeliveryState, WebhookDeliveries
from tasks.store.webhook_secrets import Secret, WebhookSecrets
from tasks.webhooks.listener import Listener


@click.group()
def webhooks() -> None:
    """Messages to callers' addresses."""


@webhooks.command("list")
@click.argument("organisation")
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]))
@click.option("--job", "job_id", help="of this job only")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
def list_deliveries(organisation: str, state: str | None, job_id: str | None, limit: int) -> None:
    """Show messages of ORGANISATION, newest first, and the addresses that want none."""
    deliveries = WebhookDeliveries(_open())
    for delivery in deliveries.listed(organisation, limit=limit, state=state, job_id=job_id):
        click.echo(_line(delivery))
    for url, at in deliveries.disabled(organisation):
        click.echo(f"disabled since {_time(at)}: {url}")


@webhooks.command()
@click.argument("organisation")
@click.argument("delivery_id")
def retry(organisation: str, delivery_id: str) -> None:
    """Send a message of ORGANISATION again, at once."""
    deliveries = WebhookDeliveries(_open())
    if deliveries.get(organisation, delivery_id) is None:
        raise DeliveryNotFound(f"{organisation} has no webhook delivery {delivery_id}")
    if not deliveries.retry(organisation, delivery_id):
        raise click.ClickException("its address is disabled: manage.py webhooks enable")
    click.echo(f"{delivery_id}: is sent again")


@webhooks.command()
@click.argument("organisation")
@click.argument("url")
def enable(organisation: str, url: str) -> None:
    """Send messages of ORGANISATION to URL again, which had answered 410."""
    found = WebhookDeliveries(_open()).enable(organisation, url)
    click.echo(f"{url}: enabled" if found else f"{url}: was not disabled")


@webhooks.command()
@click.option("--port", default=8099, show_default=True, type=click.IntRange(0, 65535))
@click.option("--organisation", default="demo", show_default=True, help="whose secret the messages have")
def listen(port: int, organisation: str) -> None:
    """Receive messages on this machine, verify and show them, until Ctrl-C.

    The service must run with WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8 and WEBHOOK_ALLOW_HTTP=yes.
    """
    secrets = WebhookSecrets(_open())

    def in_force() -> list[str]:
        return [secret.text for secret in secrets.in_force(organisation)]

    with Listener(port, in_force, click.echo) as listener:
        click.echo(f'listening: send requests with "callbackUrl": "{listener.url}"')
        try:
            listener.serve_forever()
        except KeyboardInterrupt:
            click.echo("stopped")


@webhooks.group()
def secret() -> None:
    """Secrets that messages are signed with."""


@secret.command()
@click.argument("organisation")
def show(organisation: str) -> None:
    """Print the current secret of ORGANISATION; the first one is made when it is asked for."""
    click.echo(WebhookSecrets(_open()).in_force(organisation)[0].text)


@secret.command()
@click.argument("organisation")
def rotate(organisation: str) -> None:
    """Make and print another secret for ORGANISATION; the one before signs as well for 24 hours."""
    click.echo(WebhookSecrets(_open()).rotate(organisation)[0].text)


@secret.command("list")
@click.argument("organisation")
def list_secrets(organisation: str) -> None:
    """Show which secrets of ORGANISATION sign, without the secrets."""
    for each in WebhookSecrets(_open()).in_force(organisation):
        click.echo(_secret_line(each))


@secret.command()
@click.argument("organisation")
@click.argument("number", type=int)
def remove(organisation: str, number: int) -> None:
    """Let secret NUMBER of ORGANISATION sign no more from now on; without a current one the next is made."""
    if not WebhookSecrets(_open()).remove(organisation, number):
        raise click.ClickException(f"{organisation} has no secret {number}")
    click.echo(f"{number}: removed")


def _line(delivery: Delivery) -> str:
    said = delivery.last_error or (f"answered {delivery.last_status}" if delivery.last_status else "")
    tried = f"{delivery.attempts} attempts" + (f", {said}" if said else "")
    what = f"{delivery.state:9} {delivery.type} {delivery.url}"
    return f"{delivery.id} {_time(delivery.created_at)} {what} ({tried})"


def _secret_line(secret: Secret) -> str:
    until = f"signs until {_time(secret.expires_at)}" if secret.expires_at else "current"
    return f"{secret.number} made {_time(secret.created_at)}, {until}"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


def _open() -> Engine:
    given = settings()
    upgrade(given.database_url)
    engine = open_database(given.database_url)
    click.get_current_context().call_on_close(engine.dispose)
    return engine
