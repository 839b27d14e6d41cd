"""How many clients one process serves at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.streams.problems import NoRoom
from config.metrics import OPEN_STREAMS, STREAMS_CLOSED


@dataclass(slots=True)
class Place:
    """One client's place. ``closed_by`` is what closed its stream, empty for one that never was open."""

    closed_by: str = ""


@dataclass(slots=True)
class Places:
    """``most`` places, of which some are taken."""

    most: int
    taken: int = 0

    @contextmanager
    def place(self, transport: str) -> Iterator[Place]:
        """A place, held inside this context. Raises NoRoom."""
        if self.taken >= self.most:
            raise NoRoom
        place = Place()
        self.taken += 1
        try:
            with OPEN_STREAMS.labels(transport).track_inprogress():
                yield place
        finally:
            self.taken -= 1
            if place.closed_by:
                STREAMS_CLOSED.labels(transport, place.closed_by).inc()
