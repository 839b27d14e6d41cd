"""What runs by the clock, when there are two clocks."""

import signal
import time
from itertools import pairwise

from tests.faults.processes import until
from tests.faults.registry import fault
from tests.faults.trial import Trial

LOCK_S = 10.0  #: A beat that is silent for this long is taken for dead by another one.
WATCHED_S = 8


@fault(23, "two beats at once", "one run per tick", once=True)
def two_beats(trial: Trial) -> None:
    """Freeze beat until a second one has taken its place, then let it go on beside it."""
    fleet = trial.fleet
    until("beat ticks", lambda: _ticks(trial, time.time() - 3), 30.0)
    fleet.processes.signal("beat", signal.SIGSTOP)
    fleet.start("beat-2")
    since = time.time()
    took_s = until("the second beat ticks", lambda: _ticks(trial, since + 1.5), LOCK_S + 20.0)
    trial.note(f"the second beat ticked {took_s:.1f} s after the first was frozen")
    fleet.processes.signal("beat", signal.SIGCONT)
    began = time.time()
    time.sleep(WATCHED_S)
    at = _ticks(trial, began)
    fleet.stop("beat-2")
    trial.note(f"{len(at)} ticks in {WATCHED_S} s of two beats")
    trial.expect(at, "no ticks at all")
    trial.expect(
        len(at) <= WATCHED_S + 1, f"{len(at)} runs of a job that is due every second in {WATCHED_S} s"
    )
    close = sum(later - earlier < 0.4 for earlier, later in pairwise(at))
    trial.expect(not close, f"{close} runs right after another")
    trial.settle()


def _ticks(trial: Trial, since: float) -> list[float]:
    """When the suite's scheduled job ran, since a moment."""
    if not trial.fleet.ticks.exists():
        return []
    times = [float(line.split()[0]) for line in trial.fleet.ticks.read_text().splitlines()]
    return [at for at in times if at >= since]
