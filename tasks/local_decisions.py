"""Decisions of answers that were computed without a job, on their way into the durable store.

They wait in memory for a moment, so that no request waits for the database; what waits when the
process is killed is lost, and more than fit are counted as lost.
"""

import logging
from collections import OrderedDict
from threading import Event, Lock, Thread

from config.metrics import DECISIONS
from flows.errors import PortUnavailable
from tasks.decision_log import BATCH, DecisionLog

KEPT = 2_000  #: About 6 MB, and the answers of some seconds.
EVERY_S = 0.2

log = logging.getLogger(__name__)


class LocalDecisions:
    """The decisions of one process. Thread-safe; the thread that stores them starts with the first."""

    def __init__(self, decisions: DecisionLog, most: int = KEPT) -> None:
        self._decisions, self._most = decisions, most
        self._waiting: OrderedDict[str, str] = OrderedDict()
        self._lock, self._some = Lock(), Event()
        self._thread: Thread | None = None

    def put(self, decision_id: str, text: str) -> None:
        """Hand over a decision, as text."""
        with self._lock:
            if len(self._waiting) >= self._most:
                DECISIONS.labels("lost").inc()
                return
            self._waiting[decision_id] = text
            if self._thread is None:
                self._thread = Thread(target=self._run, name="local-decisions", daemon=True)
                self._thread.start()
        self._some.set()

    def store(self) -> int:
        """Store what waits and say how many that were. Raises PortUnavailable, and they wait on."""
        with self._lock:
            texts = dict(list(self._waiting.items())[:BATCH])
        if not texts:
            return 0
        for fate, count in self._decisions.store(texts).items():
            DECISIONS.labels(fate).inc(count)
        with self._lock:
            for decision_id in texts:
                self._waiting.pop(decision_id, None)
        return len(texts)

    def _run(self) -> None:
        pause = Event()
        while self._some.wait():
            self._some.clear()
            try:
                while self.store():
                    pass
            except PortUnavailable as error:
                log.warning("decisions_wait", extra={"error": str(error)})
                self._some.set()  # They are tried again.
            pause.wait(EVERY_S)
