"""The list of faults: each a function, with the sentence that says when it passes."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.trial import Run


@dataclass(frozen=True, slots=True)
class Fault:
    """``number`` is that of the published list. ``proxied`` puts a proxy of ours before Redis.
    ``once`` says that nothing is killed or cut off, so that no stage may run a second time either.
    ``loses`` says that what the ledger held is gone by the fault itself, as its name says.
    """

    number: int
    name: str
    passes: str
    run: Run
    proxied: bool = False
    once: bool = False
    loses: bool = False


FAULTS: list[Fault] = []


def fault(number: int, name: str, passes: str, **options: bool) -> Callable[[Run], Run]:
    """Put a function on the list."""

    def register(run: Run) -> Run:
        FAULTS.append(Fault(number, name, passes, run, **options))
        return run

    return register
