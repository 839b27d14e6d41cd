"""Measuring a predictor on answers: who is tested, on what, and with nothing given away."""

from collections.abc import Callable
from itertools import count
from random import Random

import pytest

from flows.errors import InvalidInput
from flows.intelligence.evaluation.tracing import cross_validate, evaluate
from flows.intelligence.tracing.learner import Answer
from flows.intelligence.tracing.training import TrainingSettings

QUICK = TrainingSettings(dimensions=2, epochs=1)

Person = list[Answer]


def ticking() -> Callable[[], float]:
    """A clock that is a second later whenever it is looked at."""
    return map(float, count()).__next__


def people(*lengths: int, items: int = 50) -> list[Person]:
    """People with so many answers each, right and wrong in turn."""
    return [
        [Answer("loops", number % 2 == 0, str((person + number) % items)) for number in range(length)]
        for person, length in enumerate(lengths)
    ]


def test_the_first_of_five_parts_is_tested() -> None:
    """Those at positions 0, 5 and 10; all their answers, also the first."""
    report = evaluate(people(4, 5, 5, 5, 5, 7, 5, 5, 5, 5, 9), clock=ticking(), settings=QUICK)
    assert report.students == 3
    assert report.tracer.every.answers == report.elo.every.answers == 20


def test_cross_validation_leaves_the_first_part_out() -> None:
    """Four rounds, each of the other parts tested once."""
    reports = cross_validate(people(100, 2, 3, 4, 5, 100, 7), clock=ticking(), settings=QUICK)
    assert [report.tracer.every.answers for report in reports] == [9, 3, 4, 5]
    assert [report.students for report in reports] == [2, 1, 1, 1]


def test_cross_validation_never_sees_the_first_part() -> None:
    """Whatever the people of the first part answered, the rounds come out alike."""
    some = people(*[6] * 10)
    others = [
        [Answer("loops", True, answer.item) for answer in person] if number % 5 == 0 else person
        for number, person in enumerate(some)
    ]
    rounds = [cross_validate(given, clock=ticking(), settings=QUICK) for given in (some, others)]
    assert rounds[0] == rounds[1]


def test_the_time_is_per_answer() -> None:
    """One second by this clock, for ten answers."""
    report = evaluate(people(10, 1, 1, 1, 1), clock=ticking(), settings=QUICK)
    assert (report.tracer.seconds, report.elo.seconds) == (0.1, 0.1)


def test_repeats_are_measured_apart() -> None:
    """An answer once more under another skill of its item is left out of the second measures."""
    tested = [
        Answer("loops", True, "a"),
        Answer("types", True, "a"),  # The same answer.
        Answer("types", False, "a"),  # Another try.
        Answer("loops", False, "b"),
        Answer("types", False, "b"),  # The same answer.
    ]
    report = evaluate([tested, *people(4, 4, 4, 4)], clock=ticking(), settings=QUICK)
    assert report.tracer.every.answers == report.elo.every.answers == 5
    assert report.tracer.without_repeats.answers == report.elo.without_repeats.answers == 3


def test_the_first_answer_repeats_nobody() -> None:
    """The last answer of the person before is not the one before."""
    one = [Answer("loops", True, "a"), Answer("types", False, "b")]
    other = [Answer("loops", False, "b"), Answer("types", True, "c")]
    rest = people(3, 3, 3, 3)
    report = evaluate([one, *rest, other, *rest], clock=ticking(), settings=QUICK)
    assert report.tracer.without_repeats.answers == 4


def test_nothing_is_given_away() -> None:
    """Of coins nothing can be known. Whoever saw an answer before predicting it, or trained on who is
    tested, would know these: each person has items of their own.
    """
    rng = Random(3)
    coins = [
        [Answer("coins", rng.random() < 0.5, f"{person}-{number}") for number in range(40)]
        for person in range(200)
    ]
    settings = TrainingSettings(dimensions=4, epochs=2)
    reports = [evaluate(coins, clock=ticking(), settings=settings)]
    reports += cross_validate(coins, clock=ticking(), settings=settings)
    for result in (result for report in reports for result in (report.tracer, report.elo)):
        assert 0.45 < result.every.auc < 0.55


def test_what_can_be_known_is_known() -> None:
    """With items that everybody solves and items that nobody does, all is in order."""
    certain = [
        [Answer("loops", number % 2 == 0, str(number)) for number in Random(person).sample(range(8), 8)]
        for person in range(60)
    ]
    report = evaluate(certain, clock=ticking(), settings=TrainingSettings(dimensions=2))
    assert report.tracer.every.auc == 1.0
    assert report.tracer.every.accuracy == 1.0
    assert report.tracer.every.log_loss < 0.2
    assert report.tracer.every.calibration_error < 0.2


def test_equal_input_gives_equal_measures() -> None:
    """Measured twice, every figure is the same."""
    given = people(*[8] * 15)
    first, second = (evaluate(given, clock=ticking(), settings=QUICK) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("run", [evaluate, cross_validate])
def test_too_few_people_are_refused(run: Callable[..., object]) -> None:
    """Each part needs somebody."""
    with pytest.raises(InvalidInput, match="at least 5"):
        run(people(3, 3, 3, 3), clock=ticking())
