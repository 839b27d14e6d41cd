"""Runs faults one after the other, each within its time, on a service that is whole when it begins."""

import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tests.faults.fleet import Fleet, make_database
from tests.faults.outside import Outside
from tests.faults.registry import Fault
from tests.faults.report import Row, not_run, row_of
from tests.faults.trial import Trial


class OutOfTime(Exception):
    """Raised in a fault whose time is over."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how much. ``seconds`` is for the load of one fault, ``limit_s`` for all of it."""

    seconds: float = 15.0
    rate: float = 40.0
    patience: float = 1.0
    limit_s: float = 100.0
    total_s: float = 20 * 60.0
    keep: Path | None = None  #: A folder for everything that the service writes; else it is removed.


def run(faults: Sequence[Fault], plan: Plan, say: Callable[[Row], None]) -> list[Row]:
    """Run these faults and tell each row as it comes. Nothing is left running afterwards."""
    ends_at = time.monotonic() + plan.total_s
    rows = []
    with folder_for(plan.keep) as folder, Outside() as outside, _Fleets(folder, outside) as fleets:
        for fault in sorted(faults, key=lambda fault: fault.proxied):  # So that the service starts twice.
            if time.monotonic() > ends_at - 10:
                row = not_run(fault, "the time of the whole run is over")
            else:
                with _time_limit(min(plan.limit_s, ends_at - time.monotonic())):
                    row = _run_one(fault, plan, fleets, outside)
            say(row)
            rows.append(row)
    return rows


def _run_one(fault: Fault, plan: Plan, fleets: "_Fleets", outside: Outside) -> Row:
    trial = None
    try:
        outside.heal()
        trial = Trial(fleets.get(fault), outside, plan.seconds, plan.rate, plan.patience)
        with trial:
            fault.run(trial)
            if trial.account is None:
                trial.settle()
        row = row_of(fault, trial)
    except OutOfTime:
        row = not_run(fault, f"not done within {plan.limit_s:g} s")
    except Exception as error:  # A fault that cannot be tried must not keep the others from it.
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        row = not_run(fault, *(trial.shortcomings if trial else ()), said)
    if fault.loses or not row.passed:
        fleets.replace()
    return row


class _Fleets:
    """The service in use, made anew when the next fault needs another one or the last one spoiled it."""

    def __init__(self, folder: Path, outside: Outside) -> None:
        self._folder, self._outside = folder, outside
        self._database = make_database(folder / "learning.db", demo=True)
        self._fleet: Fleet | None = None
        self._number = 0

    def __enter__(self) -> "_Fleets":
        return self

    def __exit__(self, *_: object) -> None:
        self.replace()

    def replace(self) -> None:
        """End the service; the next fault gets a new one."""
        if self._fleet is not None:
            self._fleet.__exit__()
        self._fleet = None

    def get(self, fault: Fault) -> Fleet:
        """A service that is whole."""
        if self._fleet is not None and (self._fleet.proxy is not None) != fault.proxied:
            self.replace()
        if self._fleet is None:
            self._number += 1
            folder = self._folder / f"fleet-{self._number}"
            self._fleet = Fleet(folder, self._database, proxied=fault.proxied, env=self._outside.env)
            self._fleet.__enter__()
        return self._fleet.heal()


@contextmanager
def folder_for(keep: Path | None) -> Iterator[Path]:
    """A folder to work in: the one that is to be kept, else one that is removed."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in this thread when the time is over."""

    def over(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
