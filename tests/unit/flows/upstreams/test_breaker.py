"""The circuit breaker, on a clock that the tests move."""

from threading import Thread

import pytest

from flows.errors import BreakerOpen
from flows.upstreams.breaker import BreakerSettings, BreakerState, CircuitBreaker, Verdict

SETTINGS = BreakerSettings(slow_s=0.15)


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Case:
    """A breaker with its clock and what it told."""

    def __init__(self, settings: BreakerSettings = SETTINGS) -> None:
        self.clock = Clock()
        self.told: list[str] = []
        self.breaker = CircuitBreaker(settings, self.clock, lambda state: self.told.append(state))

    def calls(self, count: int, verdict: str = "well", took_s: float = 0.01) -> None:
        """So many calls, one after the other."""
        for _ in range(count):
            permit = self.breaker.enter()
            self.clock.now += took_s
            self.breaker.leave(permit, Verdict(verdict))

    def refused(self) -> bool:
        """True when a call is not let through; one that is counts as ended for no reason."""
        try:
            self.breaker.leave(self.breaker.enter(), Verdict.UNKNOWN)
        except BreakerOpen:
            return True
        return False


def opened() -> Case:
    """A breaker that has just opened."""
    case = Case()
    case.calls(5, "failed")
    assert case.breaker.state is BreakerState.OPEN
    return case


def test_it_stays_closed_while_calls_go_well() -> None:
    """Good calls go through, however many."""
    case = Case()
    case.calls(1000)
    assert (case.breaker.state, case.told) == (BreakerState.CLOSED, [])


def test_it_opens_after_some_failures_in_a_row() -> None:
    """The fifth failure in a row opens it; then no call goes through."""
    case = Case()
    case.calls(4, "failed")
    assert case.breaker.state is BreakerState.CLOSED
    case.calls(1, "failed")
    assert (case.breaker.state, case.told) == (BreakerState.OPEN, ["open"])
    with pytest.raises(BreakerOpen, match="the breaker is open"):
        case.breaker.enter()


def test_it_opens_in_two_seconds_of_time_outs() -> None:
    """When every call takes its whole 130 ms and fails, one caller alone opens it in 0.65 s."""
    case = Case()
    case.calls(5, "failed", took_s=0.13)
    assert case.breaker.state is BreakerState.OPEN
    assert case.clock.now - 1000 == pytest.approx(0.65)


def test_a_good_call_breaks_the_row() -> None:
    """Failures count as in a row only without a good call between them."""
    case = Case()
    for _ in range(3):
        case.calls(4, "failed")
        case.calls(1)
    assert case.breaker.state is BreakerState.CLOSED


def test_it_opens_on_a_share_of_failures() -> None:
    """Half of twenty calls in the window are too many, of nineteen they are too few to tell."""
    case = Case()
    for _ in range(9):
        case.calls(1, "failed")
        case.calls(1)
    case.calls(1, "failed")
    assert case.breaker.state is BreakerState.CLOSED  # 10 of 19.
    case.calls(1)
    assert case.breaker.state is BreakerState.OPEN


def test_a_smaller_share_is_borne() -> None:
    """Two failures of five are under one half."""
    case = Case()
    for _ in range(100):
        case.calls(3)
        case.calls(2, "failed")
    assert case.breaker.state is BreakerState.CLOSED


def test_slow_calls_count() -> None:
    """A call that went well but took longer than its limit is a bad one; at the limit it is good."""
    case = Case()
    case.calls(20, took_s=0.14)
    assert case.breaker.state is BreakerState.CLOSED
    case.calls(5, took_s=0.16)
    assert case.breaker.state is BreakerState.OPEN


def test_the_window_forgets() -> None:
    """Failures that are older than the window do not count any more."""
    case = Case()
    for _ in range(9):
        case.calls(1, "failed")
        case.calls(1)
    case.clock.now += 10
    for _ in range(5):
        case.calls(1, "failed")
        case.calls(3)
    assert case.breaker.state is BreakerState.CLOSED


