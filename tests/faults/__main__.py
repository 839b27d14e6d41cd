"""``python -m tests.faults``: break the running service in every way of the list, and count what is lost.

Prints a table and ends with 1 when a fault fails. ``--plain`` shows beside it what a plain Celery
application does under the same faults.
"""

import argparse
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from tests.faults import (
    broken,  # noqa: F401  Fills the list.
    plain,
)
from tests.faults.registry import FAULTS, Fault
from tests.faults.report import HEAD, summary
from tests.faults.runner import Plan, folder_for, run

PLAIN_S = 150.0  #: What the part about plain Celery takes.


def main() -> int:
    """Run what the arguments say."""
    given = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)  # By way of every finally, so that nothing is left running.
    faults = _chosen(given.only)
    if given.list:
        print("\n".join(f"{fault.number:>3} {fault.name}: {fault.passes}" for fault in faults))
        return 0
    total_s = given.minutes * 60 - (PLAIN_S if given.plain else 0)
    plan = Plan(given.seconds, given.rate, given.patience, given.limit, total_s, given.keep)
    started = time.monotonic()
    print(f"{plan.rate:g} requests/s, {plan.seconds:g} s per fault\n{HEAD}", flush=True)
    rows = run(faults, plan, print_at_once)
    if given.plain:
        with folder_for(plan.keep) as folder:
            plain.run(folder / "plain", print_at_once)
    print(f"{summary(rows)}; {time.monotonic() - started:.0f} s")
    return 0 if all(row.passed for row in rows) else 1


def print_at_once(what: object) -> None:
    """Show it now, also when the output goes into a file."""
    print(what, flush=True)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _chosen(only: str) -> list[Fault]:
    faults = sorted(FAULTS, key=lambda fault: fault.number)
    if not only:
        return faults
    wanted = {int(number) for number in only.split(",")}
    if unknown := wanted - {fault.number for fault in faults}:
        sys.exit(f"no such fault: {', '.join(map(str, sorted(unknown)))}; --list shows them")
    return [fault for fault in faults if fault.number in wanted]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", default="", metavar="1,2", help="numbers of the faults to run")
    parser.add_argument("--list", action="store_true", help="show the faults and when each passes")
    parser.add_argument("--plain", action="store_true", help="try plain Celery under the same faults too")
    parser.add_argument("--seconds", type=float, default=Plan().seconds, help="of load per fault")
    parser.add_argument("--rate", type=float, default=Plan().rate, help="requests per second")
    parser.add_argument("--patience", type=float, default=1.0, help="factor for every limit of time")
    parser.add_argument("--limit", type=float, default=Plan().limit_s, help="seconds that one fault may take")
    parser.add_argument("--minutes", type=float, default=20.0, help="that all of it may take")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="a new folder in which all logs are kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
