"""Answers that went by lately, kept in this process for when Redis is away.

An answer about a person is given from here only for a short while after this process was last told
what is out of date: a person may have been erased meanwhile, and nobody could say so.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from tasks.store.base import Answer

MOST_BYTES = 16 * 1024 * 1024  #: Two thousand learning paths, and a small part of a front's memory.
TRUSTED_S = 30.0  #: So long an answer about a person is given without a word from Redis.
OUTDATED_KEPT = 10_000  #: People remembered as out of date: more than change while one answer is computed.


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer and its times, in seconds of the memory's clock. ``person`` is None for nobody's."""

    answer: Answer
    person: str | None
    fresh_until_s: float
    usable_until_s: float


@dataclass(frozen=True, slots=True)
class Found:
    """An answer from memory; ``fresh`` when it would be in the cache still."""

    answer: Answer
    fresh: bool


class AnswerMemory:
    """The newest answers by fingerprint, as many as there is room for. Thread-safe."""

    def __init__(self, most_bytes: int = MOST_BYTES, clock: Callable[[], float] = monotonic) -> None:
        self._most_bytes, self._clock, self._lock = most_bytes, clock, Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._of_person: dict[str, set[str]] = {}
        self._outdated: OrderedDict[str, float] = OrderedDict()
        self._bytes = 0
        self._heard_s = clock()

    def __len__(self) -> int:
        return len(self._kept)

    def now(self) -> float:
        """The time, to be taken before an answer is read and handed over with it."""
        return self._clock()

    def put(
        self,
        fingerprint: str,
        answer: Answer,
        person: str | None,
        *,
        fresh_s: float,
        stale_s: float,
        since: float,
    ) -> None:
        """Keep an answer that was read at ``since`` or later; not one that went out of date meanwhile.

        Of an answer that is kept already the times stay: reading it again makes it no newer.
        """
        with self._lock:
            held = self._kept.get(fingerprint)
            if held is not None and held.answer.job_id == answer.job_id:
                self._kept.move_to_end(fingerprint)
                return
            if person is not None and self._outdated.get(person, float("-inf")) >= since:
                return
            self._drop(fingerprint)
            fresh_until = self._clock() + fresh_s
            self._kept[fingerprint] = Kept(answer, person, fresh_until, fresh_until + stale_s)
            self._bytes += len(answer.text)
            if person is not None:
                self._of_person.setdefault(person, set()).add(fingerprint)
            while self._bytes > self._most_bytes:
                self._drop(next(iter(self._kept)))

    def find(self, fingerprint: str) -> Found | None:
        """An answer that may be given still."""
        with self._lock:
            kept, now = self._kept.get(fingerprint), self._clock()
            if kept is None or now >= kept.usable_until_s:
                return None
            if kept.person is not None and now >= self._heard_s + TRUSTED_S:
                return None
            return Found(kept.answer, fresh=now < kept.fresh_until_s)

    def heard(self) -> None:
        """Whatever goes out of date is told to this process, up to now."""
        self._heard_s = self._clock()

    def outdate(self, person: str) -> None:
        """Give no answer about a person any more."""
        with self._lock:
            self._outdated[person] = self._clock()
            self._outdated.move_to_end(person)
            while len(self._outdated) > OUTDATED_KEPT:
                self._outdated.popitem(last=False)
            for fingerprint in list(self._of_person.get(person, ())):
                self._drop(fingerprint)

    def clear(self) -> None:
        """Give no answer any more: somebody may have gone out of date unheard."""
        with self._lock:
            self._kept.clear()
            self._of_person.clear()
            self._bytes = 0

    def _drop(self, fingerprint: str) -> None:
        kept = self._kept.pop(fingerprint, None)
        if kept is None:
            return
        self._bytes -= len(kept.answer.text)
        if kept.person is not None:
            of_person = self._of_person[kept.person]
            of_person.discard(fingerprint)
            if not of_person:
                del self._of_person[kept.person]
