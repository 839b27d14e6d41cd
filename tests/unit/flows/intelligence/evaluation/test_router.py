"""Judging a router: the points, the curve, and the line that it is compared with."""

import pytest

from flows.errors import InvalidInput
from flows.intelligence.evaluation.router import Point, evaluate, margins, score_at
from flows.intelligence.routing.learned import Scored
from flows.intelligence.routing.question import look_at

MODELS, PRICES = ("cheap", "dear"), (0.1, 0.9)


def rows(number: int) -> list[Scored]:
    """The dear model does all of "b" and the cheap one none; both do all of "a". No one does each tenth."""
    scores = {"a": (1.0, 1.0), "b": (0.0, 1.0)}
    return [
        Scored(look_at(f"question {n}", "ab"[n % 2]), (0.0, 0.0) if n % 10 == 9 else scores["ab"[n % 2]])
        for n in range(number)
    ]


def test_points_of_a_plain_case() -> None:
    """Knowing the task is all there is to know here: table and oracle differ in price alone."""
    report = evaluate(rows(200), MODELS, PRICES)
    assert (report.questions, report.best_single_model, report.cheap) == (200, "dear", 0.1)
    assert report.oracle == Point(pytest.approx(0.9), pytest.approx(0.1 + 0.8 * 0.4))
    assert report.best_single == Point(pytest.approx(0.9), pytest.approx(0.9))
    assert report.table.score == pytest.approx(0.9)
    assert report.table_cheap == Point(pytest.approx(0.5), pytest.approx(0.1))
    assert (len(report.factors), report.curve[-1][1]) == (5, Point(pytest.approx(0.5), pytest.approx(0.1)))
    weight, point = report.table_curve[13]
    assert (weight, point) == (0.15, Point(pytest.approx(0.9), pytest.approx(0.5)))


def test_parts_are_told_and_the_seed_matters_alone() -> None:
    """Five parts are announced; the same seed gives the same report."""
    told: list[int] = []
    first = evaluate(rows(40), MODELS, PRICES, seed=3, told=told.append)
    assert told == [0, 1, 2, 3, 4]
    assert first == evaluate(rows(40), MODELS, PRICES, seed=3)


def test_no_score_of_a_tested_question_is_seen() -> None:
    """Of questions that are each a task of their own, only their own scores would give them away."""
    secret = [Scored(look_at("same", f"t{n}"), (float(n % 2), 1.0 - n % 2)) for n in range(60)]
    report = evaluate(secret, MODELS, PRICES)
    assert report.oracle.score == 1.0
    assert max(point.score for _, point in (*report.curve, *report.table_curve)) <= 0.6


def test_the_cheap_table_takes_the_cheapest_third() -> None:
    """Of four models the two cheapest, at the price of the second."""
    rows = [Scored(look_at("same", "t"), (0.0, 0.5, 0.7, 1.0)) for _ in range(20)]
    report = evaluate(rows, ("a", "b", "c", "d"), (0.1, 0.2, 0.5, 0.9))
    assert (report.cheap, report.table_cheap) == (0.2, Point(pytest.approx(0.5), pytest.approx(0.2)))
    assert report.table == Point(pytest.approx(1.0), pytest.approx(0.9))


def test_too_few_questions() -> None:
    """Ten are needed."""
    with pytest.raises(InvalidInput, match="at least 10 questions"):
        evaluate(rows(9), MODELS, PRICES)


CURVE = (Point(0.6, 0.5), Point(0.4, 0.1), Point(0.5, 0.5))


@pytest.mark.parametrize(("price", "expected"), [(0.05, 0.4), (0.1, 0.4), (0.3, 0.5), (0.5, 0.6), (0.9, 0.6)])
def test_the_score_of_a_curve_at_a_price(price: float, expected: float) -> None:
    """Straight between points, the better of two at one price, flat beyond the ends."""
    assert score_at(CURVE, price) == pytest.approx(expected)


def test_margins_over_a_line() -> None:
    """At 21 prices from one point to the other, above is positive."""
    found = margins(CURVE, Point(0.4, 0.1), Point(0.5, 0.9))
    assert len(found) == 21
    assert found[0] == (0.1, 0.0)
    assert found[10] == (pytest.approx(0.5), pytest.approx(0.15))
    assert found[20] == (pytest.approx(0.9), pytest.approx(0.1))
