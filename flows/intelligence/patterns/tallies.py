"""Exact counts of the most frequent keys, in bounded memory, whatever the order of the people.

Two passes over the log. The first counts hash buckets, the second only keys in buckets that are
full enough (Park, Chen & Yu 1995, "An effective hash-based algorithm for mining association
rules"); were there still too many keys, those in the fullest buckets stay. A bucket holds at least
what each of its keys does, so no frequent key is missed. Which keys are kept depends on the set of
events alone, and what is kept is counted exactly. Lossy counting (Manku & Motwani 2002) makes do
with one pass, but its counts are off by up to an epsilon and both depend on the order of arrival.
"""

from array import array
from collections.abc import Iterable, Sequence
from heapq import heappush, heappushpop, nlargest
from zlib import crc32

from flows.intelligence.patterns.model import Key, Tally
from flows.intelligence.patterns.observations import ANY, Observe, Person

EVIDENCE = 3  #: Occurrences, the newest ones, whose event ids are kept.
BUCKETS, BUCKETS_OF_ONE = 1 << 20, 1 << 14  #: For an organisation, for one person; two bytes each.
FULL = 0xFFFF
MIXING = 1_000_003


def tally(
    people: Sequence[Person], observe: Observe[Person], *, least: int, most_keys: int, by_people: bool
) -> dict[Key, Tally]:
    """Count what is observed of each of the people, under antecedent + consequent.

    Kept are keys seen with at least ``least`` people, or without ``by_people`` at least so often,
    and of these at most ``most_keys``.
    """
    counters = _count(people, observe, _Buckets(), least, most_keys)
    if counters.dropped:
        counters = _count(people, observe, _filled(people, observe, by_people), least, most_keys)
    return {
        key: counter.tally()
        for key, counter in counters.kept.items()
        if (counter.people if by_people else counter.times) >= least
    }


class _Buckets:
    """How full the buckets of keys are, as far as that fits; one full bucket when nothing is known."""

    def __init__(self, size: int = 1, fullness: int = FULL) -> None:
        self.fullness = array("H", [fullness]) * size
        self.hashes = _Hashes()

    def fill(self, buckets: Iterable[int]) -> None:
        """Add one to each."""
        for bucket in buckets:
            if self.fullness[bucket] < FULL:
                self.fullness[bucket] += 1


class _Hashes(dict[str, int]):
    """Hashes of names, and of antecedents, that are equal in all processes."""

    def __missing__(self, name: str) -> int:
        hashed = self[name] = crc32(name.encode())
        return hashed

    def of(self, antecedent: Key) -> int:
        """The part of a key's hash that all keys of the antecedent share."""
        hashed = len(antecedent)
        for name in antecedent:
            hashed = (hashed ^ self[name]) * MIXING
        return hashed


def _filled(people: Sequence[Person], observe: Observe[Person], by_people: bool) -> _Buckets:
    buckets = _Buckets(BUCKETS if by_people else BUCKETS_OF_ONE, 0)
    hashes, mask = buckets.hashes, len(buckets.fullness) - 1
    for person in people:
        filled: list[int] = []
        for antecedent, seen in observe(person):
            hashed = hashes.of(antecedent)
            filled += [(hashed ^ hashes[consequent]) & mask for consequent, _, _ in seen]
        buckets.fill(set(filled) if by_people else filled)
    return buckets


def _count(
    people: Sequence[Person], observe: Observe[Person], buckets: _Buckets, least: int, most_keys: int
) -> "_Counters":
    """Count keys of buckets that are full enough; all of them, or those of the fullest."""
    counters = _Counters(most_keys, ranked=len(buckets.fullness) > 1)
    kept, hashes, fullness = counters.kept, buckets.hashes, buckets.fullness
    mask = len(fullness) - 1
    for number, person in enumerate(people):
        if counters.dropped and not mask:
            break  # To no purpose: which keys were dropped is for buckets to say.
        for antecedent, seen in observe(person):
            hashed = hashes.of(antecedent)
            for consequent, at, ids in seen:
                key = (*antecedent, consequent)
                counter = kept.get(key)
                if counter is None:
                    hash_of_key = hashed ^ hashes[consequent]
                    full = fullness[hash_of_key & mask]
                    counter = counters.new(key, full, hash_of_key) if full >= least else None
                if counter:
                    counter.add(number, at, ids)
    return counters


class _Counters:
    """At most so many counters: those of the fullest buckets, of equal ones those others are divided by.

    As long as nothing is known of buckets, the first that come are kept, and the rest is ``dropped``.
    """

    def __init__(self, most: int, ranked: bool) -> None:
        self.kept: dict[Key, _Counter] = {}
        self.dropped = False
        self._most = most
        self._ranked = ranked
        self._lowest_first: list[tuple[int, bool, int, Key]] = []

    def new(self, key: Key, fullness: int, hashed: int) -> "_Counter | None":
        """A counter for a key, or None when there are enough with priority over it."""
        room = len(self.kept) < self._most
        self.dropped = self.dropped or not room
        if self._ranked:
            entry = (fullness, len(key) == 1 or key[-1] == ANY, hashed, key)
            if room:
                heappush(self._lowest_first, entry)
            else:
                lowest = heappushpop(self._lowest_first, entry)
                if lowest is entry:
                    return None
                del self.kept[lowest[-1]]
        elif not room:
            return None
        counter = self.kept[key] = _Counter()
        return counter


class _Counter:
    """A tally in the making."""

    __slots__ = ("first", "newest", "oldest_kept", "people", "person", "times")

    def __init__(self) -> None:
        self.times = self.people = 0
        self.person = -1
        self.first, self.oldest_kept = 1 << 62, -1 << 62
        self.newest: list[tuple[int, tuple[str, ...]]] = []

    def add(self, person: int, at: int, ids: tuple[str, ...]) -> None:
        """Count an occurrence; those of one person come on end."""
        self.times += 1
        if person != self.person:
            self.person = person
            self.people += 1
        if at < self.first:
            self.first = at
        if at >= self.oldest_kept:
            if len(self.newest) < EVIDENCE:
                heappush(self.newest, (at, ids))
            else:
                heappushpop(self.newest, (at, ids))
                self.oldest_kept = self.newest[0][0]

    def tally(self) -> Tally:
        """What was counted; evidence newest first, each event once."""
        newest = nlargest(EVIDENCE, self.newest)
        evidence = dict.fromkeys(event for _, ids in newest for event in ids)
        return Tally(self.times, self.people, self.first, newest[0][0], tuple(evidence))
