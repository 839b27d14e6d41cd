"""Makes attempts until one is good or ``decide`` says stop; tenacity runs the loop."""

from collections.abc import Callable
from random import Random

from tenacity import RetryCallState, Retrying

from flows.upstreams.retry import Decision, RetryPolicy, decide
from tasks.clients.answers import Attempt


class RetryPlan:
    """``decide`` for one call, in the three parts in which tenacity asks for it."""

    def __init__(
        self, policy: RetryPolicy, idempotent: bool, left_s: Callable[[], float], random: Random
    ) -> None:
        self._policy, self._idempotent, self._left_s, self._random = policy, idempotent, left_s, random
        self._decision = Decision(None, "not asked yet")

    def unfinished(self, state: RetryCallState) -> bool:
        """True after an attempt that ended in an error of ours."""
        if state.outcome is None or state.outcome.failed:
            return False  # What we did not foresee goes up as it is.
        attempt: Attempt = state.outcome.result()
        self._decision = decide(
            self._policy,
            attempt.outcome,
            attempt=state.attempt_number,
            idempotent=self._idempotent,
            left_s=self._left_s(),
            draw=self._random.random(),
            retry_after_s=attempt.retry_after_s,
        )
        return attempt.error is not None

    def wait(self, _: RetryCallState) -> float:
        """Seconds to wait, if it goes on."""
        return self._decision.wait_s or 0.0

    def stop(self, _: RetryCallState) -> bool:
        """True when it does not go on."""
        return self._decision.wait_s is None


def with_retries(make: Callable[[], Attempt], plan: RetryPlan, pause: Callable[[float], None]) -> Attempt:
    """The last attempt that was made. ``pause`` waits so many seconds."""
    retrying = Retrying(
        retry=plan.unfinished,
        wait=plan.wait,
        stop=plan.stop,
        sleep=pause,
        retry_error_callback=_last_attempt,
    )
    return retrying(make)


def _last_attempt(state: RetryCallState) -> Attempt:
    assert state.outcome is not None
    found: Attempt = state.outcome.result()
    return found
