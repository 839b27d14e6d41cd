"""One process of the service: ``python -m tests.faults.process front|worker QUEUE|beat``.

It is the product's own command, with the product's own options; only the entry points are those of
the suite, which know its stages.
"""

from collections.abc import Sequence

from manage import cli
from tasks.commands import processes

ENTRY_POINTS = {
    "app.wsgi:application": "tests.faults.front:application",
    "tasks.worker": "tests.faults.worker",
}

_become = processes._become


def _become_with_ours(program: str, arguments: Sequence[str]) -> None:
    _become(program, [ENTRY_POINTS.get(argument, argument) for argument in arguments])


if __name__ == "__main__":
    processes._become = _become_with_ours
    cli()
