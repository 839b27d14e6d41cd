"""From the pending decisions into the durable store, and finding a decision wherever it is."""

import logging
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from config.metrics import DECISIONS
from flows.decisions.model import Decision
from flows.decisions.text import from_text
from flows.errors import InvalidInput
from tasks.store.decisions import Recorded, StoredDecisions
from tasks.store.pending_decisions import PendingDecisions

BATCH = 200  #: Decisions per transaction: some tens of milliseconds in which SQLite has one writer.

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DecisionLog:
    """The log with both its ends."""

    pending: PendingDecisions
    stored: StoredDecisions

    def move(self) -> dict[str, int]:
        """Store all that wait; returns how many had which fate.

        A decision leaves the queue after it was stored, and is stored once however often it is
        moved, so a crash at any point loses none. ``known`` were moved before, ``refused`` could
        not be read or stored, ``lost`` found no place in the queue. Raises PortUnavailable and
        StoreUnavailable, with the rest still waiting.
        """
        fates: Counter[str] = Counter()
        for texts in self.pending.batches(BATCH):
            fates += self.store(texts)
            self.pending.remove(texts.keys())
        fates["lost"] += self.pending.take_lost()
        for fate, count in fates.items():
            DECISIONS.labels(fate).inc(count)
        return {fate: count for fate, count in fates.items() if count}

    def find(self, organisation: str, ids: Collection[str]) -> Mapping[str, Recorded]:
        """Decisions of the organisation by id; one that still waits is stored first.

        Raises PortUnavailable and StoreUnavailable.
        """
        found = self.stored.find(organisation, ids)
        texts = {id_: text for id_ in set(ids) - found.keys() if (text := self.pending.find(id_))}
        waiting = [decision for decision in _read(texts) if decision.organisation == organisation]
        if waiting:
            self._write(waiting)
            found = self.stored.find(organisation, ids)
        return found

    def store(self, texts: Mapping[str, str]) -> Counter[str]:
        """Store decisions that are given as text by id; returns how many had which fate.

        Raises PortUnavailable.
        """
        decisions = _read(texts)
        stored, refused = self._write(decisions)
        unreadable = len(texts) - len(decisions)
        known = len(decisions) - stored - refused
        return Counter(stored=stored, refused=refused + unreadable, known=known)

    def _write(self, decisions: list[Decision]) -> tuple[int, int]:
        """Numbers stored and refused: one that the database refuses must not keep the others out."""
        try:
            return self.stored.write(decisions), 0
        except InvalidInput as error:
            if len(decisions) == 1:
                log.error("decision_refused", extra={"job_id": decisions[0].id, "error": str(error)})
                return 0, 1
        alone = [self._write([decision]) for decision in decisions]
        return sum(stored for stored, _ in alone), sum(refused for _, refused in alone)


def _read(texts: Mapping[str, str]) -> list[Decision]:
    decisions = []
    for id_, text in texts.items():
        try:
            decisions.append(from_text(text))
        except InvalidInput as error:
            log.error("decision_unreadable", extra={"job_id": id_, "error": str(error)})
    return decisions
