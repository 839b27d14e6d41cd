"""What a scheduled job is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tasks.services import Services


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """A function of the services that runs every so many seconds; what it returns is logged."""

    name: str
    every_s: float
    run: Callable[[Services], Any]
