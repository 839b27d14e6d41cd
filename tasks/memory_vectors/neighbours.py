"""Finding memories by what they mean, within a small budget, or saying at once that it cannot be done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from config.metrics import MEMORY_VECTORS
from flows.errors import BadUpstreamAnswer, PortUnavailable, UpstreamTimeout
from flows.memory.embeddings.port import Embedder, Near, Purpose, Sight, VectorIndex
from flows.memory.embeddings.texts import question_of
from tasks.store.vector_rows import BuiltIndex, VectorRows

NEAREST = 60  #: As many as are read of what the words find.
SEARCH_S = 0.005  #: What embedding leaves of the budget: the search takes about two milliseconds.

#: How long it is known that there is an index, and that there is none yet.
KNOWN_S, NOT_KNOWN_S = 60.0, 5.0


@dataclass(slots=True)
class IndexNeighbours:
    """Neighbours by way of an embedding model and an index. Threads may share it.

    ``budget_s`` is for both together. Nothing is asked before there is an index.
    """

    rows: VectorRows
    embedder: Embedder
    index: VectorIndex
    budget_s: float
    clock: Callable[[], float] = monotonic
    _built: BuiltIndex | None = None
    _look_again_s: float = field(default=float("-inf"))

    def near(self, sight: Sight, query: str) -> Near | None:
        """The nearest memories; None, with the reason counted, where that cannot be said in time."""
        try:
            near = self._near(sight, query)
        except PortUnavailable as error:
            MEMORY_VECTORS.labels(error.code).inc()
            return None
        MEMORY_VECTORS.labels("used" if near else "no_index").inc()
        return near

    def _near(self, sight: Sight, query: str) -> Near | None:
        built = self._known()
        if built is None:
            return None
        ends_s = self.clock() + self.budget_s
        question = [question_of(query)]
        (vector,) = self.embedder.embed(question, Purpose.QUERY, self.budget_s - SEARCH_S)
        if len(vector) != built.dimension:
            raise BadUpstreamAnswer(f"the model gives {len(vector)} numbers, not {built.dimension}")
        left_s = ends_s - self.clock()
        if left_s <= 0:
            raise UpstreamTimeout("no time is left to search")
        found = self.index.near(built.collection, vector, sight, NEAREST, left_s)
        return Near(
            {number: built.level.similarity(cosine) for number, cosine in found.items()}, built.level.least
        )

    def _known(self) -> BuiltIndex | None:
        """The index as the store knows it, asked for seldom."""
        now_s = self.clock()
        if now_s >= self._look_again_s:
            self._built = self.rows.built(self.embedder.fingerprint)
            self._look_again_s = now_s + (KNOWN_S if self._built else NOT_KNOWN_S)
        return self._built
