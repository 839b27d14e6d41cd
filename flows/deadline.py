"""An absolute point in time that travels with a job."""

from collections.abc import Callable
from dataclasses import dataclass
from time import time


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time in milliseconds since the epoch, and the clock that it is read on."""

    at_ms: float
    now_s: Callable[[], float] = time

    @classmethod
    def after(cls, milliseconds: float, now_s: Callable[[], float] = time) -> "Deadline":
        """The deadline that many milliseconds from now."""
        return cls(now_s() * 1000 + milliseconds, now_s)

    def left_ms(self) -> float:
        """Milliseconds left, 0 when it has passed."""
        return max(0.0, self.at_ms - self.now_s() * 1000)

    def sooner(self, milliseconds: float) -> "Deadline":
        """This deadline, or the one that many milliseconds from now if that comes first."""
        return Deadline(min(self.at_ms, self.now_s() * 1000 + milliseconds), self.now_s)
