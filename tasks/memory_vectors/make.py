"""Both sides of the index of vectors, for the processes that have the settings for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from config.settings import Settings
from tasks.clients.base import UpstreamClient
from tasks.clients.vectors import NAMES, embedder_of, index_of, vector_upstreams
from tasks.memory_vectors.neighbours import IndexNeighbours
from tasks.memory_vectors.reconciler import MemoryIndex
from tasks.store.vector_rows import VectorRows


@dataclass(frozen=True, slots=True)
class MemoryVectors:
    """What asks the index, what keeps it right, and the clients of both."""

    neighbours: IndexNeighbours
    index: MemoryIndex
    upstreams: Mapping[str, UpstreamClient]

    def report(self) -> dict[str, Any]:
        """The breakers of this process, for ``/health``."""
        return {name: {"breaker": client.breaker.state} for name, client in self.upstreams.items()}


def connect(settings: Settings, engine: Engine) -> MemoryVectors | None:
    """For a process that has no other upstreams. None where vectors are off."""
    clients = {each.name: UpstreamClient(each) for each in vector_upstreams(settings)}
    return make_vectors(settings, engine, clients)


def make_vectors(
    settings: Settings, engine: Engine, upstreams: Mapping[str, UpstreamClient]
) -> MemoryVectors | None:
    """None where vectors are off."""
    if not set(NAMES) <= upstreams.keys():
        return None
    rows, embedder, index = VectorRows(engine), embedder_of(upstreams, settings), index_of(upstreams)
    return MemoryVectors(
        IndexNeighbours(rows, embedder, index, settings.memory_vectors_ms / 1000),
        MemoryIndex(rows, embedder, index, settings.qdrant_collection),
        {name: upstreams[name] for name in NAMES},
    )
