"""When a call is made again, as a table."""

from typing import Any

import pytest

from flows.upstreams.retry import NOT_BEGUN, RETRYABLE, Decision, Outcome, RetryPolicy, decide

POLICY = RetryPolicy(attempts=3, first_wait_s=0.1, longest_wait_s=0.25, least_attempt_s=0.05)
USUAL: dict[str, Any] = {"attempt": 1, "idempotent": True, "left_s": 10.0, "draw": 0.5}


def decided(outcome: Outcome, **more: Any) -> Decision:
    return decide(POLICY, outcome, **{**USUAL, **more})


@pytest.mark.parametrize("outcome", ["unreachable", "lost", "busy", "failed"])
def test_what_may_pass_is_tried_again(outcome: str) -> None:
    """Failures of the moment are worth another attempt."""
    assert decided(Outcome(outcome)) == Decision(0.05, f"{outcome} may pass")


@pytest.mark.parametrize("outcome", ["ok", "timeout", "refused", "bad_answer", "breaker_open"])
def test_what_is_final_is_not(outcome: str) -> None:
    """Another attempt would end the same way, or there is no time for it."""
    assert decided(Outcome(outcome)) == Decision(None, f"{outcome} is final")


@pytest.mark.parametrize(
    ("outcome", "wait_s"), [("unreachable", 0.05), ("busy", 0.05), ("lost", None), ("failed", None)]
)
def test_what_must_not_be_done_twice(outcome: str, wait_s: float | None) -> None:
    """A call that is not idempotent is only made again when nothing can have been done."""
    decision = decided(Outcome(outcome), idempotent=False)
    assert decision.wait_s == wait_s
    assert wait_s or decision.reason == "it may have been done, and must not be done twice"


@pytest.mark.parametrize(
    ("attempt", "draw", "wait_s"),
    [(1, 0.0, 0.0), (1, 1.0, 0.1), (1, 0.25, 0.025), (2, 0.0, 0.0), (2, 0.5, 0.1), (2, 1.0, 0.2)],
)
def test_waits_are_drawn_from_a_growing_range(attempt: int, draw: float, wait_s: float) -> None:
    """The ceiling doubles with each attempt, and the wait is anything from zero to it."""
    assert decided(Outcome.FAILED, attempt=attempt, draw=draw).wait_s == wait_s


def test_waits_do_not_grow_without_end() -> None:
    """The ceiling has a limit."""
    assert [RetryPolicy().ceiling_s(attempt) for attempt in (1, 2, 3, 6, 7, 50)] == [
        0.02,
        0.04,
        0.08,
        0.64,
        1.0,
        1.0,
    ]


@pytest.mark.parametrize(("attempt", "goes_on"), [(1, True), (2, True), (3, False), (4, False)])
def test_attempts_are_counted(attempt: int, goes_on: bool) -> None:
    """After the last attempt it stops."""
    decision = decided(Outcome.FAILED, attempt=attempt)
    assert (decision.wait_s is not None) is goes_on
    assert goes_on or decision.reason == "no attempts left"


@pytest.mark.parametrize(
    ("left_s", "draw", "wait_s"),
    [
        (0.099, 0.0, None),
        (0.1, 0.0, 0.0),
        (0.1, 1.0, 0.05),
        (0.12, 1.0, 0.07),
        (0.15, 1.0, 0.1),
        (0.0, 0.0, None),
    ],
)
def test_the_budget_must_allow_it(left_s: float, draw: float, wait_s: float | None) -> None:
    """Half of the ceiling and the least attempt, 0.05 s each, must fit; a wait drawn too long is cut."""
    decision = decided(Outcome.FAILED, left_s=left_s, draw=draw)
    assert decision.wait_s == (None if wait_s is None else pytest.approx(wait_s))
    assert wait_s is not None or decision.reason == "no time left"


@pytest.mark.parametrize(
    ("asked_s", "left_s", "wait_s"),
    [
        (2.0, 10.0, 2.0),
        (0.01, 10.0, 0.05),
        (0.0, 10.0, 0.05),
        (2.0, 2.06, 2.0),
        (2.0, 2.04, None),
        (3600.0, 10.0, None),
    ],
)
def test_an_upstream_may_ask_for_a_pause(asked_s: float, left_s: float, wait_s: float | None) -> None:
    """What Retry-After asks for is waited for when it fits in the budget, and never shortened."""
    assert decided(Outcome.BUSY, retry_after_s=asked_s, left_s=left_s).wait_s == wait_s


def test_outcomes_are_sorted_in() -> None:
    """What cannot have begun is a part of what may be tried again."""
    assert NOT_BEGUN < RETRYABLE < set(Outcome)
