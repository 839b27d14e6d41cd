"""What a scheduled job is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.queues import SCHEDULED
from tasks.services import Services


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """A function of the services that runs every so many seconds; what it returns is logged.

    What takes longer than a fraction of a second belongs on another queue than ``SCHEDULED``,
    whose one worker also looks after jobs that were lost.
    """

    name: str
    every_s: float
    run: Callable[[Services], Any]
    queue: str = SCHEDULED
