"""Corrections from similar questions: k nearest neighbours by TF-IDF and cosine."""

from collections import Counter
from collections.abc import Sequence
from heapq import nlargest
from math import log, sqrt

from flows.intelligence.routing.task_table import Scores

NEIGHBOURS = 300
SHRINKAGE = 15.0  #: Similarity, added up over neighbours, that no correction counts as.
LEAST_QUESTIONS = 2  #: A term of one question alone makes nothing similar.
MOST_SHARE = 0.1  #: Terms of more questions tell little apart and cost most of the time.


class SimilarQuestions:
    """Questions by their terms, with the correction that each would have needed."""

    def __init__(self, terms: Sequence[Sequence[str]], corrections: Sequence[Scores]) -> None:
        self._corrections = corrections
        number = len(terms)
        counts = Counter(term for found in terms for term in found)
        most = max(LEAST_QUESTIONS, MOST_SHARE * number)
        self._rarity = {t: log(number / n) for t, n in counts.items() if LEAST_QUESTIONS <= n <= most}
        self._postings: dict[str, list[tuple[int, float]]] = {term: [] for term in self._rarity}
        for position, found in enumerate(terms):
            for term, weight in self._vector(found):
                self._postings[term].append((position, weight))

    def predict(self, terms: Sequence[str]) -> list[float]:
        """The mean correction of the nearest, weighted by similarity and shrunk to none."""
        alike: dict[int, float] = {}
        for term, weight in self._vector(terms):
            for position, other in self._postings[term]:
                alike[position] = alike.get(position, 0.0) + weight * other
        nearest = nlargest(NEIGHBOURS, alike.items(), key=lambda found: (found[1], -found[0]))
        sums = [0.0] * len(self._corrections[0])
        for position, similarity in nearest:
            correction = self._corrections[position]
            sums = [total + similarity * value for total, value in zip(sums, correction, strict=True)]
        weight = SHRINKAGE + sum(similarity for _, similarity in nearest)
        return [total / weight for total in sums]

    def _vector(self, terms: Sequence[str]) -> list[tuple[str, float]]:
        return unit_vector(terms, self._rarity)


def unit_vector(terms: Sequence[str], weights: dict[str, float]) -> list[tuple[str, float]]:
    """The terms that have a weight, scaled to length one."""
    known = [(term, weights[term]) for term in terms if term in weights]
    length = sqrt(sum(weight * weight for _, weight in known)) or 1.0
    return [(term, weight / length) for term, weight in known]
