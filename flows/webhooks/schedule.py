"""When a message is sent again. One pure function; the waits are those of Standard Webhooks."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

SECOND, MINUTE, HOUR = 1.0, 60.0, 3600.0

#: Seconds before each attempt, the first one included: the last comes about 75 hours after the first.
WAITS_S = (
    0.0,
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
MOST_ATTEMPTS = len(WAITS_S)
JITTER = 0.1  #: A wait is up to a tenth longer, so that what failed together does not come back together.

GONE = 410
#: Statuses by which a receiver asks for less, or by which a server before it says that it is overloaded.
THROTTLING = frozenset({429, 502, 503, 504})
LEAST_THROTTLE_S, MOST_THROTTLE_S = 30.0, 24 * HOUR


class Fate(StrEnum):
    """What became of an attempt. The values are labels of metrics."""

    DELIVERED = "delivered"
    FAILED = "failed"  #: It is tried again.
    THROTTLED = "throttled"  #: The same, and other messages to this address wait as well.
    DISABLED = "disabled"  #: The receiver said 410: it wants no messages any more.
    DEAD = "dead"  #: That was the last attempt.


@dataclass(frozen=True, slots=True)
class Answer:
    """What an attempt brought: a status, or None and why there is none. Never what the body said."""

    status: int | None = None
    error: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an attempt, and after how many seconds the next one is due, if there is one."""

    fate: Fate
    wait_s: float | None = None


def judge(answer: Answer, attempt: int, random: Random) -> Verdict:
    """What is to happen after this attempt, counted from 1. A redirect is a failure as any other."""
    status = answer.status
    if status is not None and 200 <= status < 300:
        return Verdict(Fate.DELIVERED)
    if status == GONE:
        return Verdict(Fate.DISABLED)
    if attempt >= MOST_ATTEMPTS:
        return Verdict(Fate.DEAD)
    wait_s = WAITS_S[attempt] * (1 + JITTER * random.random())
    if status in THROTTLING:
        asked_s = min(max(answer.retry_after_s or 0.0, LEAST_THROTTLE_S), MOST_THROTTLE_S)
        return Verdict(Fate.THROTTLED, max(wait_s, asked_s))
    return Verdict(Fate.FAILED, wait_s)
