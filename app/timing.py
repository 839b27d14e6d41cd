"""``Server-Timing``: where the time of a request went."""

from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import Any


class Timing:
    """A stop watch with named laps, in milliseconds."""

    def __init__(self) -> None:
        self._started = self._lap = perf_counter()
        self._laps: list[tuple[str, float]] = []

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since it was started."""
        return (perf_counter() - self._started) * 1000

    def mark(self, name: str) -> None:
        """End a lap under this name."""
        now = perf_counter()
        self._laps.append((name, (now - self._lap) * 1000))
        self._lap = now

    def header(self, stages: Iterable[Mapping[str, Any]] = ()) -> str:
        """The header: the laps, then the stages inside the wait, then the total."""
        entries = [*self._laps, *((stage["type"], stage["ms"]) for stage in stages)]
        entries.append(("total", (perf_counter() - self._started) * 1000))
        return ", ".join(f"{name};dur={ms:.2f}" for name, ms in entries)
