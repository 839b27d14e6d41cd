"""Entry point of workers and beat under test: the product's own, with the suite's stages and a tick."""

import os
import time

from tests.faults.stages import learn_stages

learn_stages()

import tasks.scheduled  # noqa: E402
from tasks.scheduled.model import ScheduledJob  # noqa: E402
from tasks.services import Services  # noqa: E402

TICKS_VARIABLE = "FAULTS_TICKS"  #: Names the file of ticks in the environment.


def tick(services: Services) -> None:
    """Write down when this ran."""
    with open(os.environ[TICKS_VARIABLE], "a", encoding="utf-8") as file:
        file.write(f"{time.time():.3f} {os.getpid()}\n")


tasks.scheduled.SCHEDULE = (*tasks.scheduled.SCHEDULE, ScheduledJob("tick", every_s=1.0, run=tick))

from tasks.worker import app  # noqa: E402, F401
