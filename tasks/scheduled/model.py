"""What a scheduled job is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.queues import QUEUES, SCHEDULED
from tasks.services import Services

USUAL_LIMIT_S = 60.0
SPARE_S = 5.0  #: What a queue's hard limit leaves for the process to be gone.


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """A function of the services that runs every so many seconds; what it returns is kept and shown.

    What takes longer than a fraction of a second belongs on another queue than ``SCHEDULED``,
    whose one worker also looks after jobs that were lost. A run that has not ended after ``limit_s``
    is taken for lost, and the next one may begin. With ``may_overlap`` none waits for the one before:
    for what does no harm beside itself and must not stand still for the limit when its worker is gone.
    """

    name: str
    every_s: float
    run: Callable[[Services], Any]
    queue: str = SCHEDULED
    may_overlap: bool = False
    longest_s: float | None = None

    @property
    def limit_s(self) -> float:
        """How long a run may take: its own limit, else that of its queue, else a minute."""
        if self.longest_s is not None:
            return self.longest_s
        of_queue = QUEUES[self.queue].time_limit_s
        return USUAL_LIMIT_S if of_queue is None else of_queue + SPARE_S
