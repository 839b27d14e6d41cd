"""How fast a worker goes through members while people ask.

A worker of batches gets the processor when nobody else wants it, and still costs people time: it fills
caches, holds Redis for moments, and is to be moved aside. At full speed the 95th percentile of a learning
path rises by a third with two processors for both (docs/decisions/012-batches.md has the figures). So
while people ask it rests after each piece of work, for a multiple of what that took. Where people slow it
down it takes longer and rests longer, by itself.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from celery import signals

from config.queues import INTERACTIVE, stage_task
from flows.errors import StoreUnavailable
from tasks.store.queue_depths import QueueDepths

SHARE = 0.25  #: Part of the time that a worker is at work while people ask.
PEOPLE_S = 2.0  #: So long after the last one asked, people are still there.
LOOK_EVERY_S = 0.5
LONGEST_REST_S = 1.0

log = logging.getLogger(__name__)


class Pace:
    """When to rest, and how long; one per process. ``since_people_s`` tells how long nobody has asked."""

    def __init__(
        self,
        since_people_s: Callable[[], float],
        *,
        clock: Callable[[], float] = monotonic,
        pause: Callable[[float], None] = sleep,
    ) -> None:
        self._since_people_s, self._clock, self._pause = since_people_s, clock, pause
        self._looked_s, self._people = float("-inf"), False

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Rest after the work inside, unless it fails."""
        began_s = self._clock()
        yield
        self.rest(self._clock() - began_s)

    def rest(self, busy_s: float) -> None:
        """Rest after so much work, if people ask."""
        if self._people_ask():
            self._pause(min(LONGEST_REST_S, busy_s * (1 / SHARE - 1)))

    def _people_ask(self) -> bool:
        now_s = self._clock()
        if now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            try:
                self._people = self._since_people_s() < PEOPLE_S
            except StoreUnavailable as error:  # Then there is no work either.
                log.warning("pace_not_known", extra={"error": str(error)})
        return self._people


def people_of(queues: QueueDepths) -> Callable[[], float]:
    """When somebody asked last, by what the workers for people have started."""
    return lambda: queues.since_started_s(INTERACTIVE)


def keep_pace(pace: Callable[[], Pace]) -> None:
    """From now on, rest after each stage task that this process or a child of it runs."""
    began_s: dict[str, float] = {}

    def begun(task_id: str, **_: Any) -> None:
        began_s[task_id] = monotonic()

    def done(task_id: str, sender: Any, **_: Any) -> None:
        busy_s = monotonic() - began_s.pop(task_id)
        if sender.name.startswith(stage_task("")):
            pace().rest(busy_s)

    signals.task_prerun.connect(begun, weak=False)
    signals.task_postrun.connect(done, weak=False)
