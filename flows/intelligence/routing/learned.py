"""A router that learns from scored questions which model a question needs.

The prediction for a model is its mean on the task, plus corrections from the question itself:
similar questions, words, and form. Corrections are weak beside the noise of single scores, so
each is shrunk hard, and a factor for all of them is chosen within the training questions: it
falls below one only where that is clearly better.
The choice is the best predicted score minus a weight times the price, as RouterBench (Hu et al.
2024) and CARROT (Somerstep et al. 2025) choose.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random
from statistics import fmean, stdev

from flows.intelligence.routing.question import Question
from flows.intelligence.routing.similar_questions import SimilarQuestions
from flows.intelligence.routing.task_table import Scores, TaskTable, relative, task_table
from flows.intelligence.routing.term_weights import TermWeights
from flows.intelligence.routing.trait_weights import TraitWeights

TRAITS_SHARE = 0.5  #: Words say part of what the form says.
FACTORS = (1.0, 0.5, 0.0)  #: Of all corrections, the usual one first.
INNER_PARTS = 3  #: One of them chooses the factor, on what the others teach.
CLEARLY = 2.0  #: Standard errors; with fewer the factor follows the noise, which costs more than it saves.
#: Shares of the price range that a whole point of score is worth, for choosing the factor.
PRICE_WEIGHTS = (0.0, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True, slots=True)
class Scored:
    """A question and what each model scored on it, 0 to 1."""

    question: Question
    scores: Scores


@dataclass(frozen=True, slots=True)
class LearnedRouter:
    """Predicts the score of each model; ``factor`` is how far corrections are followed."""

    table: TaskTable
    corrections: "Corrections"
    factor: float

    def predict(self, question: Question) -> Scores:
        """The expected score of each model on a question."""
        usual = self.table.predict(question.task)
        if not self.factor:
            return usual
        own = self.corrections.predict(question)
        return [mean + self.factor * change for mean, change in zip(usual, own, strict=True)]


class Corrections:
    """How a question moves the scores that its task lets expect."""

    def __init__(self, training: Sequence[Scored], table: TaskTable, seed: int) -> None:
        questions = [scored.question for scored in training]
        wanted = [relative(scored.scores, table.predict(scored.question.task)) for scored in training]
        terms = [question.terms for question in questions]
        self._similar = SimilarQuestions(terms, wanted)
        self._terms = TermWeights(terms, wanted, seed)
        self._traits = TraitWeights([q.task for q in questions], [q.traits for q in questions], wanted)

    def predict(self, question: Question) -> list[float]:
        """What to add to the expected score of each model."""
        parts = zip(
            self._similar.predict(question.terms),
            self._terms.predict(question.terms),
            self._traits.predict(question.task, question.traits),
            strict=True,
        )
        return [similar + terms + TRAITS_SHARE * traits for similar, terms, traits in parts]


def best_model(predicted: Scores, prices: Sequence[float], price_weight: float) -> int:
    """The position of the model with the best score less what it costs; the cheaper of equals."""
    return max(
        range(len(predicted)),
        key=lambda model: (predicted[model] - price_weight * prices[model], -prices[model], -model),
    )


def train(training: Sequence[Scored], prices: Sequence[float], *, seed: int = 0) -> LearnedRouter:
    """Learn from questions, at least one per model of ``prices`` (USD, any unit that is the same)."""
    table = _table(training)
    return LearnedRouter(table, Corrections(training, table, seed), _factor(training, prices, seed))


def folds(number: int, parts: int, seed: int) -> list[list[int]]:
    """Positions dealt at random into parts of equal size; those of a part in rising order."""
    order = list(range(number))
    Random(seed).shuffle(order)
    return [sorted(order[part::parts]) for part in range(parts)]


def _table(training: Sequence[Scored]) -> TaskTable:
    return task_table([scored.question.task for scored in training], [scored.scores for scored in training])


def _factor(training: Sequence[Scored], prices: Sequence[float], seed: int) -> float:
    """The usual factor, or another that serves clearly better."""
    if len(training) < 2 * INNER_PARTS:
        return FACTORS[0]
    tested = folds(len(training), INNER_PARTS, seed)[0]
    left_out = set(tested)
    others = [scored for position, scored in enumerate(training) if position not in left_out]
    table = _table(others)
    corrections = Corrections(others, table, seed)
    gains = [_gains(training[position], table, corrections.predict, prices) for position in tested]
    gained = {factor: [gain[factor] for gain in gains] for factor in FACTORS}
    usual = gained[FACTORS[0]]
    best = max(FACTORS, key=lambda factor: fmean(gained[factor]))
    apart = [mine - theirs for mine, theirs in zip(gained[best], usual, strict=True)]
    return best if fmean(apart) > CLEARLY * stdev(apart) / sqrt(len(apart)) else FACTORS[0]


def _gains(
    tested: Scored,
    table: TaskTable,
    correct: Callable[[Question], Sequence[float]],
    prices: Sequence[float],
) -> dict[float, float]:
    """Mean score less price of the models chosen with each factor, over all weights of the price."""
    usual, own = table.predict(tested.question.task), correct(tested.question)
    whole = (max(prices) - min(prices)) or 1.0
    found = {}
    for factor in FACTORS:
        predicted = [mean + factor * change for mean, change in zip(usual, own, strict=True)]
        gains = []
        for share in PRICE_WEIGHTS:
            model = best_model(predicted, prices, share / whole)
            gains.append(tested.scores[model] - share / whole * prices[model])
        found[factor] = fmean(gains)
    return found
