"""Trained models in the durable store.

A model belongs to an organisation, or to none (None) when it holds what organisations have in
common. Its version is a digest of its document, so training on what has not changed makes no other.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Engine, Row, Table, delete, select, update

from flows.fingerprint import fingerprint
from tasks.store.database import answering, ensure_organisation, insert_or_replace, reading
from tasks.store.tables import shared_models, trained_models

KEPT = 2  #: Versions of one model: the newest, and the one that a process may just be reading.

EXPIRED = datetime(1970, 1, 1, tzinfo=UTC)

#: Kinds of models.
PATTERNS, RECOMMENDER, TRACING, CALIBRATION = "patterns", "recommender", "tracing", "calibration"

Owner = str | None  #: An organisation, or None for what organisations have in common.


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """What there is to know about a model without reading it.

    ``measures`` is plain JSON: what it was trained on and how good it was where that was measured.
    """

    organisation: Owner
    kind: str
    version: str
    trained_at: datetime
    measures: Mapping[str, Any]


class TrainedModels(Protocol):
    """Models by organisation and kind, the newest two versions of each."""

    def save(
        self,
        organisation: Owner,
        kind: str,
        document: Mapping[str, Any],
        *,
        measures: Mapping[str, Any],
        trained_at: datetime,
    ) -> str:
        """Make a document of plain JSON the newest; returns its version. Raises PortUnavailable."""
        ...

    def expire(self, organisation: str) -> None:
        """Say of an organisation's models that they rest on what was erased since.

        They can still be used, count as trained at ``EXPIRED``, and go with the next ``save``.
        Raises PortUnavailable.
        """
        ...

    def latest(self, organisation: Owner, kind: str) -> dict[str, Any] | None:
        """The newest document, None when there is none. Raises PortUnavailable."""
        ...

    def latest_version(self, organisation: Owner, kind: str) -> str | None:
        """The version of the newest document, without reading that. Raises PortUnavailable."""
        ...

    def summary(self, organisation: Owner, kind: str) -> ModelSummary | None:
        """About the newest model. Raises PortUnavailable."""
        ...

    def summaries(self) -> Sequence[ModelSummary]:
        """About all versions of all models of all organisations: for whoever runs the service.

        By kind and organisation, what is shared first, newest version first. Raises PortUnavailable.
        """
        ...


class StoredModels:
    """TrainedModels on the durable store; one instance serves all threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._reads = engine, reading(engine)

    def save(
        self,
        organisation: Owner,
        kind: str,
        document: Mapping[str, Any],
        *,
        measures: Mapping[str, Any],
        trained_at: datetime,
    ) -> str:
        """Make a document the newest, and drop what is older than the one before."""
        table, owned = _of(organisation)
        version = fingerprint(document)
        row = {"kind": kind, "version": version, "trained_at": trained_at, "measures": measures}
        row |= {"document": zlib.compress(json.dumps(document, separators=(",", ":")).encode())}
        row |= {} if organisation is None else {"organisation_id": organisation}
        alike = [*owned, table.c.kind == kind]
        current = select(table.c.version).where(*alike, table.c.trained_at > EXPIRED)
        newest = current.order_by(*_newest_first(table)).limit(KEPT)
        with answering(), self._engine.begin() as connection:
            if organisation is not None:
                ensure_organisation(connection, organisation)
            connection.execute(insert_or_replace(connection, table), row)
            kept = connection.execute(newest).scalars().all()
            connection.execute(delete(table).where(*alike, table.c.version.not_in(kept)))
        return version

    def expire(self, organisation: str) -> None:
        """Say of an organisation's models that they rest on what was erased since."""
        theirs = update(trained_models).where(trained_models.c.organisation_id == organisation)
        with answering(), self._engine.begin() as connection:
            connection.execute(theirs.values(trained_at=EXPIRED))

    def latest(self, organisation: Owner, kind: str) -> dict[str, Any] | None:
        """The newest document."""
        row = self._newest(organisation, kind, "document")
        found: dict[str, Any] | None = row and json.loads(zlib.decompress(row.document))
        return found

    def latest_version(self, organisation: Owner, kind: str) -> str | None:
        """The version of the newest document."""
        row = self._newest(organisation, kind, "version")
        return row and str(row.version)

    def summary(self, organisation: Owner, kind: str) -> ModelSummary | None:
        """About the newest model."""
        row = self._newest(organisation, kind, "kind", "version", "trained_at", "measures")
        return row and ModelSummary(organisation=organisation, **row._asdict())

    def summaries(self) -> Sequence[ModelSummary]:
        """About all models."""
        found = []
        with answering(), self._reads.connect() as connection:
            for table in (shared_models, trained_models):
                columns = [column for column in table.columns if column.name != "document"]
                for row in connection.execute(select(*columns)):
                    values = row._asdict()
                    found.append(ModelSummary(organisation=values.pop("organisation_id", None), **values))
        return sorted(found, key=by_kind_and_owner)

    def _newest(self, organisation: Owner, kind: str, *columns: str) -> Row[Any] | None:
        table, owned = _of(organisation)
        query = select(*(table.c[name] for name in columns)).where(*owned, table.c.kind == kind)
        with answering(), self._reads.connect() as connection:
            return connection.execute(query.order_by(*_newest_first(table)).limit(1)).first()


def by_kind_and_owner(summary: ModelSummary) -> tuple[str, bool, str, float, str]:
    """The order in which models are listed."""
    owner, newest = summary.organisation, -summary.trained_at.timestamp()
    return summary.kind, owner is not None, owner or "", newest, summary.version


def _of(organisation: Owner) -> tuple[Table, list[ColumnElement[bool]]]:
    """The table of an owner, and what is true of the owner's rows."""
    if organisation is None:
        return shared_models, []
    return trained_models, [trained_models.c.organisation_id == organisation]


def _newest_first(table: Table) -> tuple[ColumnElement[Any], ...]:
    return table.c.trained_at.desc(), table.c.version
