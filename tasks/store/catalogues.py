"""Imported catalogues in the durable store, parsed ones kept at hand.

A request asks for its catalogue several times within a few milliseconds, so ``get`` answers
from memory and looks into the database at most once a second per catalogue.
"""

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock

from sqlalchemy import Engine, bindparam, delete, select

from flows.catalogue.model import BUILT_IN, Catalogue
from flows.catalogue.parse import Document, parse
from flows.errors import PortUnavailable, UnknownName
from tasks.store.database import answering, ensure_organisation, insert_or_replace, reading
from tasks.store.in_memory_catalogues import NAME, check_name, checked, unknown_catalogue
from tasks.store.tables import catalogues

REVISION_CHECK_S = 1.0
MAX_CACHED = 64  #: A large catalogue takes a few megabytes once it is parsed.

Key = tuple[str, str]  #: Organisation and name.
#: With the time of the import, also a catalogue imported anew with the same content is noticed.
Stamp = tuple[str, datetime]

_OF_ORGANISATION = catalogues.c.organisation_id == bindparam("organisation")
_IS_MEANT = _OF_ORGANISATION & (catalogues.c.name == bindparam("wanted"))
_NAMES = select(catalogues.c.name).where(_OF_ORGANISATION)
_STAMP = select(catalogues.c.revision, catalogues.c.imported_at).where(_IS_MEANT)
_ROW = select(
    catalogues.c.revision, catalogues.c.imported_at, catalogues.c.document, catalogues.c.source
).where(_IS_MEANT)
_REMOVE = delete(catalogues).where(_IS_MEANT)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Cached:
    catalogue: Catalogue
    stamp: Stamp
    check_at_s: float


class StoredCatalogues:
    """A CatalogueLibrary on the durable store; one instance serves all threads."""

    def __init__(
        self, engine: Engine, built_in: Callable[[], Catalogue], now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine, self._reads = engine, reading(engine)
        self._built_in = built_in
        self._now_s = now_s
        self._cache: dict[Key, _Cached] = {}
        self._changes = 0  # Made here; a row read before the last one must not be remembered.
        self._lock = Lock()  # Around changes of the cache only, never around a query.

    def get(self, organisation: str, name: str) -> Catalogue:
        """Return a catalogue; raises UnknownName with the nearest names, and PortUnavailable.

        One that was read before is returned also while the database is away.
        """
        if name == BUILT_IN:
            return self._built_in()
        key = (organisation, name)
        cached = self._cache.get(key)
        if cached is None:
            return self._load(key)
        if self._now_s() < cached.check_at_s or not self._claim_check(key, cached):
            return cached.catalogue
        try:
            return cached.catalogue if self._stamp(key) == cached.stamp else self._load(key)
        except PortUnavailable:
            log.warning("catalogue served unchecked: the database did not answer", extra={"catalogue": name})
            return cached.catalogue

    def names(self, organisation: str) -> Sequence[str]:
        """Names that ``get`` knows, sorted. Raises PortUnavailable."""
        with answering(), self._reads.connect() as connection:
            found = connection.execute(_NAMES, {"organisation": organisation}).scalars().all()
        return sorted([BUILT_IN, *found])

    def put(self, organisation: str, name: str, document: Document, source: str) -> Catalogue:
        """Import a catalogue, in place of one of that name.

        Raises InvalidInput for the name, CatalogueError for the document, and PortUnavailable.
        """
        catalogue, canonical = checked(name, document, source)
        row = {
            "organisation_id": organisation,
            "name": name,
            "revision": catalogue.revision,
            "document": canonical,
            "source": source,
            "imported_at": datetime.now(UTC),
        }
        with answering(), self._engine.begin() as connection:
            ensure_organisation(connection, organisation)
            connection.execute(insert_or_replace(connection, catalogues), row)
        self._forget((organisation, name))
        return catalogue

    def remove(self, organisation: str, name: str) -> None:
        """Remove an imported catalogue; raises UnknownName, and InvalidInput for the built-in one."""
        check_name(name)
        with answering(), self._engine.begin() as connection:
            removed = connection.execute(_REMOVE, {"organisation": organisation, "wanted": name}).rowcount
        self._forget((organisation, name))
        if not removed:
            raise self._unknown((organisation, name))

    def _claim_check(self, key: Key, cached: _Cached) -> bool:
        """True for the one thread that shall ask the database; the others need not wait for it."""
        with self._lock:
            if self._cache.get(key) is not cached:
                return False
            self._cache[key] = replace(cached, check_at_s=self._now_s() + REVISION_CHECK_S)
            return True

    def _stamp(self, key: Key) -> Stamp | None:
        with answering(), self._reads.connect() as connection:
            row = connection.execute(_STAMP, {"organisation": key[0], "wanted": key[1]}).one_or_none()
        return row and (row.revision, row.imported_at)

    def _load(self, key: Key) -> Catalogue:
        """Read and parse, once per change; a name that cannot exist is not even looked for."""
        if not NAME.fullmatch(key[1]):
            raise self._unknown(key)
        changes = self._changes
        with answering(), self._reads.connect() as connection:
            row = connection.execute(_ROW, {"organisation": key[0], "wanted": key[1]}).one_or_none()
        if row is None:
            self._forget(key)
            raise self._unknown(key)
        catalogue = parse(key[1], [(row.source, json.loads(row.document))])
        stamp = (row.revision, row.imported_at)
        self._remember(key, _Cached(catalogue, stamp, self._now_s() + REVISION_CHECK_S), changes)
        return catalogue

    def _remember(self, key: Key, cached: _Cached, changes: int) -> None:
        with self._lock:
            if changes != self._changes:
                return
            self._cache.pop(key, None)
            while len(self._cache) >= MAX_CACHED:
                del self._cache[next(iter(self._cache))]
            self._cache[key] = cached

    def _forget(self, key: Key) -> None:
        with self._lock:
            self._changes += 1
            self._cache.pop(key, None)

    def _unknown(self, key: Key) -> UnknownName:
        return unknown_catalogue(key[1], self.names(key[0]))
