"""Finding memories by what they mean, within a small budget, or saying at once that it cannot be done."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from time import monotonic

from flows.errors import BadUpstreamAnswer, UpstreamTimeout
from flows.memory.embeddings.port import Embedder, Near, Purpose, Sight, VectorIndex
from flows.memory.embeddings.texts import question_of
from tasks.store.vector_rows import BuiltIndex, VectorRows

NEAREST = 60  #: As many as are read of what the words find.
SEARCH_S = 0.005  #: What embedding leaves of the budget: the search takes about two milliseconds.
LEAST_S = 0.01  #: With less it is not worth asking.

#: How long it is known that there is an index of all memories, and that there is none yet.
KNOWN_S, NOT_KNOWN_S = 60.0, 5.0


@dataclass(slots=True)
class IndexNeighbours:
    """Neighbours by way of an embedding model and an index. Threads may share it.

    ``budget_s`` is for both together. Nothing is asked before there is an index of all memories.
    """

    rows: VectorRows
    embedder: Embedder
    index: VectorIndex
    budget_s: float
    clock: Callable[[], float] = monotonic
    _built: BuiltIndex | None = None
    _look_again_s: float = field(default=float("-inf"))

    def near(self, sight: Sight, query: str, about: Collection[int], within_s: float | None) -> Near | None:
        """The nearest memories, None before there is an index of all. Raises PortUnavailable."""
        built = self._known()
        if built is None or not built.filled:
            return None
        budget_s = self.budget_s if within_s is None else min(self.budget_s, within_s)
        if budget_s < LEAST_S:
            raise UpstreamTimeout("no time is left to ask")
        ends_s = self.clock() + budget_s
        question = [question_of(query)]
        (vector,) = self.embedder.embed(question, Purpose.QUERY, budget_s - SEARCH_S, patient=False)
        if len(vector) != built.dimension:
            raise BadUpstreamAnswer(f"the model gives {len(vector)} numbers, not {built.dimension}")
        left_s = ends_s - self.clock()
        if left_s <= 0:
            raise UpstreamTimeout("no time is left to search")
        found = self.index.near(built.collection, vector, sight, NEAREST, left_s)
        far = self.rows.held(built.collection, set(about).difference(found))
        similarities = {number: built.level.similarity(cosine) for number, cosine in found.items()}
        return Near(similarities, built.level.least, far)

    def _known(self) -> BuiltIndex | None:
        """The index as the store knows it, asked for seldom."""
        now_s = self.clock()
        if now_s >= self._look_again_s:
            self._built = self.rows.built(self.embedder.fingerprint)
            self._look_again_s = now_s + (KNOWN_S if self._built and self._built.filled else NOT_KNOWN_S)
        return self._built