@pytest.mark.parametrize(("seconds", "refused"), [(0.0, True), (1.99, True), (2.0, False)])
def test_it_looks_again_after_two_seconds(seconds: float, refused: bool) -> None:
    """An open breaker lets nobody through for two seconds."""
    case = opened()
    case.clock.now += seconds
    assert case.refused() is refused


def test_one_probe_at_a_time() -> None:
    """A half-open breaker lets one call through, and no other until that one is back."""
    case = opened()
    case.clock.now += 2
    probe = case.breaker.enter()
    assert case.breaker.state is BreakerState.HALF_OPEN
    with pytest.raises(BreakerOpen, match="half-open"):
        case.breaker.enter()
    case.breaker.leave(probe, Verdict.WELL)
    assert case.told == ["open", "half_open", "closed"]
    case.calls(50)


def test_a_good_probe_starts_afresh() -> None:
    """What was before it opened is forgotten: it takes five failures again."""
    case = opened()
    case.clock.now += 2
    case.calls(1)
    case.calls(4, "failed")
    assert case.breaker.state is BreakerState.CLOSED


def test_bad_probes_are_farther_and_farther_apart() -> None:
    """After a bad probe it waits twice as long, five seconds at most; after a good one two again."""
    case = opened()
    for wait_s in (2, 4, 5, 5):
        case.clock.now += wait_s - 0.01
        assert case.refused()
        case.clock.now += 0.02
        case.calls(1, "failed", took_s=0)
        assert case.breaker.state is BreakerState.OPEN
    case.clock.now += 5
    case.calls(1)
    case.calls(5, "failed")
    case.clock.now += 2
    assert not case.refused()


def test_a_slow_probe_is_a_bad_one() -> None:
    """An upstream that answers, but too late, is not well yet."""
    case = opened()
    case.clock.now += 2
    case.calls(1, took_s=1.0)
    assert case.breaker.state is BreakerState.OPEN


def test_a_probe_that_says_nothing_frees_its_place() -> None:
    """When a probe ended for a reason that is not the upstream's, the next call is the probe."""
    case = opened()
    case.clock.now += 2
    case.breaker.leave(case.breaker.enter(), Verdict.UNKNOWN)
    assert case.breaker.state is BreakerState.HALF_OPEN
    case.calls(1)
    assert case.breaker.state is BreakerState.CLOSED


def test_a_probe_that_never_comes_back_is_given_up() -> None:
    """Five seconds after a probe went out another may go; the old one says nothing any more."""
    case = opened()
    case.clock.now += 2
    lost = case.breaker.enter()
    case.clock.now += 4.9
    assert case.refused()
    case.clock.now += 0.1
    second = case.breaker.enter()
    case.breaker.leave(lost, Verdict.WELL)
    assert case.breaker.state is BreakerState.HALF_OPEN
    case.breaker.leave(second, Verdict.WELL)
    assert case.breaker.state is BreakerState.CLOSED


def test_late_calls_say_nothing() -> None:
    """A call that began before the breaker opened neither closes it nor keeps it open."""
    case = Case()
    early = [case.breaker.enter() for _ in range(7)]
    case.calls(5, "failed")
    case.breaker.leave(early.pop(), Verdict.WELL)
    assert case.breaker.state is BreakerState.OPEN
    case.clock.now += 2
    case.calls(1)
    for permit in early:
        case.breaker.leave(permit, Verdict.FAILED)
    assert case.breaker.state is BreakerState.CLOSED


def test_calls_that_say_nothing_do_not_count() -> None:
    """Calls that were cut off too early to tell leave a closed breaker as it was, and keep no row going."""
    case = Case()
    case.calls(4, "failed")
    case.calls(30, "unknown")
    assert case.breaker.state is BreakerState.CLOSED
    case.calls(1, "failed")
    assert case.breaker.state is BreakerState.OPEN


def test_threads_share_it() -> None:
    """Of many threads that ask an open breaker at once, one is the probe."""
    case = opened()
    case.clock.now += 2
    let_through: list[bool] = []
    threads = [Thread(target=lambda: let_through.append(_entered(case.breaker))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(let_through) == [False] * 19 + [True]


def _entered(breaker: CircuitBreaker) -> bool:
    try:
        breaker.enter()
    except BreakerOpen:
        return False
    return True
