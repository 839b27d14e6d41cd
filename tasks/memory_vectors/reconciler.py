"""Making the index of vectors hold what the memory bank does, however often and wherever it broke off.

The rows of ``memory_vectors`` say what the index may hold. First the points go whose memories are gone;
that needs no model. Then memories without a point get one. Each batch is claimed in the database, so runs
beside each other do different ones, and what a run leaves behind another takes up. What is in the index
without a row, or not in it in spite of one, is found by counting and comparing
(``tasks.memory_vectors.comparing``).
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from config.metrics import MEMORY_INDEX
from flows.errors import BreakerOpen, UpstreamRefused
from flows.memory.embeddings.level import PROBES, level_of
from flows.memory.embeddings.port import Embedder, Point, Purpose, Vector, VectorIndex
from flows.memory.embeddings.texts import collection_of
from flows.memory.model import Memory
from tasks.memory_vectors.batches import CALL_S, embedded
from tasks.memory_vectors.comparing import compare
from tasks.store.vector_claims import State
from tasks.store.vector_rows import BuiltIndex, Claimed, Counts, VectorRows

BATCH = 16  #: Memories that are claimed, embedded and stored together.
REMOVED_AT_ONCE = 500
BATCH_S = 60.0  #: No call is begun for a batch after so long.

#: Counts do not show everything: an old snapshot may have as many points as rows, and others.
COMPARED_EVERY = timedelta(days=1)

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

    def reconcile(
        self, for_s: float, told: Callable[[Counter[str]], None] = lambda _: None, *, whole: bool = False
    ) -> Counter[str]:
        """Do what there is to do, and begin no new batch after so many seconds; returns memories by fate.

        ``told`` hears what was done so far after each batch. With ``whole`` all points are compared with
        their rows, also when it is not time. Raises InvalidInput for a useless model.
        """
        ends_s, done = self.clock() + for_s, Counter[str]()

        def go_on() -> bool:
            told(done)
            return self.clock() < ends_s

        self._remove_orphans(done, go_on)
        built = self._built()
        self.index.ensure(built.collection, built.dimension)
        if whole or self._must_compare(built):
            found, go_on_at = compare(self.rows, self.index, built, self.now(), go_on)
            self.rows.compared(built.collection, go_on_at)
            self._count(done, found)
        if self._add_missing(built, done, go_on):
            self.rows.filled(built.collection)
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

    def _must_compare(self, built: BuiltIndex) -> bool:
        """When the last comparison has not come to its end, or is long ago, or the counts do not fit."""
        if built.go_on_at or built.compared_at is None or self.now() - built.compared_at >= COMPARED_EVERY:
            return True
        counts = self.rows.counts(built.collection)
        return not counts.indexed <= self.index.count(built.collection) <= counts.most

    def _built(self) -> BuiltIndex:
        fingerprint = self.embedder.fingerprint
        return self.rows.built(fingerprint) or self._begin(fingerprint)

    def _begin(self, fingerprint: str) -> BuiltIndex:
        """Find out what a cosine means in this model, and where its vectors go."""
        asked, answering = zip(*PROBES, strict=True)
        questions = self.embedder.embed(asked, Purpose.QUERY, CALL_S, patient=True)
        answers = self.embedder.embed(answering, Purpose.DOCUMENT, CALL_S, patient=True)
        level, dimension = level_of(questions, answers), len(answers[0])
        name = collection_of(self.prefix, self.embedder.model, dimension, fingerprint)
        built = BuiltIndex(name, dimension, level)
        self.index.ensure(name, dimension)
        self.rows.keep(fingerprint, built)
        log.info("memory_index_begun", extra={"collection": name, "dimension": dimension})
        return built

    def _add_missing(self, built: BuiltIndex, done: Counter[str], go_on: Callable[[], bool]) -> bool:
        """True when no memory is left without a point."""
        after, all_done = -1, True
        while True:
            claimed, last = self.rows.claim(built.collection, after, BATCH)
            if claimed.memories:
                all_done &= self._add(built, claimed, done)
            in_time = go_on()
            if last is None:
                return all_done
            if not in_time:
                return False
            after = last

    def _add(self, built: BuiltIndex, claimed: Claimed, done: Counter[str]) -> bool:
        """Store what comes of a batch as it comes, and let go of the rest; True when there is none."""
        ends_s, left = self.clock() + BATCH_S, set(claimed.memories)
        try:
            for vectors in embedded(self.embedder, claimed.memories, built.dimension, ends_s, self.clock):
                if self.now() > claimed.begin_by:  # Somebody else may take these up soon.
                    break
                self._store(built, claimed, vectors, left)
                self._settle(built, claimed, vectors, done)
        finally:
            if left:
                self.rows.release(built.collection, claimed, left)
        return not left

    def _store(
        self, built: BuiltIndex, claimed: Claimed, vectors: Mapping[int, Vector | None], left: set[int]
    ) -> None:
        """Put points, and take them from what is left: from now on they may be on their way."""
        left.difference_update(vectors)
        try:
            if refused := _refused(vectors):
                self.index.remove(built.collection, refused)
            if points := [_point(n, claimed.memories[n], v) for n, v in vectors.items() if v is not None]:
                self.index.put(built.collection, points)
        except (UpstreamRefused, BreakerOpen):  # Nothing is on its way.
            left.update(vectors)
            raise

    def _settle(
        self,
        built: BuiltIndex,
        claimed: Claimed,
        vectors: Mapping[int, Vector | None],
        done: Counter[str],
    ) -> None:
        refused = _refused(vectors)
        fates = {
            "indexed": self.rows.settle(built.collection, claimed, vectors.keys() - refused, State.INDEXED),
            "refused": self.rows.settle(built.collection, claimed, refused, State.REFUSED),
        }
        self._count(done, fates)

    def _drop_others(self, collection: str, done: Counter[str]) -> None:
        """Vectors of a model that is no longer in use, as soon as the one in use has all memories."""
        for other in self.rows.collections():
            if other != collection:
                self.index.drop(other)
                self._count(done, {"dropped": self.rows.forget(other)})

    def _count(self, done: Counter[str], fates: "dict[str, int] | Counter[str]") -> None:
        for fate, memories in fates.items():
            if memories:
                MEMORY_INDEX.labels(fate).inc(memories)
                done[fate] += memories


def _refused(vectors: Mapping[int, Vector | None]) -> set[int]:
    return {number for number, vector in vectors.items() if vector is None}


def _point(number: int, memory: Memory, vector: Vector) -> Point:
    return Point(number, vector, memory.organisation, memory.user_id, memory.kind, memory.visibility)
