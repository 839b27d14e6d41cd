"""Entitlements on dicts, for tests and for running without a database."""

from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Lock

from flows.intelligence.entitlements.model import (
    Confirmation,
    Contract,
    EntitlementSnapshot,
    Licences,
    Training,
)


class InMemoryEntitlements:
    """Entitlements that are gone with the process."""

    def __init__(self) -> None:
        self._licences: dict[str, Licences] = {}
        self._held: set[tuple[str, str, str]] = set()
        self._completed: set[tuple[str, str, str]] = set()
        self._lock = Lock()

    def put(
        self,
        organisation: str,
        contracts: Iterable[Contract] = (),
        trainings: Iterable[Training] = (),
        as_of: datetime | None = None,
        confirmation: Confirmation | None = None,
    ) -> None:
        """Set what an organisation has bought and asks for."""
        licences = Licences(
            contracts=tuple(sorted(contracts, key=lambda c: (c.expires_at, c.id))),
            trainings=tuple(sorted(trainings, key=lambda t: (t.due_on, t.id))),
            as_of=as_of or datetime.now(UTC),
            confirmation=confirmation,
        )
        with self._lock:
            self._licences[organisation] = licences

    def assign(self, organisation: str, contract_id: str, user_id: str) -> None:
        """Give a person a seat."""
        with self._lock:
            self._held.add((organisation, user_id, contract_id))

    def complete(self, organisation: str, training_id: str, user_id: str) -> None:
        """Note that a person has completed a training."""
        with self._lock:
            self._completed.add((organisation, user_id, training_id))

    def of(self, organisation: str, user_id: str) -> EntitlementSnapshot:
        """Contracts, seats, trainings and completions; those of nobody for somebody unknown."""
        nothing = Licences(contracts=(), trainings=(), as_of=datetime.now(UTC))
        person = (organisation, user_id)
        with self._lock:
            return EntitlementSnapshot(
                licences=self._licences.get(organisation, nothing),
                seats_held=frozenset(id_ for *who, id_ in self._held if tuple(who) == person),
                completed=frozenset(id_ for *who, id_ in self._completed if tuple(who) == person),
            )
