"""The bar for predicting answers, on public data: ``../shared/data`` beside the checkout."""

import gzip
from pathlib import Path

import pytest

from flows.intelligence.evaluation.answer_log import parse_answer_log
from flows.intelligence.evaluation.tracing import TracingReport, evaluate

ANSWERS = Path(__file__).parents[3] / "shared/data/answers/assist2009_train1.csv.gz"

pytestmark = [
    pytest.mark.skipif(not ANSWERS.exists(), reason=f"{ANSWERS} is not there"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def report() -> TracingReport:
    """Trained on four fifths of the students, tested on the others. Takes about 15 seconds."""
    with gzip.open(ANSWERS, "rt") as lines:
        people = [student.answers for student in parse_answer_log(lines)]
    return evaluate(people, clock=lambda: 0.0)


def test_answers_are_predicted(report: TracingReport) -> None:
    """Area under the curve at least .77, and calibrated within .03."""
    assert report.tracer.every.auc >= 0.77
    assert report.tracer.every.calibration_error <= 0.03


def test_answers_are_predicted_that_do_not_give_themselves_away(report: TracingReport) -> None:
    """The bar holds also without the rows that repeat an answer under another skill of its item."""
    assert report.tracer.without_repeats.auc >= 0.77
    assert report.tracer.without_repeats.calibration_error <= 0.03


def test_a_plain_elo_is_beaten(report: TracingReport) -> None:
    """By .05 of area at least; that Elo does what is published of it shows a fair match."""
    assert 0.75 <= report.elo.every.auc <= report.tracer.every.auc - 0.05
