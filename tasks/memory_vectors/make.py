"""Both sides of the index of vectors, for the processes that have the settings for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from config.settings import Settings
from tasks.clients.base import UpstreamClient
from tasks.clients.qdrant import Qdrant
from tasks.clients.vectors import (
    NAMES,
    embedder_of,
    index_of,
    index_upstreams,
    vector_upstreams,
    vectors_lack,
)
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


def connect_index(settings: Settings) -> Qdrant:
    """The index by itself, for a process that only takes something out of it."""
    return index_of({each.name: UpstreamClient(each) for each in index_upstreams(settings)})


def left_behind(settings: Settings, engine: Engine) -> str | None:
    """A sentence for who switched vectors off and left an index; None when there is none, or it is in use."""
    if not vectors_lack(settings):
        return None
    names = VectorRows(engine).collections()
    if not names:
        return None
    return (
        f"Qdrant holds vectors of memories ({', '.join(names)}) and hears of no erasure: switch them on, or"
        " remove them with manage.py memories drop"
    )


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
