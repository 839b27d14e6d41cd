"""``manage.py evaluate paths``: judge learning paths on a catalogue."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from flows.catalogue.exercism import DEFAULT_HOURS, to_document
from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.errors import CatalogueError
from flows.intelligence.evaluation.paths import PathsReport, evaluate


@click.command("paths")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--seed", default=1, show_default=True, help="of the random orders")
@click.option("--hours", default=DEFAULT_HOURS, show_default=True, help="per concept of an Exercism track")
def paths(files: tuple[Path, ...], seed: int, hours: float) -> None:
    """Plan for every goal and every skill of each FILE (JSON): a track configuration of Exercism,
    or a catalogue in our own format (docs/catalogue-format.md).
    """
    for place, file in enumerate(files):
        report = evaluate(_catalogue(file, hours), seed=seed)
        click.echo("\n".join([*([""] if place else []), *_lines(file.name, report)]))


def _catalogue(file: Path, hours: float) -> Catalogue:
    try:
        document = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(file.name, "", f"cannot be read: {error}") from None
    if isinstance(document, dict) and "exercises" in document:
        document = to_document(file.name, document, hours=hours)
    return parse(file.stem, [(file.name, document)])


def _lines(name: str, report: PathsReport) -> Iterator[str]:
    counts = report.counts
    yield f"{name}: skills {report.skills}, prerequisite edges {report.edges}"
    yield "edges violated by an order of all skills:"
    for order, share in report.violations.items():
        yield f"  {order:<14}{share:>7.3f}"
    yield f"paths to every goal and skill in several budgets: {counts.plans}"
    yield f"  edges violated            {counts.violated} of {counts.edges}"
    yield f"  goal closure complete     {counts.complete / counts.plans:.3f} (time for all in {counts.roomy})"
    yield f"  planned but not needed    {counts.extra}"
    yield f"  weeks over budget         {counts.overfull} of {counts.weeks}"
