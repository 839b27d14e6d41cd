"""One fault under way: what it may use, what it expects, and what is written down about it."""

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from tests.faults.checker import Account, Checker, Ends
from tests.faults.fleet import Fleet
from tests.faults.load import Answer, Ask, Load, Mix
from tests.faults.one_request import send
from tests.faults.outside import Outside

SLO_S = 0.5  #: A whole answer in this time is normal.
SETTLE_S = 20.0
LEAST_CALM_S = 0.5  #: All is back to normal when it has been so for this long.


@dataclass
class Trial:
    """A fault's tools. ``patience`` multiplies every limit of time, for a machine that is busy with other
    things; ``longest_calm_s`` bounds the load after a fault where nobody asks how long it takes.
    """

    fleet: Fleet
    outside: Outside
    seconds: float
    rate: float
    patience: float = 1.0
    longest_calm_s: float = 60.0
    loads: list[Load] = field(default_factory=list)
    known: list[str] = field(default_factory=list)  #: Jobs that were accepted in another way than by a load.
    shortcomings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    account: Account | None = None
    back_s: float | None = None
    _cleared: float | None = None

    def __enter__(self) -> "Trial":
        self._ends = Ends(self.fleet.server.url).__enter__()
        self._checker = Checker(self.fleet.client, self.fleet.effects, self._ends)
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.__exit__()

    def load(self, what: Mix, *, rate: float | None = None) -> AbstractContextManager[Load]:
        """An open-loop load that runs as long as the block."""
        self.loads.append(Load([self.fleet.port], what, rate or self.rate))
        return self.loads[-1]

    def ask(self, ask: Ask, *, timeout_s: float = 10.0, method: str = "POST") -> Answer:
        """One request beside the load; its job counts as every other."""
        answer = send(self.fleet.url, ask, timeout_s=timeout_s, method=method)
        if answer.accepted and answer.job_id and method == "POST":
            self.known.append(answer.job_id)
        return answer

    @property
    def answers(self) -> list[Answer]:
        """Of all loads."""
        return [answer for load in self.loads for answer in load.answers]

    def expect(self, true: object, otherwise: str) -> None:
        """Write down a shortcoming unless it is true."""
        if not true:
            self.shortcomings.append(otherwise)

    def within(self, what: str, took_s: float, limit_s: float) -> None:
        """Expect that something took no longer than this."""
        limit = limit_s * self.patience
        self.expect(took_s <= limit, f"{what}: {took_s:.2f} s > {limit:.2f} s")

    def note(self, text: str) -> None:
        """Write down what is worth knowing."""
        self.notes.append(text)

    def cleared(self, calm_s: float) -> None:
        """The fault is over: from now on everything has to become normal, and the load goes on so long."""
        self._cleared = time.monotonic()
        time.sleep(min(calm_s, self.longest_calm_s))

    @property
    def cleared_at(self) -> float:
        """When the fault was over, on the monotonic clock."""
        assert self._cleared is not None
        return self._cleared

    def settle(self, seconds: float = SETTLE_S) -> Account:
        """Wait until no job is under way, or none has ended for so long, and compare."""
        self.account = self._checker.settle(self.answers, seconds * self.patience, self.known)
        if self._cleared is not None:
            self.back_s = self._back_s(self._cleared)
        return self.account

    def _back_s(self, cleared: float) -> float:
        """Until the last answer that was not normal; without end when that is what the load ended with."""
        bad = max((answer.due for answer in self.answers if not self._normal(answer)), default=cleared)
        last = max((answer.due for answer in self.answers), default=cleared)
        return float("inf") if last - bad < LEAST_CALM_S else max(0.0, bad - cleared)

    def _normal(self, answer: Answer) -> bool:
        return answer.status == 200 and not answer.degraded and answer.latency_s <= SLO_S * self.patience

    def back_within(self, limit_s: float) -> None:
        """Expect that all was normal again so soon after the fault; the load must go on longer than that."""
        assert self.back_s is not None
        self.within("back to normal", self.back_s, limit_s)

    def no_hang(self, limit_s: float = SLO_S) -> None:
        """Expect that 99 of 100 answers came in this time."""
        self.within("p99", percentile(self.answers, 0.99), limit_s)

    def errors_say_what_they_are(self) -> None:
        """Expect problem+json with every error."""
        bare = [a for a in self.answers if a.status >= 400 and not a.is_problem]
        self.expect(not bare, f"{len(bare)} errors without problem+json ({_statuses(bare)})")

    def only(self, *statuses: int) -> None:
        """Expect no other status; 0 is for no answer at all."""
        others = [answer for answer in self.answers if answer.status not in statuses]
        self.expect(not others, f"{len(others)} unexpected answers ({_statuses(others)})")


def percentile(answers: Iterable[Answer], share: float) -> float:
    """Seconds within which this share of the answers came; 0 without any."""
    latencies = sorted(answer.latency_s for answer in answers)
    return latencies[min(len(latencies) - 1, int(len(latencies) * share))] if latencies else 0.0


def _statuses(answers: Iterable[Answer]) -> str:
    counted: dict[Any, int] = {}
    for answer in answers:
        kind = answer.status or answer.error.partition(":")[0]
        counted[kind] = counted.get(kind, 0) + 1
    return ", ".join(f"{times} x {kind}" for kind, times in counted.items())


Run = Callable[[Trial], None]
