"""Whether a failed call of an upstream is made again, and after which wait. One pure function.

The wait is exponential backoff with full jitter: a random share of a ceiling that doubles
(Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). What may be sent twice
follows RFC 9110, section 9.2.2: an idempotent request always, any other only when the upstream
cannot have begun to work on it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one attempt. The values are labels of metrics."""

    OK = "ok"
    UNREACHABLE = "unreachable"  #: No connection, so nothing was sent.
    LOST = "lost"  #: The connection broke before the answer was whole.
    TIMEOUT = "timeout"  #: The time was up.
    BUSY = "busy"  #: 429: it was turned away before any work on it.
    FAILED = "failed"  #: 5xx or 408.
    REFUSED = "refused"  #: Any other 4xx: the request itself is at fault.
    BAD_ANSWER = "bad_answer"  #: Not what was agreed on: no JSON, too large, a redirect.
    BREAKER_OPEN = "breaker_open"  #: Nobody was asked.


#: Outcomes after which the same request may well succeed.
RETRYABLE = frozenset({Outcome.UNREACHABLE, Outcome.LOST, Outcome.BUSY, Outcome.FAILED})

#: Of these, the ones after which the upstream cannot have done anything yet.
NOT_BEGUN = frozenset({Outcome.UNREACHABLE, Outcome.BUSY})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient a client is; times in seconds.

    ``least_attempt_s`` is the time without which another attempt is not worth its start.
    """

    attempts: int = 3
    first_wait_s: float = 0.02
    longest_wait_s: float = 1.0
    least_attempt_s: float = 0.01

    def ceiling_s(self, attempt: int) -> float:
        """The longest wait after this attempt, counted from 1."""
        return min(self.longest_wait_s, float(self.first_wait_s * 2 ** (attempt - 1)))


@dataclass(frozen=True, slots=True)
class Decision:
    """Wait so long and try again, or stop when ``wait_s`` is None; ``reason`` says why."""

    wait_s: float | None
    reason: str


def decide(
    policy: RetryPolicy,
    outcome: Outcome,
    *,
    attempt: int,
    idempotent: bool,
    left_s: float,
    draw: float,
    retry_after_s: float | None = None,
) -> Decision:
    """What to do after an attempt, counted from 1.

    ``left_s`` is what is left of the budget of the whole call, ``draw`` a random number from 0
    to 1, ``retry_after_s`` what the upstream asked to be given. Nothing is tried again that is
    not expected to fit in the budget; a wait that was drawn too long for it is cut.
    """
    if outcome not in RETRYABLE:
        return Decision(None, f"{outcome} is final")
    if not idempotent and outcome not in NOT_BEGUN:
        return Decision(None, "it may have been done, and must not be done twice")
    if attempt >= policy.attempts:
        return Decision(None, "no attempts left")
    asked_s, ceiling_s = retry_after_s or 0.0, policy.ceiling_s(attempt)
    longest_s = left_s - policy.least_attempt_s
    if max(asked_s, ceiling_s / 2) > longest_s:
        return Decision(None, "no time left")
    return Decision(min(longest_s, max(asked_s, draw * ceiling_s)), f"{outcome} may pass")
