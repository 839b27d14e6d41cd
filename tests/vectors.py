"""A memory bank that is found by meaning, over a Qdrant and an embedding model that really listen."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from config.settings import Settings
from flows.memory.model import Added, Memory, MemoryKind, Recalled
from tasks.memory_vectors.make import MemoryVectors, connect
from tasks.store.memories import StoredMemories
from tests.fakes.embeddings import FakeEmbeddings
from tests.fakes.qdrant import FakeQdrant
from tests.fakes.upstream_server import UpstreamServer

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
    """A place with nothing in it. A question has most of a second, since the machine of a test may be busy.

    ``index`` is another server than the fake, which speaks as Qdrant does.
    """
    with index or FakeQdrant() as qdrant, FakeEmbeddings() as model:
        given = {
            "QDRANT_URL": qdrant.url,
            "EMBEDDING_URL": model.url,
            "EMBEDDING_MODEL": model.model,
            "MEMORY_VECTORS_MS": "900",
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


class IndexedAtOnce:
    """A MemoryBank whose index is right after each change, as it is in the service half a minute later."""

    def __init__(self, place: Place) -> None:
        self._bank, self._index = place.bank, place.vectors.index

    def add(self, organisation: str, memories: Sequence[Memory]) -> Added:
        """Store, and index."""
        added = self._bank.add(organisation, memories)
        self._index.reconcile(ENOUGH_S)
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
    ) -> Sequence[Recalled]:
        """By words and meaning."""
        return self._bank.recall(organisation, user_id, query, limit, now=now, kinds=kinds)

    def get(self, organisation: str, user_id: str, memory_id: str) -> Memory:
        """One memory."""
        return self._bank.get(organisation, user_id, memory_id)

    def delete(self, organisation: str, user_id: str, memory_id: str) -> None:
        """Forget, and take the point out."""
        self._bank.delete(organisation, user_id, memory_id)
        self._index.reconcile(ENOUGH_S)
