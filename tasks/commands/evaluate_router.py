"""``manage.py evaluate router``: choose a model per question, and see what that gains."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import click

from flows.errors import InvalidInput
from flows.intelligence.evaluation.router import Point, RouterReport, evaluate, margins
from flows.intelligence.evaluation.router_log import parse_router_log

file_type = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("router")
@click.argument("questions", type=file_type)
@click.argument("models", type=file_type)
@click.option("--seed", default=0, show_default=True, help="of the five parts and of the training")
def router(questions: Path, models: Path, seed: int) -> None:
    """Choose a model for each question in QUESTIONS (a JSON object per line, or that in gzip)
    without knowing its scores, by five-fold cross-validation. MODELS has the prices (JSON).
    """
    log = parse_router_log(_text(questions).splitlines(), _text(models), questions.name, models.name)
    started = perf_counter()
    report = evaluate(log.rows, log.models, log.prices, seed=seed)
    click.echo("\n".join([*_points(report), "", *_curves(report), "", *_margins(report)]))
    click.echo(f"five trainings and all choices: {perf_counter() - started:.1f} s")


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
        return (gzip.decompress(data) if file.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError, ValueError) as error:
        raise InvalidInput(f"{file.name}: cannot be read: {error}") from None


def _points(report: RouterReport) -> Iterator[str]:
    yield f"questions {report.questions}; price is the mean of USD per million tokens"
    cheap = f"task table up to ${report.cheap:.2f}"
    for name, point in (
        ("oracle", report.oracle),
        (f"best single ({report.best_single_model})", report.best_single),
        ("task table", report.table),
        (cheap, report.table_cheap),
    ):
        yield f"{name:<52}{point.score:>8.4f}{point.price:>8.3f}"


def _curves(report: RouterReport) -> Iterator[str]:
    yield f"{'':16}{'by question':^16}{'by task':^16}"
    yield f"{'price weight':<16}{'score':>8}{'price':>8}{'score':>8}{'price':>8}"
    for (weight, learned), (_, usual) in zip(report.curve, report.table_curve, strict=True):
        yield f"{weight:<16g}{learned.score:>8.4f}{learned.price:>8.3f}{usual.score:>8.4f}{usual.price:>8.3f}"


def _margins(report: RouterReport) -> Iterator[str]:
    """How far both curves lie above the line through the two task tables."""
    yield "above the line through the two task tables, at prices between them:"
    for name, curve in (("by question", report.curve), ("by task", report.table_curve)):
        yield f"{name:<16}{_summary([point for _, point in curve], report)}"
    yield f"share of corrections followed, by part: {', '.join(f'{factor:g}' for factor in report.factors)}"


def _summary(curve: list[Point], report: RouterReport) -> str:
    above = [margin for _, margin in margins(curve, report.table_cheap, report.table)]
    mean = sum(above) / len(above)
    return f"least {min(above):+.4f}, mean {mean:+.4f}, most {max(above):+.4f}"
