"""The log of decisions in the durable store: written once per decision, whoever writes it how often."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, select
from sqlalchemy.exc import SQLAlchemyError

from flows.decisions.model import Decision, ShownItem
from flows.errors import InvalidInput, PortUnavailable
from tasks.store.database import answering, ensure_organisation, insert_new, insert_or_replace, reading
from tasks.store.pseudonyms import pseudonym
from tasks.store.tables import decisions as table
from tasks.store.tables import organisations, users

MILLISECONDS = 1000

Person = tuple[str, str]  #: Organisation and user id.


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as feedback needs it. ``user_id`` is None when it was about nobody who is known."""

    id: str
    flow: str
    user_id: str | None
    user_pseudonym: str | None
    shown: Mapping[str, ShownItem]


class StoredDecisions:
    """The log; one instance serves all threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._reads = engine, reading(engine)

    def write(self, decisions: Iterable[Decision]) -> int:
        """Store those that are not there, in one transaction; returns how many that were.

        The people they are about come into being with them, so that an outcome can be traced back
        to its person. Raises InvalidInput for what the database refuses, and PortUnavailable.
        """
        unique = {(d.organisation, d.id): d for d in decisions}
        try:
            with answering(), self._engine.begin() as connection:
                return write(connection, [unique[key] for key in sorted(unique)])
        except PortUnavailable:
            raise
        except (SQLAlchemyError, ValueError) as error:
            raise InvalidInput(f"a decision cannot be stored: {type(error).__name__}") from error

    def find(self, organisation: str, ids: Collection[str]) -> dict[str, Recorded]:
        """Those of these decisions that the organisation has, by id. Raises PortUnavailable."""
        with answering(), self._reads.connect() as connection:
            return find(connection, organisation, ids)


def find(connection: Connection, organisation: str, ids: Collection[str]) -> dict[str, Recorded]:
    """Those of these decisions that the organisation has, by id."""
    columns = (table.c.id, table.c.flow, table.c.user_pseudonym, table.c.shown, users.c.id)
    person = and_(
        users.c.organisation_id == table.c.organisation_id,
        users.c.pseudonym == table.c.user_pseudonym,
    )
    query = select(*columns).select_from(table.outerjoin(users, person))
    query = query.where(table.c.organisation_id == organisation, table.c.id.in_(sorted(ids)))
    return {
        id_: Recorded(id_, flow, user_id, called, {item["id"]: _item(item) for item in shown or ()})
        for id_, flow, called, shown, user_id in connection.execute(query)
    }


def write(connection: Connection, decisions: Sequence[Decision]) -> int:
    """Store those that are not there, inside the caller's transaction; returns how many that were."""
    called = _ensure_people(connection, decisions)
    rows = [_row(d, called.get((d.organisation, d.user_id or ""))) for d in decisions]
    return insert_new(connection, table, rows)


def _ensure_people(connection: Connection, decisions: Iterable[Decision]) -> dict[Person, str]:
    """The pseudonyms of everybody in these decisions."""
    decisions = list(decisions)
    owners = sorted({d.organisation for d in decisions})
    for organisation in owners:
        ensure_organisation(connection, organisation)
    query = select(organisations.c.id, organisations.c.pseudonym_key).where(organisations.c.id.in_(owners))
    keys = {row[0]: row[1] for row in connection.execute(query)}
    people = sorted({(d.organisation, d.user_id) for d in decisions if d.user_id})
    called = {person: pseudonym(keys[person[0]], person[1]) for person in people}
    rows = [{"organisation_id": o, "id": user, "pseudonym": called[o, user]} for o, user in people]
    if rows:
        connection.execute(insert_or_replace(connection, users, "pseudonym"), rows)
    return called


def _row(decision: Decision, called: str | None) -> dict[str, Any]:
    return {
        "organisation_id": decision.organisation,
        "id": decision.id,
        "at": datetime.fromtimestamp(decision.at_ms / MILLISECONDS, UTC),
        "user_pseudonym": called,
        "flow": decision.flow,
        "flow_version": decision.flow_version,
        "variant": decision.variant,
        "features": dict(decision.features),
        "candidates": [{"id": c.id, "source": c.source, "score": c.score} for c in decision.candidates],
        "filters": [{"id": d.id, "filter": d.filter, "reason": d.reason} for d in decision.dropped],
        "final_order": [item.id for item in decision.shown],
        "propensities": [item.propensity for item in decision.shown],
        "llm_outcome": decision.llm_outcome,
        "latency_ms": dict(decision.latency_ms),
        "degraded": list(decision.degraded),
        "shown": [
            {"id": s.id, "score": s.score, "confidence": s.confidence, "skills": list(s.skills)}
            for s in decision.shown
        ],
        "skills": list(decision.skills),
        "total_ms": decision.total_ms,
    }


def _item(row: Mapping[str, Any]) -> ShownItem:
    return ShownItem(row["id"], score=row["score"], confidence=row["confidence"], skills=tuple(row["skills"]))
