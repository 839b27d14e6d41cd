"""The memory bank on a dict, for tests and for running without a database.

It also holds the rules about what can be stored that every memory bank keeps.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock

from flows.errors import InvalidInput, MemoryNotFound
from flows.memory.model import (
    MAX_ERROR,
    MAX_TAG,
    MAX_TAGS,
    MAX_TEXT,
    MAX_TITLE,
    Added,
    Memory,
    MemoryKind,
    Recalled,
    Scope,
    Visibility,
)
from flows.memory.ranking import Found, Query, newest, rank, scope_of
from flows.memory.statistics import Statistics
from flows.memory.words import memory_words, term
from tasks.store.in_memory_events import UNSTORABLE, storable_text

IDS = ("id", "user_id", "skill", "session_id")


class InMemoryMemories:
    """A MemoryBank that forgets everything with the process.

    ``teams`` are the teams of each organisation, as sets of people; ``policies`` say how far people
    may look.
    """

    def __init__(
        self,
        teams: dict[str, list[frozenset[str]]] | None = None,
        policies: dict[str, Scope] | None = None,
    ) -> None:
        self._teams = {} if teams is None else teams
        self._policies = {} if policies is None else policies
        self._memories: dict[str, dict[str, Memory]] = {}
        self._lock = Lock()

    def add(self, organisation: str, memories: Sequence[Memory]) -> Added:
        """Store what is new; raises InvalidInput."""
        kept = storable(organisation, memories)
        with self._lock:
            there = self._memories.setdefault(organisation, {})
            before = len(there)
            for memory in kept:
                there.setdefault(memory.id, memory)
            stored = len(there) - before
        return Added(stored, len(memories) - stored)

    def recall(
        self,
        organisation: str,
        user_id: str,
        query: str,
        limit: int,
        *,
        now: datetime,
        kinds: Collection[MemoryKind] | None = None,
        within_s: float | None = None,
    ) -> Sequence[Recalled]:
        """At most ``limit`` memories that fit a query, the best first."""
        with self._lock:
            there = list(self._memories.get(organisation, {}).values())
        mates = self._mates(organisation, user_id)
        found = [
            _found(memory)
            for memory in there
            if self._sees(user_id, mates, memory) and (kinds is None or memory.kind in kinds)
        ]
        statistics = Statistics.of(len(there), (indexed(memory) for memory in there))
        asked = Query.of(organisation, query, statistics)
        if not asked.words:
            return newest(found, user_id=user_id, mates=mates, now=now, limit=limit)
        return rank(asked, found, statistics, user_id=user_id, mates=mates, now=now, limit=limit)

    def get(self, organisation: str, user_id: str, memory_id: str) -> Memory:
        """A person's own memory; raises MemoryNotFound."""
        memory = self._memories.get(organisation, {}).get(memory_id)
        if memory is None or memory.user_id != user_id:
            raise not_found(memory_id)
        return memory

    def delete(self, organisation: str, user_id: str, memory_id: str) -> None:
        """Forget a person's own memory; raises MemoryNotFound."""
        with self._lock:
            self.get(organisation, user_id, memory_id)
            del self._memories[organisation][memory_id]

    def _mates(self, organisation: str, user_id: str) -> frozenset[str]:
        teams = self._teams.get(organisation, [])
        return frozenset[str]().union(*(team for team in teams if user_id in team)) - {user_id}

    def _sees(self, user_id: str, mates: frozenset[str], memory: Memory) -> bool:
        scope = scope_of(memory.user_id, user_id, mates)
        policy = self._policies.get(memory.organisation, Scope.ORGANISATION)
        if scope is Scope.OWN:
            return True
        if scope is Scope.TEAM:
            return policy is not Scope.OWN and memory.visibility is not Visibility.PRIVATE
        return policy is Scope.ORGANISATION and memory.visibility is Visibility.ORGANISATION


def indexed(memory: Memory) -> str:
    """The terms of a memory as they are stored: with a space between them."""
    return " ".join(term(memory.organisation, word) for word in memory_words(memory))


def storable(organisation: str, memories: Iterable[Memory]) -> list[Memory]:
    """Memories as they are stored; raises InvalidInput for one that cannot be."""
    return [_storable(organisation, number, memory) for number, memory in enumerate(memories)]


def not_found(memory_id: str) -> MemoryNotFound:
    """The error about a memory that a person does not have."""
    return MemoryNotFound(f"no memory {storable_text(memory_id)}")


def _storable(organisation: str, number: int, memory: Memory) -> Memory:
    if memory.organisation != organisation:
        raise InvalidInput(f"memory {number} is of another organisation", field=f"{number}/organisation")
    for name in IDS:
        if UNSTORABLE.search(getattr(memory, name) or ""):
            message = f"memory {number}: {name} has a character that cannot be stored"
            raise InvalidInput(message, field=f"{number}/{name}")
    if memory.at.tzinfo is None:
        raise InvalidInput(f"memory {number}: at has no time zone", field=f"{number}/at")
    return replace(
        memory,
        at=memory.at.astimezone(UTC),
        title=storable_text(memory.title[:MAX_TITLE]),
        text=storable_text(memory.text[:MAX_TEXT]),
        error=storable_text(memory.error[:MAX_ERROR]),
        tags=tuple(storable_text(tag[:MAX_TAG]) for tag in memory.tags[:MAX_TAGS]),
        events=tuple(storable_text(event) for event in memory.events),
    )


def _found(memory: Memory) -> Found:
    return Found(indexed(memory), memory.user_id, memory.id, memory.at, memory.success, lambda: memory)
