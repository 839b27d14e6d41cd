"""When a message is sent again, and when it is given up."""

from random import Random

import pytest

from flows.webhooks.schedule import MOST_ATTEMPTS, WAITS_S, Answer, Fate, Verdict, judge

HOURS = 3600


class Least(Random):
    """Chance that always gives the least."""

    def random(self) -> float:
        return 0.0


class Most(Random):
    """Chance that gives as good as the most."""

    def random(self) -> float:
        return 0.999999


def test_the_waits_of_the_specification() -> None:
    """Failures are tried again after these many seconds, and the tenth is the last."""
    waits = [judge(Answer(500, "x"), attempt, Least()).wait_s for attempt in range(1, 10)]
    assert [0.0, *waits] == list(WAITS_S)
    assert waits == [5, 300, 1800, 2 * HOURS, 5 * HOURS, 10 * HOURS, 14 * HOURS, 20 * HOURS, 24 * HOURS]
    assert MOST_ATTEMPTS == 10
    assert judge(Answer(500, "x"), 10, Least()) == Verdict(Fate.DEAD)
    assert judge(Answer(500, "x"), 11, Least()) == Verdict(Fate.DEAD)


@pytest.mark.parametrize("attempt", range(1, 10))
def test_waits_are_spread(attempt: int) -> None:
    """No wait is shorter than it says, and none more than a tenth longer."""
    longest = judge(Answer(None, "x"), attempt, Most()).wait_s
    assert longest is not None
    assert WAITS_S[attempt] * 1.09 < longest <= WAITS_S[attempt] * 1.1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
@pytest.mark.parametrize("attempt", [1, 10, 12])
def test_only_2xx_is_a_success(status: int, attempt: int) -> None:
    """Whichever attempt it is."""
    assert judge(Answer(status), attempt, Least()) == Verdict(Fate.DELIVERED)


@pytest.mark.parametrize("status", [None, 199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 409, 500, 501])
def test_everything_else_is_a_failure(status: int | None) -> None:
    """No answer, a redirect and a refusal are tried again."""
    assert judge(Answer(status, "x"), 1, Least()) == Verdict(Fate.FAILED, 5.0)


def test_gone_is_for_good() -> None:
    """410 disables at any attempt."""
    assert judge(Answer(410, "x"), 1, Least()) == Verdict(Fate.DISABLED)
    assert judge(Answer(410, "x"), 10, Least()) == Verdict(Fate.DISABLED)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize(
    ("retry_after_s", "attempt", "wait_s"),
    [
        (None, 1, 30.0),
        (0.0, 1, 30.0),
        (120.0, 1, 120.0),
        (120.0, 2, 300.0),
        (10.0**9, 1, 24.0 * HOURS),
        (4000.0, 9, 24.0 * HOURS),
    ],
)
def test_who_asks_for_less_gets_less(
    status: int, retry_after_s: float | None, attempt: int, wait_s: float
) -> None:
    """Retry-After makes a wait longer and never shorter, and no longer than a day."""
    assert judge(Answer(status, "x", retry_after_s), attempt, Least()) == Verdict(Fate.THROTTLED, wait_s)


def test_the_last_attempt_is_the_last_for_everybody() -> None:
    """A receiver that throttles for ever does not keep a message for ever."""
    assert judge(Answer(429, "x", 5.0), 10, Least()) == Verdict(Fate.DEAD)
