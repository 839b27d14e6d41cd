"""Deadlines, on a clock that the test sets."""

from time import time

import pytest

from flows.deadline import Deadline


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now_s: float) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


def test_a_deadline_is_a_point_in_time() -> None:
    """A deadline of 250 ms from second 100 is at 100,250 ms, and stays there while time passes."""
    clock = Clock(100.0)
    deadline = Deadline.after(250, clock)
    clock.now_s = 100.1
    assert deadline.at_ms == 100_250
    assert deadline.left_ms() == pytest.approx(150)


@pytest.mark.parametrize(
    ("now_s", "left_ms"), [(99.0, 1250), (100.0, 250), (100.25, 0), (100.251, 0), (200.0, 0)]
)
def test_what_is_left_is_never_below_nothing(now_s: float, left_ms: float) -> None:
    """When a deadline has passed, 0 ms are left of it."""
    assert Deadline(100_250, Clock(now_s)).left_ms() == left_ms


@pytest.mark.parametrize(
    ("milliseconds", "at_ms"), [(100, 100_100), (250, 100_250), (251, 100_250), (0, 100_000)]
)
def test_the_sooner_of_two_counts(milliseconds: float, at_ms: float) -> None:
    """A shorter limit makes a sooner deadline; a longer one changes nothing."""
    assert Deadline(100_250, Clock(100.0)).sooner(milliseconds).at_ms == at_ms


def test_a_deadline_that_has_passed_gives_no_new_time() -> None:
    """Nothing is left of a part of a deadline that has passed."""
    assert Deadline(100_250, Clock(101.0)).sooner(30).left_ms() == 0


def test_the_sooner_deadline_is_on_the_same_clock() -> None:
    """The clock goes along, so that a part of a deadline runs out as the whole does."""
    clock = Clock(100.0)
    sooner = Deadline.after(250, clock).sooner(100)
    clock.now_s = 100.04
    assert sooner.left_ms() == pytest.approx(60)


def test_without_a_clock_the_time_of_day_counts() -> None:
    """Deadlines go over process borders, so the clock is that of the epoch."""
    before = time() * 1000
    deadline = Deadline.after(60_000)
    assert before + 60_000 <= deadline.at_ms <= time() * 1000 + 60_000
