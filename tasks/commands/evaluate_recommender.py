"""``manage.py evaluate recommender``: judge the recommender on a course log."""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from time import perf_counter

import click

from flows.errors import InvalidInput
from flows.intelligence.evaluation.mars import parse_interactions, parse_items
from flows.intelligence.evaluation.recommender import Evaluation, evaluate
from flows.intelligence.recommender.recommend import recommend

file_type = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("recommender")
@click.argument("interactions", type=file_type)
@click.argument("items", type=file_type)
def recommender(interactions: Path, items: Path) -> None:
    """Hold everybody's newest step out of INTERACTIONS (CSV; catalogue in ITEMS) and rank it."""
    log = parse_interactions(_lines(interactions), interactions.name)
    catalogue = parse_items(_lines(items), items.name)
    started = perf_counter()
    evaluation = evaluate(log, catalogue)
    seconds = perf_counter() - started
    click.echo("\n".join([*_table(evaluation), "", *_weights(evaluation), "", *_times(evaluation)]))
    click.echo(f"training and all rankings: {seconds:.1f} s")


def _lines(file: Path) -> Iterable[str]:
    try:
        return StringIO(file.read_text("utf-8-sig"), newline="")
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{file.name}: cannot be read: {error}") from None


def _table(evaluation: Evaluation) -> Iterator[str]:
    titles = f"{'NDCG@10':>9}{'Recall@10':>11}{'MRR':>7}{'coverage':>10}"
    yield f"{'ranker':<26}{'history':<9}{'people':>7}{titles}"
    for ranker, groups in evaluation.measures.items():
        for group, found in groups.items():
            figures = f"{found.ndcg:>9.4f}{found.recall:>11.4f}{found.mrr:>7.4f}{found.coverage:>10.4f}"
            yield f"{ranker:<26}{group:<9}{found.people:>7}{figures}"


def _weights(evaluation: Evaluation) -> Iterator[str]:
    yield "weights of the sources by length of history, fitted without what was held out:"
    for start, weights in evaluation.model.blend.items():
        yield f"{start}+: " + ", ".join(f"{name} {weight:.2f}" for name, weight in weights.items())


def _times(evaluation: Evaluation) -> Iterator[str]:
    times = []
    for case in evaluation.cases:
        started = perf_counter()
        recommend(evaluation.model, case.history, time=case.time)
        times.append((perf_counter() - started) * 1000)
    times.sort()
    if times:
        middle, high = percentile(times, 50), percentile(times, 95)
        yield f"serving ten with reasons: p50 {middle:.2f} ms, p95 {high:.2f} ms over {len(times)} requests"


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest of the values (in rising order, at least one) that so many percent do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
