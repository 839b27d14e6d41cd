"""``manage.py evaluate errors``: judge how errors are explained on explanations of one's own."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import click

from flows.errors import InvalidInput
from flows.intelligence.errors.classify import classify
from flows.intelligence.errors.knowledge import built_in_knowledge
from flows.intelligence.evaluation.errors import (
    CUTOFFS,
    Evaluation,
    Query,
    evaluate,
    parse_explanations,
    parse_queries,
)

file_type = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("errors")
@click.argument("documents", type=file_type)
@click.argument("queries", type=file_type)
def errors(documents: Path, queries: Path) -> None:
    """Find the explanation in DOCUMENTS (JSON) for each message in QUERIES (JSON)."""
    explanations = parse_explanations(_text(documents), documents.name)
    asked = parse_queries(_text(queries), queries.name, explanations)
    click.echo("\n".join(_table(evaluate(explanations, asked))))
    click.echo(_times(asked))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{file.name}: cannot be read: {error}") from None


def _table(evaluation: Evaluation) -> Iterator[str]:
    yield f"{evaluation.documents} documents, {evaluation.queries} queries"
    yield f"{'ranker':<16}" + "".join(f"{f'R@{cutoff}':>8}" for cutoff in CUTOFFS)
    for ranker, recall in evaluation.recall.items():
        yield f"{ranker:<16}" + "".join(f"{recall[cutoff]:>8.3f}" for cutoff in CUTOFFS)
    yield f"highest R@1 possible, since messages repeat: {evaluation.ceiling:.3f}"


def _times(queries: Sequence[Query]) -> str:
    knowledge = built_in_knowledge()
    times = []
    for query in queries:
        started = perf_counter()
        classify(query.message, "", knowledge, limit=5)
        times.append((perf_counter() - started) * 1000)
    times.sort()
    slow = times[max(0, -(-len(times) * 95 // 100) - 1)]
    return f"classifying a message over {len(knowledge.entries)} entries: p95 {slow:.2f} ms"
