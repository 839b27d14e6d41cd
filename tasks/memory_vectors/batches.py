"""Embedding some memories in few calls, and finding out which one a server does not take."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

from flows.errors import BadUpstreamAnswer, BreakerOpen, PortUnavailable
from flows.memory.embeddings.level import PROBES
from flows.memory.embeddings.port import Embedder, Purpose, Vector
from flows.memory.embeddings.texts import SHORT, document_of
from flows.memory.model import Memory

#: Of all texts of one call: a small model takes seconds for 2,000 tokens on two processor cores.
CHARACTERS = 8_000

HARMLESS = PROBES[0][1]
CALL_S = 20.0
ALONE_S = 10.0  #: For one memory by itself.


def embedded(
    embedder: Embedder,
    memories: Mapping[int, Memory],
    dimension: int,
    ends_s: float,
    clock: Callable[[], float],
) -> Iterator[dict[int, Vector | None]]:
    """Vectors by number as they come, None for a memory that the server takes neither whole nor cut short.

    A server may refuse a call, or not come to its end, because of one text: then each is tried by itself,
    after what else there is. No call is begun when the time is up; what did not come by then is left out.
    Raises PortUnavailable when it is the server and not a text.
    """
    calls = deque(_in_calls({number: document_of(memory) for number, memory in memories.items()}))
    while calls and clock() < ends_s:
        documents = calls.popleft()
        vectors: Sequence[Vector | None]
        try:
            deadline_s = CALL_S if len(documents) > 1 else ALONE_S
            vectors = _vectors(embedder, list(documents.values()), dimension, deadline_s)
        except BreakerOpen:
            raise
        except PortUnavailable:
            if len(documents) > 1:
                calls.extend({number: document} for number, document in documents.items())
                continue
            vectors = [_once_more(embedder, document, dimension) for document in documents.values()]
        yield dict(zip(documents, vectors, strict=True))


def _in_calls(documents: Mapping[int, str]) -> list[dict[int, str]]:
    """The documents in their order, in groups that are one call each."""
    groups: list[dict[int, str]] = [{}]
    for number, document in documents.items():
        if groups[-1] and sum(map(len, groups[-1].values())) + len(document) > CHARACTERS:
            groups.append({})
        groups[-1][number] = document
    return groups


def _once_more(embedder: Embedder, document: str, dimension: int) -> Vector | None:
    """A text that failed, whole and cut short, once it is known that the server is well.

    Raises PortUnavailable when it is not: when it takes not even a harmless text.
    """
    _vectors(embedder, [HARMLESS], dimension, ALONE_S)
    for text in dict.fromkeys((document, document[:SHORT])):
        try:
            return _vectors(embedder, [text], dimension, ALONE_S)[0]
        except BreakerOpen:
            raise
        except PortUnavailable:
            continue
    return None


def _vectors(
    embedder: Embedder, documents: Sequence[str], dimension: int, deadline_s: float
) -> Sequence[Vector]:
    vectors = embedder.embed(documents, Purpose.DOCUMENT, deadline_s, patient=True)
    if any(len(vector) != dimension for vector in vectors):
        raise BadUpstreamAnswer(
            f"the embedding model gave {len(vectors[0])} numbers and not {dimension} as before; make the"
            " index anew: manage.py memories index --rebuild"
        )
    return vectors
