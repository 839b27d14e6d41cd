"""Contracts, seats, mandatory trainings and who completed them, in the durable store."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import BindParameter, Connection, Engine, bindparam, literal, select, union_all

from flows.intelligence.entitlements.model import (
    Confirmation,
    Contract,
    EntitlementSnapshot,
    Licences,
    Training,
)
from tasks.store.database import answering, reading
from tasks.store.tables import (
    contracts,
    entitlement_states,
    seats,
    training_completions,
    trainings,
)

_ORGANISATION: BindParameter[str] = bindparam("organisation")
_USER: BindParameter[str] = bindparam("user")

_CONTRACTS = (
    select(
        contracts.c.id,
        contracts.c.course,
        contracts.c.skill_id.label("skill"),
        contracts.c.seats,
        contracts.c.seats_used,
        contracts.c.expires_at,
    )
    .where(contracts.c.organisation_id == _ORGANISATION)
    .order_by(contracts.c.expires_at, contracts.c.id)
)
_TRAININGS = (
    select(trainings.c.id, trainings.c.course, trainings.c.skill_id.label("skill"), trainings.c.due_on)
    .where(trainings.c.organisation_id == _ORGANISATION)
    .order_by(trainings.c.due_on, trainings.c.id)
)
_CONFIRMED = select(entitlement_states.c.confirmed_at).where(
    entitlement_states.c.organisation_id == _ORGANISATION
)
_SEAT, _COMPLETION = "seat", "completion"
_OF_PERSON = union_all(
    select(literal(_SEAT), seats.c.contract_id).where(
        seats.c.organisation_id == _ORGANISATION, seats.c.user_id == _USER
    ),
    select(literal(_COMPLETION), training_completions.c.training_id).where(
        training_completions.c.organisation_id == _ORGANISATION, training_completions.c.user_id == _USER
    ),
)


def utc_now() -> datetime:
    """Now, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How old the word of a source may get, in seconds: until it is doubted, and until it counts no more."""

    stale_after_s: int
    void_after_s: int


class StoredEntitlements:
    """Entitlements on the durable store; one instance serves all threads.

    ``bounds`` are there when a source says what is stored; without, the store is the source.
    """

    def __init__(
        self, engine: Engine, now: Callable[[], datetime] = utc_now, bounds: Bounds | None = None
    ) -> None:
        self._reads, self._now, self._bounds = reading(engine), now, bounds

    def of(self, organisation: str, user_id: str) -> EntitlementSnapshot:
        """Everything as it is now. Raises PortUnavailable."""
        return self.of_person(organisation, user_id, self.licences(organisation))

    def licences(self, organisation: str) -> Licences:
        """What belongs to the whole organisation. Raises PortUnavailable."""
        moment = self._now()
        with answering(), self._reads.connect() as connection:
            bought = connection.execute(_CONTRACTS, {"organisation": organisation}).mappings().all()
            asked = connection.execute(_TRAININGS, {"organisation": organisation}).mappings().all()
            confirmation = self._confirmation(connection, organisation)
        return Licences(
            contracts=tuple(Contract(**row) for row in bought),
            trainings=tuple(Training(**row) for row in asked),
            as_of=moment,
            confirmation=confirmation,
        )

    def _confirmation(self, connection: Connection, organisation: str) -> Confirmation | None:
        if self._bounds is None:
            return None
        at = connection.execute(_CONFIRMED, {"organisation": organisation}).scalar_one_or_none()
        return Confirmation(
            at=at, stale_after_s=self._bounds.stale_after_s, void_after_s=self._bounds.void_after_s
        )

    def of_person(self, organisation: str, user_id: str, licences: Licences) -> EntitlementSnapshot:
        """The licences with what one person has of them. Raises PortUnavailable."""
        who = {"organisation": organisation, "user": user_id}
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(_OF_PERSON, who).all()
        return EntitlementSnapshot(
            licences=licences,
            seats_held=frozenset(id_ for kind, id_ in rows if kind == _SEAT),
            completed=frozenset(id_ for kind, id_ in rows if kind == _COMPLETION),
        )
