"""Mining as events come in: a log of them, and the tables that are mined from it."""

from collections.abc import Iterable, Mapping
from typing import Any

from flows.intelligence.patterns.event_log import EventLog, Retention
from flows.intelligence.patterns.mining import (
    MiningLimits,
    mine_organisation,
    mine_overall,
    mine_person,
)
from flows.intelligence.patterns.table import PatternTable
from flows.signals.events import Event


class Miner:
    """Mines patterns per person, per organisation and overall.

    Events may come in any order and batches, and more than once; ``merge`` of two miners gives
    what one miner gives that was fed the events of both. An organisation's table is mined at the
    first question after its events changed, which takes some seconds for 100,000 events.
    """

    def __init__(self, retention: Retention | None = None, limits: MiningLimits | None = None) -> None:
        self.limits = limits or MiningLimits()
        self._log = EventLog(retention)
        self._tables: dict[str, PatternTable] = {}

    def add(self, events: Iterable[Event]) -> None:
        """Take events."""
        for organisation in {event.organisation for event in events if self._log.add(event)}:
            self._tables.pop(organisation, None)

    def merge(self, other: "Miner") -> None:
        """Take all that another miner has taken."""
        for organisation in self._log.merge(other._log):
            self._tables.pop(organisation, None)

    def forget(self, organisation: str, person: str) -> None:
        """Drop all of a person, also from the tables."""
        if self._log.forget(organisation, person):
            self._tables.pop(organisation, None)

    def organisations(self) -> list[str]:
        """Organisations that events have come from, sorted."""
        return list(self._log.organisations())

    def of_person(self, organisation: str, person: str) -> PatternTable:
        """The person's own patterns, mined at each question in some milliseconds."""
        return mine_person(self._log.steps(organisation, person), self.limits)

    def of_organisation(self, organisation: str) -> PatternTable:
        """The patterns that enough people of the organisation show."""
        if organisation not in self._tables:
            people = [self._log.steps(organisation, person) for person in self._log.people(organisation)]
            self._tables[organisation] = mine_organisation(people, self.limits)
        return self._tables[organisation]

    def overall(self) -> PatternTable:
        """The patterns that enough organisations have."""
        return mine_overall(map(self.of_organisation, self._log.organisations()), self.limits)

    def to_json(self) -> dict[str, Any]:
        """The state as plain JSON, without the tables, which follow from it."""
        return self._log.to_json()

    @classmethod
    def from_json(
        cls,
        document: Mapping[str, Any],
        retention: Retention | None = None,
        limits: MiningLimits | None = None,
    ) -> "Miner":
        """A miner of a stored state; raises InvalidInput."""
        miner = cls(retention, limits)
        miner._log = EventLog.from_json(document, retention)
        return miner
