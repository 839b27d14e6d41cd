"""A circuit breaker: stops asking an upstream that does not answer, and finds out when it does again.

The states are those of Nygard ("Release It!", 2007): closed, open, half-open. It opens when too
large a share of the calls of a sliding window failed or were slow, as Resilience4j's does, and,
since a window fills slowly when every call takes its whole limit, also after some failures in a
row. It reads no clock but the one that it is given, and does no input or output.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

from flows.errors import BreakerOpen

BUCKET_S = 1.0  #: The window moves on in steps of this length.


class BreakerState(StrEnum):
    """Whether calls go through: all, one to see, or none."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


class Verdict(StrEnum):
    """What a call said about the health of its upstream."""

    WELL = "well"
    FAILED = "failed"
    UNKNOWN = "unknown"  #: It ended for a reason that is not the upstream's.


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """When to open and when to look again; times in seconds.

    A call longer than ``slow_s`` counts like a failed one. The breaker opens when at least
    ``least_calls`` of the last ``window_s`` are known and ``share`` of them were bad, or when
    ``in_a_row`` calls were bad. It lets a probe through after ``first_open_s``, and after each bad
    probe waits twice as long as before, up to ``longest_open_s``.
    """

    slow_s: float
    window_s: float = 10.0
    least_calls: int = 20
    share: float = 0.5
    in_a_row: int = 5
    first_open_s: float = 2.0
    longest_open_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one call; hand it back with ``leave``. ``period`` counts changes of state."""

    period: int
    started_s: float


Changed = Callable[[BreakerState], None]


class CircuitBreaker:
    """The breaker of one upstream. Threads may share it.

    ``clock`` gives seconds that never go back. ``changed`` is told each new state, by the thread
    that caused it and outside the lock.
    """

    def __init__(
        self, settings: BreakerSettings, clock: Callable[[], float], changed: Changed = lambda _: None
    ) -> None:
        self._settings, self._clock, self._changed = settings, clock, changed
        self._lock = Lock()
        self._state, self._period = BreakerState.CLOSED, 0
        self._buckets: deque[list[int]] = deque()  # Number of the bucket, calls, bad calls.
        self._in_a_row = 0
        self._open_s = settings.first_open_s
        self._wait_until_s = 0.0

    @property
    def state(self) -> BreakerState:
        """The state; an open breaker stays open until somebody asks to be its probe."""
        return self._state

    @property
    def left_alone_s(self) -> float:
        """Seconds until somebody may ask again, 0 when anybody may now."""
        with self._lock:
            closed = self._state is BreakerState.CLOSED
            return 0.0 if closed else max(0.0, self._wait_until_s - self._clock())

    def enter(self) -> Permit:
        """Ask to make a call. Raises BreakerOpen."""
        with self._lock:
            before, now = self._state, self._clock()
            if before is not BreakerState.CLOSED:
                if now < self._wait_until_s:
                    raise BreakerOpen(f"not asked: the breaker is {before.replace('_', '-')}")
                # Half-open too: a probe that has not come back by then is given up.
                self._enter_state(BreakerState.HALF_OPEN, now + self._settings.longest_open_s)
            permit, after = Permit(self._period, now), self._state
        self._tell(before, after)
        return permit

    def leave(self, permit: Permit, verdict: Verdict) -> None:
        """Say how a call went. One that began in an earlier state says nothing any more."""
        with self._lock:
            before, now = self._state, self._clock()
            if permit.period == self._period:
                slow = now - permit.started_s > self._settings.slow_s
                bad = verdict is Verdict.FAILED or (verdict is Verdict.WELL and slow)
                self._judge(now, bad, verdict)
            after = self._state
        self._tell(before, after)

    def _judge(self, now: float, bad: bool, verdict: Verdict) -> None:
        if verdict is Verdict.UNKNOWN:
            self._wait_until_s = now  # If this was a probe, the next call is one.
        elif self._state is BreakerState.HALF_OPEN:
            self._after_probe(now, bad)
        else:
            self._count(now, bad)
            if self._too_bad():
                self._enter_state(BreakerState.OPEN, now + self._open_s)

    def _after_probe(self, now: float, bad: bool) -> None:
        if bad:
            self._open_s = min(self._settings.longest_open_s, self._open_s * 2)
            self._enter_state(BreakerState.OPEN, now + self._open_s)
        else:
            self._open_s = self._settings.first_open_s
            self._enter_state(BreakerState.CLOSED, 0.0)

    def _enter_state(self, state: BreakerState, wait_until_s: float) -> None:
        self._state, self._wait_until_s = state, wait_until_s
        self._period += 1
        self._buckets.clear()
        self._in_a_row = 0

    def _count(self, now: float, bad: bool) -> None:
        number = int(now // BUCKET_S)
        if not self._buckets or self._buckets[-1][0] != number:
            self._buckets.append([number, 0, 0])
        self._buckets[-1][1] += 1
        self._buckets[-1][2] += bad
        self._in_a_row = self._in_a_row + 1 if bad else 0
        while self._buckets[0][0] * BUCKET_S <= now - self._settings.window_s:
            self._buckets.popleft()

    def _too_bad(self) -> bool:
        if self._in_a_row >= self._settings.in_a_row:
            return True
        calls, bad = (sum(bucket[at] for bucket in self._buckets) for at in (1, 2))
        return calls >= self._settings.least_calls and bad >= calls * self._settings.share

    def _tell(self, before: BreakerState, after: BreakerState) -> None:
        if before is not after:
            self._changed(after)
