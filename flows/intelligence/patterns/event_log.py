"""The events that patterns are mined from: bounded, and the same whichever way they came.

What is kept is a function of the *set* of events fed: of each person the newest events, of each
organisation the people whose hashed ids are lowest (a bottom-k sample, Cohen & Kaplan 2007). Both
are lattice joins, so feeding is idempotent and independent of order, late events land right, and
merging two logs equals feeding all events to one: a state-based CRDT (Shapiro et al. 2011). One-pass
counters (lossy counting, Space-Saving) have none of these, since what they forget depends on order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import nlargest
from typing import Any

from flows.errors import InvalidInput
from flows.intelligence.patterns.step import Step, step_of
from flows.signals.events import Event

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How much is kept. A larger organisation is mined from a sample of its people."""

    events_per_person: int = 300
    people_per_organisation: int = 1_000


@dataclass(slots=True)
class _Organisation:
    """Steps by person and event id; ``ranks`` decides who stays when there are too many."""

    people: dict[str, dict[str, Step]] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    highest_rank: int = -1


class EventLog:
    """The kept steps of all people of all organisations."""

    def __init__(self, retention: Retention | None = None) -> None:
        self.retention = retention or Retention()
        self._organisations: dict[str, _Organisation] = {}

    def add(self, event: Event) -> bool:
        """Keep an event; False when it says nothing, was there already, or is of nobody in the sample."""
        step = step_of(event)
        return step is not None and self._keep(event.organisation, event.user_id, step)

    def merge(self, other: "EventLog") -> set[str]:
        """Keep what another log holds, too; returns the organisations that changed."""
        return {
            organisation
            for organisation in other.organisations()
            for person in other.people(organisation)
            for step in other.steps(organisation, person)
            if self._keep(organisation, person, step)
        }

    def forget(self, organisation: str, person: str) -> bool:
        """Drop all of a person; False when there was nothing."""
        there = self._organisations.get(organisation)
        if there is None or there.people.pop(person, None) is None:
            return False
        del there.ranks[person]
        there.highest_rank = max(there.ranks.values(), default=-1)
        if not there.people:
            del self._organisations[organisation]
        return True

    def organisations(self) -> Iterator[str]:
        """Organisations that anything is kept of."""
        yield from sorted(self._organisations)

    def people(self, organisation: str) -> Iterator[str]:
        """People of the organisation that anything is kept of."""
        there = self._organisations.get(organisation)
        yield from sorted(there.people) if there else ()

    def steps(self, organisation: str, person: str) -> list[Step]:
        """What is kept of a person, oldest first."""
        there = self._organisations.get(organisation)
        found = there.people.get(person, {}) if there else {}
        return sorted(nlargest(self.retention.events_per_person, found.values()))

    def to_json(self) -> dict[str, Any]:
        """The log as plain JSON; equal logs give equal documents."""
        return {
            "version": VERSION,
            "organisations": {
                organisation: {
                    person: [list(step) for step in self.steps(organisation, person)]
                    for person in self.people(organisation)
                }
                for organisation in self.organisations()
            },
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any], retention: Retention | None = None) -> "EventLog":
        """Read a log back, under other bounds if wished; raises InvalidInput."""
        if document.get("version") != VERSION:
            raise InvalidInput(f"a pattern state of version {document.get('version')!r} cannot be read")
        log = cls(retention)
        try:
            for organisation, people in document["organisations"].items():
                for person, steps in people.items():
                    for step in steps:
                        log._keep(organisation, person, Step(*step))
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidInput(f"is not a pattern state ({error!r})") from None
        return log

    def _keep(self, organisation: str, person: str, step: Step) -> bool:
        there = self._organisations.setdefault(organisation, _Organisation())
        steps = there.people.get(person)
        if steps is None:
            if not self._admit(there, organisation, person):
                return False
            steps = there.people[person] = {}
        # The same id with other content is a sender's mistake; whichever comes first, one wins.
        if step.id in steps and steps[step.id] >= step:
            return False
        steps[step.id] = step
        most = self.retention.events_per_person
        if len(steps) > 2 * most:
            there.people[person] = {kept.id: kept for kept in nlargest(most, steps.values())}
        return True

    def _admit(self, there: _Organisation, organisation: str, person: str) -> bool:
        """Make room for a new person, or not."""
        rank = int.from_bytes(blake2b(f"{organisation}\0{person}".encode(), digest_size=8).digest(), "big")
        if len(there.people) >= self.retention.people_per_organisation:
            if rank > there.highest_rank:
                return False
            last = max(there.ranks, key=lambda name: (there.ranks[name], name))
            del there.people[last], there.ranks[last]
        there.ranks[person] = rank
        there.highest_rank = max(there.ranks.values())
        return True
