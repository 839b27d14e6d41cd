"""When the source of entitlements said what of which organisation, in the durable store."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Engine, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from flows.intelligence.entitlements.source import SourcedEntitlements
from tasks.store.database import (
    answering,
    ensure_organisation,
    insert_or_keep,
    insert_or_replace,
    reading,
)
from tasks.store.sourced_entitlements import replace_entitlements
from tasks.store.tables import contracts, entitlement_states, organisations, seats, trainings

_s = entitlement_states.c
_ORGANISATION: BindParameter[str] = bindparam("organisation")
_STATE = select(entitlement_states).where(_s.organisation_id == _ORGANISATION)
_COUNTS = select(
    *(
        select(func.count())
        .select_from(table)
        .where(table.c.organisation_id == _ORGANISATION)
        .scalar_subquery()
        .label(table.name)
        for table in (contracts, seats, trainings)
    )
)
_DUE = (
    select(organisations.c.id)
    .outerjoin(entitlement_states, _s.organisation_id == organisations.c.id)
    .where(_s.next_at.is_(None) | (_s.next_at <= bindparam("now", type_=_s.next_at.type)))
    .order_by(_s.next_at.nulls_first(), organisations.c.id)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementState:
    """What is known of an organisation's source; moments are aware, the fields those of the table."""

    source: str
    etag: str | None
    revision: int
    confirmed_at: datetime | None
    stated_as_of: datetime | None
    checked_at: datetime
    next_at: datetime
    error: str | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What a source said, and when to ask it again. ``found`` is None when nothing had changed."""

    source: str
    etag: str | None
    confirmed_at: datetime
    stated_as_of: datetime | None
    checked_at: datetime
    next_at: datetime
    found: SourcedEntitlements | None


class StoredEntitlementStates:
    """States, and what is taken in with them. Every method raises PortUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._reads = engine, reading(engine)

    def of(self, organisation: str) -> EntitlementState | None:
        """The state of an organisation, None for one that no source was asked about."""
        with answering(), self._reads.connect() as connection:
            row = connection.execute(_STATE, {"organisation": organisation}).mappings().one_or_none()
        if row is None:
            return None
        return EntitlementState(**{one.name: row[one.name] for one in fields(EntitlementState)})

    def counts(self, organisation: str) -> dict[str, int]:
        """How many contracts, seats and trainings the organisation has."""
        with answering(), self._reads.connect() as connection:
            return dict(connection.execute(_COUNTS, {"organisation": organisation}).mappings().one())

    def due(self, now: datetime, limit: int) -> Sequence[str]:
        """Organisations to ask about, those first that nobody was asked about, then the longest due."""
        with answering(), self._reads.connect() as connection:
            return connection.execute(_DUE, {"now": now, "limit": limit}).scalars().all()

    def unknown(self, candidates: Collection[str]) -> list[str]:
        """Those of the candidates that are no organisation here yet, sorted."""
        with answering(), self._reads.connect() as connection:
            known = set(connection.execute(select(organisations.c.id)).scalars())
        return sorted(set(candidates) - known)

    def confirm(self, organisation: str, revision: int, said: Confirmed) -> bool:
        """Take in what a source said, in one transaction; False when somebody else was quicker.

        ``revision`` is that of the state before the source was asked, 0 without one.
        """
        with answering():
            try:
                return self._confirm(organisation, revision, said)
            except IntegrityError:
                # Somebody was erased between two statements. What comes after an erasure counts.
                return self._confirm(organisation, revision, said)

    def _confirm(self, organisation: str, revision: int, said: Confirmed) -> bool:
        values = {one.name: getattr(said, one.name) for one in fields(Confirmed) if one.name != "found"}
        with self._engine.begin() as connection:
            ensure_organisation(connection, organisation)
            if not _took(connection, organisation, revision, values):
                return False
            if said.found is not None:
                replace_entitlements(connection, said.found, said.checked_at)
        return True

    def failed(
        self, organisation: str, source: str, at: datetime, next_at: datetime, why: tuple[str, str]
    ) -> None:
        """Note that the source did not say; ``why`` is a code and words. What was known stays."""
        told = {"checked_at": at, "next_at": next_at, "error": why[0], "detail": why[1]}
        row = {"organisation_id": organisation, "source": source, "revision": 0, **told}
        with answering(), self._engine.begin() as connection:
            ensure_organisation(connection, organisation)
            connection.execute(insert_or_replace(connection, entitlement_states, *told), row)


def _took(connection: Connection, organisation: str, revision: int, values: dict[str, Any]) -> bool:
    """Move the state on by one; the row is locked until the transaction ends."""
    new = {"organisation_id": organisation, "revision": 0, **values}
    connection.execute(insert_or_keep(connection, entitlement_states), new)
    moved = (
        update(entitlement_states)
        .where(_s.organisation_id == organisation, _s.revision == revision)
        .values(**values, revision=revision + 1, error=None, detail=None)
    )
    return connection.execute(moved).rowcount == 1
