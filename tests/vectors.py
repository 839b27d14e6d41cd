"""A memory bank that is found by meaning, over a Qdrant and an embedding model that really listen."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Engine, select

from config.settings import Settings
from flows.memory.model import Added, Memory, MemoryKind, Recalled
from tasks.memory_vectors.make import MemoryVectors, connect
from tasks.memory_vectors.reconciler import MemoryIndex
from tasks.store.memories import StoredMemories
from tasks.store.tables import memories, memory_vectors
from tasks.store.vector_rows import VectorRows
from tests.fakes.embeddings import FakeEmbeddings
from tests.fakes.qdrant import FakeQdrant
from tests.fakes.upstream_server import UpstreamServer
from tests.memories import NOW

ENOUGH_S = 30.0  #: For a run over what a test stores.


@dataclass(frozen=True, slots=True)
class Place:
    """Both servers, and a service's two sides of them. ``again`` is another process's."""

    qdrant: Any
    model: FakeEmbeddings
    engine: Engine
    vectors: MemoryVectors
    env: dict[str, str]

    @property
    def bank(self) -> StoredMemories:
        """The memory bank with neighbours."""
        return StoredMemories(self.engine, self.vectors.neighbours)

    def points(self) -> dict[int, Any]:
        """Payloads by number, of all collections."""
        found = [it.points for it in self.qdrant.collections.values()]
        return {number: payload for points in found for number, (_, payload) in points.items()}

    def again(self, **env: str) -> "Place":
        """The same servers and store from another process, whose environment may differ."""
        return _place(self.qdrant, self.model, self.engine, self.env | env)


@contextmanager
def vectors_at(engine: Engine, index: UpstreamServer | None = None, **env: str) -> Iterator[Place]:
    """A place with nothing in it. A question has half a minute, since the machine of a test may be busy.

    ``index`` is another server than the fake, which speaks as Qdrant does.
    """
    with index or FakeQdrant() as qdrant, FakeEmbeddings() as model:
        given = {
            "QDRANT_URL": qdrant.url,
            "EMBEDDING_URL": model.url,
            "EMBEDDING_MODEL": model.model,
            "MEMORY_VECTORS_MS": "30000",
        }
        place = _place(qdrant, model, engine, given | env)
        yield place
        for client in place.vectors.upstreams.values():
            client.close()


def settings_of(env: dict[str, str]) -> Settings:
    """As a process reads them."""
    return Settings.from_env(env)


def _place(qdrant: UpstreamServer, model: FakeEmbeddings, engine: Engine, env: dict[str, str]) -> Place:
    vectors = connect(settings_of(env), engine)
    assert vectors is not None
    return Place(qdrant, model, engine, vectors, env)


def reconcile(place: Place) -> dict[str, int]:
    """One run, to its end."""
    return dict(place.vectors.index.reconcile(ENOUGH_S))


def recall(place: Place, query: str, **more: Any) -> list[Recalled]:
    """As ann at acme, unless said otherwise."""
    asked = {"organisation": "acme", "user_id": "ann", "limit": 10, "now": NOW} | more
    return list(place.bank.recall(query=query, **asked))


def ids(found: list[Recalled]) -> list[str]:
    """Of what was recalled."""
    return [each.memory.id for each in found]


def outcomes() -> dict[str, float]:
    """How often the vectors of a recall came to what, since the process began."""
    samples = [sample for metric in REGISTRY.collect() for sample in metric.samples]
    return {s.labels["outcome"]: s.value for s in samples if s.name == "learning_memory_vectors_total"}


def rows(place: Place) -> dict[int, str]:
    """The state of each row by number."""
    with place.engine.connect() as connection:
        return {row.number: row.state for row in connection.execute(select(memory_vectors))}


def numbers(place: Place) -> dict[str, int]:
    """The number of each memory of acme."""
    with place.engine.connect() as connection:
        found = connection.execute(select(memories).where(memories.c.organisation_id == "acme"))
        return {row.id: row.number for row in found}


def later(place: Place, by: timedelta) -> MemoryIndex:
    """The index seen by a process whose clock is ahead."""
    index = place.vectors.index
    ahead = lambda: index.now() + by  # noqa: E731
    return MemoryIndex(VectorRows(place.engine, ahead), index.embedder, index.index, index.prefix, now=ahead)


#: For what has nothing to do with the database.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class IndexedAtOnce:
    """A MemoryBank whose index is right after each change, as it is in the service half a minute later."""

    def __init__(self, place: Place) -> None:
        self._place, self._bank, self._index = place, place.bank, place.vectors.index
        self._filled = False

    def add(self, organisation: str, memories: Sequence[Memory]) -> Added:
        """Store, and index."""
        added = self._bank.add(organisation, memories)
        self._index.reconcile(ENOUGH_S)
        self._place.vectors.neighbours._look_again_s, self._filled = 0.0, True
        return added

    def recall(
        self,
        organisation: str,
        user_id: str,
        query: str,
        limit: int,
        *,
        now: datetime,
        kinds: Collection[MemoryKind] | None = None,
        within_s: float | None = None,
    ) -> Sequence[Recalled]:
        """By words and meaning; it is an error when meaning was to have a part and had none."""
        before = outcomes()
        found = self._bank.recall(
            organisation, user_id, query, limit, now=now, kinds=kinds, within_s=within_s
        )
        changed = {outcome for outcome, count in outcomes().items() if count != before.get(outcome, 0)}
        assert not self._filled or changed <= {"used"}
        return found

    def get(self, organisation: str, user_id: str, memory_id: str) -> Memory:
        """One memory."""
        return self._bank.get(organisation, user_id, memory_id)

    def delete(self, organisation: str, user_id: str, memory_id: str) -> None:
        """Forget, and take the point out."""
        self._bank.delete(organisation, user_id, memory_id)
        self._index.reconcile(ENOUGH_S)
