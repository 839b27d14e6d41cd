"""Embedding some memories in one call, and finding out which one a server does not take."""

from collections.abc import Mapping, Sequence

from flows.errors import BadUpstreamAnswer, BreakerOpen, PortUnavailable, UpstreamTimeout
from flows.memory.embeddings.level import PROBES
from flows.memory.embeddings.port import Embedder, Purpose, Vector
from flows.memory.embeddings.texts import SHORT, document_of
from flows.memory.model import Memory

#: Of all texts of one call: a small model takes seconds for 2,000 tokens on two processor cores.
CHARACTERS = 8_000

HARMLESS = PROBES[0][1]
ONE_S = 5.0  #: For one memory by itself.


def embedded(
    embedder: Embedder, memories: Mapping[int, Memory], dimension: int, deadline_s: float
) -> dict[int, Vector | None]:
    """A vector by number, None for a memory that the server takes neither whole nor cut short.

    A server may refuse a whole call for one text that is too long for it. The deadline, in seconds, is
    for each call. Raises PortUnavailable.
    """
    found: dict[int, Vector | None] = {}
    for documents in _in_calls({number: document_of(memory) for number, memory in memories.items()}):
        found |= _embedded(embedder, documents, dimension, deadline_s)
    return found


def _in_calls(documents: Mapping[int, str]) -> list[dict[int, str]]:
    """The documents in their order, in groups that are one call each."""
    groups: list[dict[int, str]] = [{}]
    for number, document in documents.items():
        if groups[-1] and sum(map(len, groups[-1].values())) + len(document) > CHARACTERS:
            groups.append({})
        groups[-1][number] = document
    return groups


def _embedded(
    embedder: Embedder, documents: Mapping[int, str], dimension: int, deadline_s: float
) -> dict[int, Vector | None]:
    try:
        vectors = _vectors(embedder, list(documents.values()), dimension, deadline_s)
        return dict(zip(documents, vectors, strict=True))
    except (UpstreamTimeout, BreakerOpen):
        raise
    except PortUnavailable:
        return _one_by_one(embedder, documents, dimension)


def _one_by_one(embedder: Embedder, documents: Mapping[int, str], dimension: int) -> dict[int, Vector | None]:
    """Raises PortUnavailable when it is the server and not a text: one that takes not even a harmless one."""
    found: dict[int, Vector | None] = {}
    for number, document in documents.items():
        try:
            found[number] = _whole_or_short(embedder, document, dimension)
        except (UpstreamTimeout, BreakerOpen):
            raise
        except PortUnavailable:
            _vectors(embedder, [HARMLESS], dimension, ONE_S)
            found[number] = None
    return found


def _whole_or_short(embedder: Embedder, document: str, dimension: int) -> Vector:
    try:
        (vector,) = _vectors(embedder, [document], dimension, ONE_S)
    except (UpstreamTimeout, BreakerOpen):
        raise
    except PortUnavailable:
        if len(document) <= SHORT:
            raise
        (vector,) = _vectors(embedder, [document[:SHORT]], dimension, ONE_S)
    return vector


def _vectors(
    embedder: Embedder, documents: Sequence[str], dimension: int, deadline_s: float
) -> Sequence[Vector]:
    vectors = embedder.embed(documents, Purpose.DOCUMENT, deadline_s)
    if any(len(vector) != dimension for vector in vectors):
        raise BadUpstreamAnswer(
            f"the embedding model gave {len(vectors[0])} numbers and not {dimension} as before; make the"
            " index anew: manage.py memories index --rebuild"
        )
    return vectors
