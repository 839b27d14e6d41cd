"""Corrections from the words of a question: one linear model per language model.

Least squares by stochastic gradient descent with few, small steps. Stopping that early is the
regularisation: what a word says about a model is weak, and more steps learn the noise.
"""

from collections import Counter
from collections.abc import Sequence
from math import log
from random import Random

from flows.intelligence.routing.similar_questions import unit_vector
from flows.intelligence.routing.task_table import Scores

EPOCHS = 3
STEP = 0.03  #: Of the first epoch; later ones shrink with the root of their number.
LEAST_QUESTIONS = 3
MOST_SHARE = 0.5


class TermWeights:
    """What each term adds to the score of each model."""

    def __init__(self, terms: Sequence[Sequence[str]], corrections: Sequence[Scores], seed: int) -> None:
        number = len(terms)
        counts = Counter(term for found in terms for term in found)
        most = max(LEAST_QUESTIONS, MOST_SHARE * number)
        kept = {term: count for term, count in counts.items() if LEAST_QUESTIONS <= count <= most}
        self._rarity = {term: log(number / count) / log(number) for term, count in kept.items()}
        self._models = len(corrections[0])
        self._weights: dict[str, list[float]] = {term: [0.0] * self._models for term in kept}
        vectors = [unit_vector(found, self._rarity) for found in terms]
        order, random = list(range(number)), Random(seed)
        for epoch in range(EPOCHS):
            random.shuffle(order)
            for position in order:
                self._learn(vectors[position], corrections[position], STEP / (1 + epoch) ** 0.5)

    def predict(self, terms: Sequence[str]) -> list[float]:
        """The correction for each model."""
        return self._sum(unit_vector(terms, self._rarity))

    def _sum(self, vector: Sequence[tuple[str, float]]) -> list[float]:
        sums, weights = [0.0] * self._models, self._weights
        for term, value in vector:
            sums = [total + value * weight for total, weight in zip(sums, weights[term], strict=True)]
        return sums

    def _learn(self, vector: Sequence[tuple[str, float]], wanted: Scores, step: float) -> None:
        found, weights = self._sum(vector), self._weights
        off = [step * (right - said) for right, said in zip(wanted, found, strict=True)]
        for term, value in vector:
            weights[term] = [weight + value * error for weight, error in zip(weights[term], off, strict=True)]
