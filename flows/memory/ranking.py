"""Which memories fit a query, and how well.

The text of a memory is scored by BM25 (Robertson & Zaragoza, "The Probabilistic Relevance Framework",
2009) over what its database found, in the same way for every database. PostgreSQL's own ranks know
nothing of how rare a word is.

Where vectors are in use, the fit is the mean of BM25's part and of the similarity of meaning: a convex
combination of normalised scores ranks better than reciprocal ranks do (Bruch, Gai & Ingber, "An Analysis of
Fusion Functions for Hybrid Retrieval", TOIS 2023), and so it does here (docs/memory-vectors.md).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.memory.model import Memory, Parts, Recalled, Scope
from flows.memory.statistics import Statistics
from flows.memory.words import query_words, term

K1, B = 1.2, 0.75  #: The usual values, within the range that Robertson & Zaragoza recommend.

#: Words of a query that are looked for, the rarest. Longer ones come from pasted logs, where the
#: commoner half says nothing more.
QUERY_TERMS = 16

#: The least part of what a query says that a memory must have: one common word of many is chance.
RELEVANT = 0.1

#: How much of the fit is meaning, where vectors are in use. Flat between 0.3 and 0.6 where it was measured.
MEANING = 0.5

#: A library changes its major version about once a year; what helped half a year ago helps half as likely.
HALF_LIFE = timedelta(days=180)

#: What a score is made of beside the text, which it is multiplied by: nothing recommends a memory
#: that is about something else, and of two that fit alike the newer one that worked comes first.
FIT, RECENCY, SUCCESS, SCOPE = 0.6, 0.2, 0.15, 0.05

WORKED: Mapping[bool | None, float] = {True: 1.0, None: 0.5, False: 0.0}
NEARNESS: Mapping[Scope, float] = {Scope.OWN: 1.0, Scope.TEAM: 0.5, Scope.ORGANISATION: 0.0}


@dataclass(frozen=True, slots=True)
class Query:
    """The terms that are looked for, the rarest first: term to word, and term to information."""

    words: Mapping[str, str]
    information: Mapping[str, float]

    @classmethod
    def of(cls, organisation: str, text: str, statistics: Statistics) -> "Query":
        """What a text asks for."""
        found = {term(organisation, word): word for word in query_words(text)}
        rarest = sorted(found, key=statistics.information, reverse=True)[:QUERY_TERMS]
        return cls(
            {name: found[name] for name in rarest},
            {name: statistics.information(name) for name in rarest},
        )

    def within(self, budget: float, statistics: Statistics) -> list[str]:
        """The rarest terms that together are in no more than so many memories; none when one alone is.

        What has none of these has only common words of the query: it cannot come out on top
        unless all words are common.
        """
        chosen: list[str] = []
        for name in self.words:
            budget -= statistics.expected(name)
            if budget < 0:
                break
            chosen.append(name)
        return chosen


@dataclass(frozen=True, slots=True)
class Found:
    """A memory that may fit, with its terms as they are indexed.

    ``similarity`` says how alike its meaning is, 0 to 1; 0 too where it is not among the nearest, and None
    where that is not known.
    """

    terms: str
    user_id: str
    id: str
    at: datetime
    success: bool | None
    load: Callable[[], Memory]
    similarity: float | None = None


def rank(
    query: Query,
    found: Iterable[Found],
    statistics: Statistics,
    *,
    user_id: str,
    mates: frozenset[str],
    now: datetime,
    limit: int,
    least_similar: float | None = None,
) -> list[Recalled]:
    """The best of what was found: by score, then own before team before organisation, then the newest.

    Of memories with the same text only the first comes: many people write down the same fix. With
    ``least_similar`` meaning counts where it is known, and that much of it is enough to be found by it alone.
    """
    scored = []
    for each in found:
        text, matched = _text(query, each.terms, statistics)
        alike = None if least_similar is None else each.similarity
        if text >= RELEVANT or (least_similar is not None and alike is not None and alike >= least_similar):
            scope = scope_of(each.user_id, user_id, mates)
            fit = text if alike is None else fused(text, alike)
            parts = Parts(fit, recency(each.at, now), WORKED[each.success], NEARNESS[scope], alike or 0.0)
            scored.append((score(parts), parts, scope, matched, each))
    scored.sort(key=lambda entry: (-entry[0], -entry[1].scope, -entry[4].at.timestamp(), entry[4].id))
    best: dict[str, Recalled] = {}
    for value, parts, scope, matched, each in scored:
        if len(best) == limit:
            break
        memory = each.load()
        best.setdefault(memory.text, Recalled(memory, value, parts, scope, matched))
    return list(best.values())


def newest(
    found: Iterable[Found], *, user_id: str, mates: frozenset[str], now: datetime, limit: int
) -> list[Recalled]:
    """What a query without words gets: the newest first. Everything fits such a query."""
    latest = sorted(found, key=lambda each: (-each.at.timestamp(), each.id))[:limit]
    recalled = []
    for each in latest:
        scope = scope_of(each.user_id, user_id, mates)
        parts = Parts(1.0, recency(each.at, now), WORKED[each.success], NEARNESS[scope])
        recalled.append(Recalled(each.load(), score(parts), parts, scope, ()))
    return recalled


def score(parts: Parts) -> float:
    """0 to 1."""
    beside = FIT + RECENCY * parts.recency + SUCCESS * parts.success + SCOPE * parts.scope
    return round(parts.text * beside, 6)


def fused(text: float, similarity: float) -> float:
    """How well a memory fits by its words and by its meaning, 0 to 1."""
    return (1 - MEANING) * text + MEANING * similarity


def recency(at: datetime, now: datetime) -> float:
    """1 for what is new, half of it after each half-life; what lies ahead is new."""
    return float(0.5 ** (max(timedelta(), now - at) / HALF_LIFE))


def scope_of(owner: str, user_id: str, mates: frozenset[str]) -> Scope:
    """Where a memory lies, seen from a person."""
    if owner == user_id:
        return Scope.OWN
    return Scope.TEAM if owner in mates else Scope.ORGANISATION


def _text(query: Query, terms: str, statistics: Statistics) -> tuple[float, tuple[str, ...]]:
    """BM25 as a part of what a memory of mean length has that holds each word once; and the words it has."""
    indexed: Sequence[str] = terms.split(" ")
    length = K1 * (1 - B + B * len(indexed) / statistics.mean_length)
    total = possible = 0.0
    matched = []
    for name, information in query.information.items():
        possible += information
        times = indexed.count(name)
        if times:
            total += information * times * (K1 + 1) / (times + length)
            matched.append(query.words[name])
    return min(1.0, total / possible) if possible else 0.0, tuple(matched)
