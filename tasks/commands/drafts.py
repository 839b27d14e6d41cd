"""``manage.py drafts``: have a language model draft prompts and questions, and decide about them."""

from datetime import UTC

import click

from flows.catalogue.model import BUILT_IN
from flows.errors import InvalidInput
from flows.intelligence.drafting.model import Kind, State
from flows.registry import STAGES
from tasks.celery_app import FRONT_TRANSPORT, make_celery
from tasks.commands.environment import settings
from tasks.drafting import start
from tasks.embedded_redis import redis_url_of
from tasks.services import build_services
from tasks.store.database import open_database, upgrade
from tasks.store.drafts import KeptDraft, StoredDrafts

ORGANISATION = click.option("--organisation", default="demo", show_default=True)


@click.group()
def drafts() -> None:
    """Prompts and questions that the language model drafted; only accepted ones are shown."""


@drafts.command()
@click.option("--skill", required=True, help="id of a skill")
@click.option(
    "--kind", type=click.Choice([str(kind) for kind in Kind]), default=str(Kind.QUESTION), show_default=True
)
@click.option("--catalogue", default=BUILT_IN, show_default=True)
@ORGANISATION
def make(skill: str, kind: str, catalogue: str, organisation: str) -> None:
    """Let a worker of the queue "batch" draft some; prints the job."""
    given = settings()
    if not given.ollama_url:
        raise InvalidInput("OLLAMA_URL is not set: there is no model to draft anything")
    redis_url = redis_url_of(given)
    services = build_services(given, redis_url, make_celery(redis_url, STAGES, FRONT_TRANSPORT), STAGES)
    accepted = start(services, organisation, skill, Kind(kind), catalogue=catalogue, occasion="by-hand")
    click.echo(f"job {accepted.job_id}{' (running already)' if accepted.joined else ''}")


@drafts.command("list")
@click.option("--state", type=click.Choice([str(state) for state in State]), help="default: all")
@ORGANISATION
def list_drafts(state: str | None, organisation: str) -> None:
    """Show drafts, newest first, with all that they say."""
    for one in _stored().kept(organisation, State(state) if state else None):
        click.echo(_text(one))


@drafts.command()
@click.argument("draft_id")
@ORGANISATION
def accept(draft_id: str, organisation: str) -> None:
    """From now on people get this one too."""
    _stored().review(organisation, draft_id, State.ACCEPTED)
    click.echo(f"{draft_id}: accepted; a running service shows it within half a minute")


@drafts.command()
@click.argument("draft_id")
@ORGANISATION
def reject(draft_id: str, organisation: str) -> None:
    """Nobody gets this one, and none like it is drafted again."""
    _stored().review(organisation, draft_id, State.REJECTED)
    click.echo(f"{draft_id}: rejected")


def _text(one: KeptDraft) -> str:
    draft, content = one.draft, one.draft.content
    at = one.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ")
    lines = [f"{draft.id} {one.state} {draft.kind} {draft.skill} ({one.model}, {at})", f"  {draft.headline}"]
    if draft.kind is Kind.QUESTION:
        wrong = (f"    - {text}" for text in content["distractors"])
        lines += [f"    + {content['answer']}", *wrong, f"    {content['explanation']}"]
    return "\n".join(lines)


def _stored() -> StoredDrafts:
    given = settings()
    upgrade(given.database_url)
    engine = open_database(given.database_url)
    click.get_current_context().call_on_close(engine.dispose)
    return StoredDrafts(engine)
