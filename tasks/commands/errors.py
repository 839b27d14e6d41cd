"""``manage.py errors``: ask the knowledge base about an error, and check it."""

from collections import Counter
from collections.abc import Iterator

import click

from flows.catalogue.built_in_errors import built_in_errors
from flows.intelligence.errors.classify import Match, classify
from flows.intelligence.errors.knowledge import built_in_knowledge


@click.group()
def errors() -> None:
    """Ask the knowledge base about an error, and check it."""


@errors.command("classify")
@click.argument("message")
@click.option("--context", default="", help="what you were doing, or the code around it")
@click.option("--most", default=3, show_default=True, type=click.IntRange(1, 20), help="matches to show")
def classify_command(message: str, context: str, most: int) -> None:
    """Print what MESSAGE most likely is, why it comes and what fixes it."""
    matches = classify(message, context, built_in_knowledge(), most)
    click.echo("\n\n".join("\n".join(_lines(match)) for match in matches) or "nothing fits this message")


def _lines(match: Match) -> Iterator[str]:
    entry, parts = match.entry, match.parts
    language = "" if parts.language is None else f", language {parts.language:g}"
    yield f"{match.score:.2f}  {entry.title} ({entry.id})"
    yield f"      pattern {parts.pattern:.2f}, text {parts.text:.2f}{language}"
    yield f"      {entry.cause}"
    yield from (f"      - {prompt}" for prompt in match.prompts)
    if entry.note:
        yield f"      {entry.note}"
    yield f"      review: {', '.join(entry.skills)}"


@errors.command()
def check() -> None:
    """Read the knowledge base; the first entry that does not hold together is the error."""
    entries = built_in_errors()
    topics = Counter(entry.topic for entry in entries)
    prompts = sum(len(entry.prompts) for entry in entries)
    patterns = sum(len(entry.patterns) for entry in entries)
    click.echo(f"{len(entries)} errors, {patterns} patterns, {prompts} prompts")
    for topic, count in sorted(topics.items()):
        click.echo(f"  {topic}: {count}")
