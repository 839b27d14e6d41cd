"""Making the index of vectors hold what the memory bank does, however often and wherever it broke off.

The rows of ``memory_vectors`` say what the index may hold. First the points go whose memories are gone;
that needs no model. Then memories without a point get one. Each batch is claimed in the database, so runs
beside each other do different ones, and what a run leaves behind another takes up. What is in the index
without a row, or not in it in spite of one, is found by counting (``tasks.memory_vectors.comparing``).
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from config.metrics import MEMORY_INDEX
from flows.memory.embeddings.level import PROBES, level_of
from flows.memory.embeddings.port import Embedder, Point, Purpose, Vector, VectorIndex
from flows.memory.embeddings.texts import collection_of
from flows.memory.model import Memory
from tasks.memory_vectors.batches import embedded
from tasks.memory_vectors.comparing import compare
from tasks.store.vector_rows import BuiltIndex, Claimed, Counts, State, VectorRows

BATCH = 16  #: Memories that are claimed, embedded and stored together.
REMOVED_AT_ONCE = 500
EMBED_S = 20.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MemoryIndex:
    """The index of vectors, seen from the side of keeping it right. Everything raises PortUnavailable.

    ``prefix`` is what the names of its collections begin with.
    """

    rows: VectorRows
    embedder: Embedder
    index: VectorIndex
    prefix: str
    clock: Callable[[], float] = monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def reconcile(self, for_s: float, told: Callable[[Counter[str]], None] = lambda _: None) -> Counter[str]:
        """Do what there is to do, and begin no new batch after so many seconds; returns memories by fate.

        ``told`` hears what was done so far after each batch. Raises InvalidInput for a useless model.
        """
        ends_s, done = self.clock() + for_s, Counter[str]()

        def go_on() -> bool:
            told(done)
            return self.clock() < ends_s

        self._remove_orphans(done, go_on)
        built = self._built()
        self.index.ensure(built.collection, built.dimension)
        counts = self.rows.counts(built.collection)
        if not counts.indexed <= self.index.count(built.collection) <= counts.rows:
            self._count(done, compare(self.rows, self.index, built.collection, self.now()))
        if self._add_missing(built, done, go_on):
            self._drop_others(built.collection, done)
        return done

    def rebuild(self) -> None:
        """Throw the index away, its model's marks included; the next run makes it anew."""
        built = self.rows.built(self.embedder.fingerprint)
        if built is not None:
            self.index.drop(built.collection)
            self.rows.forget(built.collection)

    def counts(self) -> tuple[str, Counts]:
        """The collection in use, empty before there is one, and how much of the memory bank it holds."""
        built = self.rows.built(self.embedder.fingerprint)
        name = built.collection if built else ""
        return name, self.rows.counts(name)

    def _remove_orphans(self, done: Counter[str], go_on: Callable[[], bool]) -> None:
        """Points first, rows after: what breaks off in between is done again."""
        while held := self.rows.orphans(REMOVED_AT_ONCE):
            for collection in sorted({each.collection for each in held}):
                self.index.remove(collection, [each.number for each in held if each.collection == collection])
            removed = self.rows.let_go(held)
            self._count(done, {"removed": removed})
            if len(held) < REMOVED_AT_ONCE or not removed or not go_on():
                return

    def _built(self) -> BuiltIndex:
        fingerprint = self.embedder.fingerprint
        return self.rows.built(fingerprint) or self._begin(fingerprint)

    def _begin(self, fingerprint: str) -> BuiltIndex:
        """Find out what a cosine means in this model, and where its vectors go."""
        questions = self.embedder.embed([question for question, _ in PROBES], Purpose.QUERY, EMBED_S)
        answers = self.embedder.embed([answer for _, answer in PROBES], Purpose.DOCUMENT, EMBED_S)
        level, dimension = level_of(questions, answers), len(answers[0])
        name = collection_of(self.prefix, self.embedder.model, dimension, fingerprint)
        built = BuiltIndex(name, dimension, level)
        self.index.ensure(name, dimension)
        self.rows.keep(fingerprint, built)
        log.info("memory_index_begun", extra={"collection": name, "dimension": dimension})
        return built

    def _add_missing(self, built: BuiltIndex, done: Counter[str], go_on: Callable[[], bool]) -> bool:
        """True when no memory is left without a point."""
        after = -1
        while True:
            claimed, last = self.rows.claim(built.collection, after, BATCH)
            if claimed.memories:
                self._add(built, claimed, done)
            in_time = go_on()
            if last is None:
                return True
            if not in_time:
                return False
            after = last

    def _add(self, built: BuiltIndex, claimed: Claimed, done: Counter[str]) -> None:
        try:
            vectors = embedded(self.embedder, claimed.memories, built.dimension, EMBED_S)
        except Exception:
            self.rows.release(built.collection, claimed)
            raise
        if self.now() > claimed.begin_by:  # Somebody else may take these up soon.
            self.rows.release(built.collection, claimed)
            return
        points = [_point(n, claimed.memories[n], v) for n, v in vectors.items() if v is not None]
        if points:
            self.index.put(built.collection, points)
        made, refused = [point.number for point in points], [n for n, v in vectors.items() if v is None]
        fates = {
            "indexed": self.rows.settle(built.collection, claimed, made, State.INDEXED),
            "refused": self.rows.settle(built.collection, claimed, refused, State.REFUSED),
        }
        self._count(done, fates)

    def _drop_others(self, collection: str, done: Counter[str]) -> None:
        """Vectors of a model that is no longer in use, as soon as the one in use has all memories."""
        for other in self.rows.other_collections(collection):
            self.index.drop(other)
            self._count(done, {"dropped": self.rows.forget(other)})

    def _count(self, done: Counter[str], fates: "dict[str, int] | Counter[str]") -> None:
        for fate, memories in fates.items():
            if memories:
                MEMORY_INDEX.labels(fate).inc(memories)
                done[fate] += memories


def _point(number: int, memory: Memory, vector: Vector) -> Point:
    return Point(number, vector, memory.organisation, memory.user_id, memory.kind, memory.visibility)
