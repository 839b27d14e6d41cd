"""``manage.py evaluate tracing``: how well answers are predicted from the ones before."""

import gzip
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import click

from flows.errors import InvalidInput
from flows.intelligence.evaluation import tracing as evaluation
from flows.intelligence.evaluation.answer_log import parse_answer_log
from flows.intelligence.evaluation.tracing import Measures, Result
from flows.intelligence.tracing.training import TrainingSettings

HEADINGS = f"{'':24}{'answers':>8}{'AUC':>8}{'accuracy':>10}{'ECE':>8}{'log loss':>10}"


@click.command("tracing")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--cross-validate", is_flag=True, help="mean of four rounds within the training part")
@click.option("--seed", default=TrainingSettings().seed, show_default=True, help="of the training")
def tracing(file: Path, cross_validate: bool, seed: int) -> None:
    """Predict the answers in FILE: four lines per student (id; items; skills; 1 or 0), or that
    in gzip. Students at every fifth position, from the first, are tested and the others trained on.
    """
    people = [student.answers for student in parse_answer_log(_lines(file))]
    run = evaluation.cross_validate if cross_validate else evaluation.evaluate
    found = run(people, clock=time.perf_counter, settings=TrainingSettings(seed=seed))
    reports = found if isinstance(found, list) else [found]
    tested = ", ".join(str(report.students) for report in reports)
    click.echo(f"students {len(people)}, tested {tested}; answers {sum(map(len, people))}")
    click.echo(HEADINGS)
    for name, results in (
        ("tracer", [report.tracer for report in reports]),
        ("Elo", [report.elo for report in reports]),
    ):
        click.echo(_row(name, [result.every for result in results]))
        click.echo(_row(f"{name} without repeats", [result.without_repeats for result in results]))
    click.echo(
        "microseconds per answer, predict and update:"
        f" tracer {_microseconds([report.tracer for report in reports])},"
        f" Elo {_microseconds([report.elo for report in reports])}"
    )


def _lines(file: Path) -> list[str]:
    try:
        data = file.read_bytes()
        text = gzip.decompress(data) if file.suffix == ".gz" else data
        return text.decode("utf-8").splitlines()
    except (OSError, EOFError, ValueError) as error:
        raise InvalidInput(f"{file.name} cannot be read: {error}") from None


def _row(name: str, rounds: Sequence[Measures]) -> str:
    return (
        f"{name:24}{sum(measures.answers for measures in rounds):>8}"
        f"{fmean(measures.auc for measures in rounds):>8.4f}"
        f"{fmean(measures.accuracy for measures in rounds):>10.4f}"
        f"{fmean(measures.calibration_error for measures in rounds):>8.4f}"
        f"{fmean(measures.log_loss for measures in rounds):>10.4f}"
    )


def _microseconds(results: Sequence[Result]) -> str:
    return f"{fmean(result.seconds for result in results) * 1e6:.1f}"
