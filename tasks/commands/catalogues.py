"""``manage.py catalogue``: look at catalogues and bring one's own."""

import json
from pathlib import Path
from typing import Any

import click

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.exercism import DEFAULT_HOURS, to_document
from flows.catalogue.model import BUILT_IN, Catalogue, Skill
from flows.catalogue.nearest import nearest
from flows.errors import CatalogueError, UnknownName
from tasks.commands.environment import settings
from tasks.store.catalogues import StoredCatalogues
from tasks.store.database import open_database, upgrade

DEMO_ORGANISATION = "demo"

organisation_option = click.option(
    "--organisation", default=DEMO_ORGANISATION, show_default=True, help="whose catalogues"
)
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
name_option = click.option("--as", "name", required=True, help="name by which requests ask for it")


def _library() -> StoredCatalogues:
    """The catalogues of this installation, whether the service runs or not."""
    url = settings().database_url
    upgrade(url)
    engine = open_database(url)
    click.get_current_context().call_on_close(engine.dispose)
    return StoredCatalogues(engine, built_in_catalogue)


@click.group()
def catalogue() -> None:
    """Look at catalogues and bring one's own."""


@catalogue.command()
@organisation_option
def check(organisation: str) -> None:
    """Read every catalogue; the first that does not hold together is the error."""
    catalogues = _library()
    for name in catalogues.names(organisation):
        found = catalogues.get(organisation, name)
        edges = sum(len(skill.prerequisites) for skill in found.skills.values())
        click.echo(
            f"{name}: {len(found.skills)} skills, {edges} prerequisites,"
            f" {len(found.goals)} goals, revision {found.revision}"
        )


@catalogue.command()
@click.argument("item", metavar="SKILL_OR_GOAL")
@click.option("--catalogue", "name", default=BUILT_IN, show_default=True)
@organisation_option
def show(item: str, name: str, organisation: str) -> None:
    """Print one skill with everything around it, or one goal."""
    found = _library().get(organisation, name)
    if item in found.skills:
        click.echo(_skill_text(found, found.skills[item]))
    elif item in found.goals:
        goal = found.goals[item]
        targets = sorted(goal.skills.items(), key=lambda pair: (-pair[1], pair[0]))
        lines = [f"{goal.title} (goal {goal.id})", goal.summary, "targets:"]
        click.echo("\n".join([*lines, *(f"  {weight:<5} {skill_id}" for skill_id, weight in targets)]))
    else:
        raise UnknownName("skill", item, nearest(item, [*found.skills, *found.goals]))


def _skill_text(catalogue: Catalogue, skill: Skill) -> str:
    closure = sorted(catalogue.closure([skill.id]) - {skill.id})
    hours = sum(catalogue.skills[skill_id].hours for skill_id in closure)
    goals = [goal.id for goal in catalogue.goals.values() if skill.id in goal.skills]
    lines = [
        f"{skill.title} ({skill.id})",
        skill.summary,
        f"area: {catalogue.area_title(skill.area)}",
        f"level: {skill.level or 'not stated'}   hours: {skill.hours:g}",
        f"needs: {', '.join(skill.prerequisites) or 'nothing'}",
        f"needs in all: {len(closure)} skills, {hours:g} hours",
        f"needed by: {', '.join(catalogue.dependents[skill.id]) or 'nothing'}",
        f"target of: {', '.join(goals) or 'no goal'}",
        "prompts:",
        *(f"  - {prompt}" for prompt in skill.prompts),
        *(["resources:"] if skill.resources else []),
        *(f"  - {resource}" for resource in skill.resources),
    ]
    return "\n".join(line for line in lines if line)


@catalogue.command()
@click.argument("name")
@organisation_option
def remove(name: str, organisation: str) -> None:
    """Remove an imported catalogue."""
    _library().remove(organisation, name)


@catalogue.group("import")
def import_group() -> None:
    """Store a catalogue beside the built-in one; an older one of that name is replaced."""


@import_group.command()
@file_argument
@name_option
@click.option("--hours", default=DEFAULT_HOURS, show_default=True, help="hours that one concept takes")
@organisation_option
def exercism(file: Path, name: str, hours: float, organisation: str) -> None:
    """Import a track configuration of Exercism."""
    _put(organisation, name, to_document(file.name, _read_json(file), hours=hours), file)


@import_group.command("json")
@file_argument
@name_option
@organisation_option
def import_json(file: Path, name: str, organisation: str) -> None:
    """Import a catalogue in our own format (docs/catalogue-format.md)."""
    _put(organisation, name, _read_json(file), file)


def _put(organisation: str, name: str, document: Any, file: Path) -> None:
    catalogues = _library()
    catalogues.put(organisation, name, document, file.name)
    stored = catalogues.get(organisation, name)
    click.echo(f"{name}: {len(stored.skills)} skills, goals: {', '.join(stored.goals) or 'none'}")
    click.echo(f'a request asks for it with "catalogue": "{name}"')


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(file.name, "", f"cannot be read: {error}") from None
