"""BM25F: ranking of documents with fields (Robertson, Zaragoza & Taylor 2004).

A term's frequency is summed over the fields, each with a weight and a length normalisation of its
own, before it saturates. With one field of weight 1 it is BM25 (Robertson & Zaragoza 2009).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

SATURATION = 1.2


@dataclass(frozen=True, slots=True)
class Field:
    """Weight of a field's terms, over 0, and how much its length matters, 0 to 1."""

    weight: float = 1.0
    length: float = 0.75


class Index:
    """Documents, each a mapping from field to terms; read-only once it is made."""

    def __init__(self, documents: Sequence[Mapping[str, Iterable[str]]], fields: Mapping[str, Field]) -> None:
        counted = [{name: Counter(document.get(name, ())) for name in fields} for document in documents]
        means = {name: _mean([one[name].total() for one in counted]) for name in fields}
        self.size = len(counted)
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for place, document in enumerate(counted):
            for term, frequency in _weighted(document, fields, means).items():
                saturated = frequency * (SATURATION + 1) / (frequency + SATURATION)
                self._postings.setdefault(term, []).append((place, saturated))

    def rarity(self, term: str) -> float:
        """The inverse document frequency of a term, over 0; that of one document for an unknown term."""
        found = len(self._postings.get(term, ())) or 1
        return log(1 + (self.size - found + 0.5) / (found + 0.5))

    def scores(self, query: Mapping[str, float]) -> dict[int, float]:
        """The score of each document that has a term of the query; terms come with their weights."""
        total: dict[int, float] = {}
        for term, weight in query.items():
            rarity = self.rarity(term) * weight
            for place, frequency in self._postings.get(term, ()):
                total[place] = total.get(place, 0.0) + rarity * frequency
        return total

    def coverage(self, query: Iterable[str]) -> Counter[int]:
        """By document, how many different terms of the query it has."""
        return Counter(place for term in set(query) for place, _ in self._postings.get(term, ()))


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values) if values else 0.0


def _weighted(
    document: Mapping[str, Counter[str]], fields: Mapping[str, Field], means: Mapping[str, float]
) -> dict[str, float]:
    frequencies: dict[str, float] = {}
    for name, field in fields.items():
        counts = document[name]
        relative = counts.total() / means[name] if means[name] else 1.0
        share = field.weight / (1 - field.length + field.length * relative)
        for term, count in counts.items():
            frequencies[term] = frequencies.get(term, 0.0) + count * share
    return frequencies
