"""What is kept of many people while their events are read page by page: bounded, and repeatable.

Of each person the newest observations stay, of all people those whose hashed ids are lowest: a
bottom-k sample (Cohen & Kaplan 2007), which depends on who the people are and not on who came first.
"""

from collections import deque
from collections.abc import Mapping
from hashlib import blake2b
from heapq import heappush, heappushpop
from typing import Generic, TypeVar

Observed = TypeVar("Observed")


class PeopleSample(Generic[Observed]):
    """At most ``people`` people, each with at most ``per_person`` observations, the newest."""

    def __init__(self, *, people: int, per_person: int) -> None:
        """Both bounds are at least 1."""
        self._most, self._per_person = people, per_person
        self._kept: dict[str, deque[Observed]] = {}
        self._highest_first: list[tuple[int, str]] = []

    def add(self, person: str, observed: Observed) -> None:
        """Take an observation; those of one person come oldest first."""
        if person not in self._kept and not self._admit(person):
            return
        self._kept[person].append(observed)

    def by_person(self) -> Mapping[str, tuple[Observed, ...]]:
        """What is kept, people in the order of their ids, observations oldest first."""
        return {person: tuple(self._kept[person]) for person in sorted(self._kept)}

    def _admit(self, person: str) -> bool:
        """Make room for a new person, or not. Who was turned away, or had to go, stays out."""
        entry = (-_rank(person), person)
        if len(self._kept) < self._most:
            heappush(self._highest_first, entry)
        else:
            out = heappushpop(self._highest_first, entry)
            if out == entry:
                return False
            del self._kept[out[1]]
        self._kept[person] = deque(maxlen=self._per_person)
        return True


def _rank(person: str) -> int:
    return int.from_bytes(blake2b(person.encode(), digest_size=8).digest(), "big")
