"""The bar for choosing a model per question, on public data: ``../shared/data`` beside the checkout."""

import gzip
from pathlib import Path

import pytest

from flows.intelligence.evaluation.router import Point, RouterReport, evaluate, margins
from flows.intelligence.evaluation.router_log import parse_router_log

DATA = Path(__file__).parents[3] / "shared/data/routing"
QUESTIONS, MODELS = DATA / "llmrouter_train.jsonl.gz", DATA / "models.json"

pytestmark = [
    pytest.mark.skipif(not (QUESTIONS.exists() and MODELS.exists()), reason=f"no scored questions in {DATA}"),
    pytest.mark.timeout(600),
]

#: A task table of all models, and one of the cheap models, as the data's own README has them.
CHEAP, DEAR = Point(0.623, 0.18), Point(0.672, 0.79)


@pytest.fixture(scope="module")
def report() -> RouterReport:
    """Five-fold cross-validation. Takes about two minutes."""
    with gzip.open(QUESTIONS, "rt", encoding="utf-8") as lines:
        log = parse_router_log(lines, MODELS.read_text("utf-8"), QUESTIONS.name, MODELS.name)
    return evaluate(log.rows, log.models, log.prices)


def test_the_protocol_is_the_one_of_the_baselines(report: RouterReport) -> None:
    """The oracle, the best single model and the task tables come out as the data's README says."""
    assert report.oracle.score == pytest.approx(0.803, abs=0.001)
    assert report.best_single == Point(pytest.approx(0.625, abs=0.001), pytest.approx(0.9))
    assert report.table.score == pytest.approx(DEAR.score, abs=0.002)
    assert report.table_cheap.score == pytest.approx(CHEAP.score, abs=0.002)


def test_the_curve_is_above_the_line_of_the_task_tables(report: RouterReport) -> None:
    """Nowhere below it between the two prices, and .01 above it on the mean."""
    above = [margin for _, margin in margins([point for _, point in report.curve], CHEAP, DEAR)]
    assert min(above) >= 0.0
    assert sum(above) / len(above) >= 0.01
