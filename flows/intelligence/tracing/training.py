"""Fitting the model to the answers of many people, oldest first.

Each person is followed as they will be in use, and the weights take a gradient step of the log
loss after each answer. Rows of skills and items take steps that shrink with what each has seen
(AdaGrad with one norm per row; Duchi, Hazan & Singer 2011, Ward, Wu & Bottou 2019) and are drawn
towards zero, so that what is rarely answered stays close to the shared row. The state of a person
is taken as given when weights move: no gradient through time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt
from operator import mul
from random import Random

from flows.intelligence.calibration import logit, sigmoid
from flows.intelligence.tracing.features import FEATURES, PRIOR, features
from flows.intelligence.tracing.learner import Answer, Learner
from flows.intelligence.tracing.model import TracingModel, tracing_model

WIDTH = len(FEATURES)
FIRST_SQUARES = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How a model is fitted. The values were chosen by cross-validation within the training
    part of public data (``manage.py evaluate tracing --cross-validate``).

    Rates are steps along the gradient, shrinkages are drawn off per answer and rate, ``spread`` is
    the deviation of the weights that skills start with for the dimensions.
    """

    dimensions: int = 16
    epochs: int = 5
    seed: int = 7
    shared_rate: float = 0.005
    row_rate: float = 0.1
    rate_decay: float = 0.2
    skill_shrinkage: float = 0.01
    item_shrinkage: float = 0.02
    spread: float = 0.2


@dataclass(slots=True)
class _Row:
    """Weights of one skill or item, and the squares of the gradients that they have seen."""

    weights: list[float]
    squares: float = FIRST_SQUARES

    def step(self, error: float, seen: Sequence[float], rate: float, shrinkage: float) -> None:
        self.squares += error * error * sum(map(mul, seen, seen)) / len(seen)
        rate /= sqrt(self.squares)
        up, kept = rate * error, 1 - rate * shrinkage
        self.weights = [kept * weight + up * value for weight, value in zip(self.weights, seen, strict=True)]


@dataclass(slots=True)
class _Fit:
    """The weights while they are fitted; skills hold their difference from the shared row."""

    settings: TrainingSettings
    shared: list[float]
    skills: dict[str, _Row] = field(default_factory=dict)
    no_item: list[float] = field(init=False)
    items: defaultdict[str, _Row] = field(init=False)

    def __post_init__(self) -> None:
        self.no_item = [0.0] * (self.settings.dimensions + 1)
        self.items = defaultdict(lambda: _Row(self.no_item))

    def skill(self, name: str) -> _Row:
        if name not in self.skills:
            draw = Random(f"{self.settings.seed}:{name}").gauss
            spread = self.settings.spread
            drawn = [draw(0.0, spread) for _ in range(self.settings.dimensions)]
            self.skills[name] = _Row([0.0] * WIDTH + drawn)
        return self.skills[name]

    def follow(self, answers: Iterable[Answer], pace: float) -> None:
        """Follow one person; ``pace`` scales all rates."""
        learner = Learner("", [0.0] * self.settings.dimensions)
        for answer in answers:
            error, direction = self._step(learner, answer, pace)
            learner.learn(answer, error, direction)

    def model(self) -> TracingModel:
        """What the weights are now, every skill with its share of the shared row."""
        skills = {
            name: [a + b for a, b in zip(self.shared, row.weights, strict=True)]
            for name, row in self.skills.items()
        }
        return tracing_model(self.shared, skills, {name: row.weights for name, row in self.items.items()})

    def _step(self, learner: Learner, answer: Answer, pace: float) -> tuple[float, list[float]]:
        """Move the weights; returns error and direction as they were before, for the person."""
        skill = self.skill(answer.skill)
        item = self.items[answer.item] if answer.item is not None else _Row(self.no_item)
        seen = [*features(learner, answer.skill, answer.item, answer.day), *learner.vector]
        known = [1.0, *learner.vector]
        row = [a + b for a, b in zip(self.shared, skill.weights, strict=True)]
        direction = [a + b for a, b in zip(row[WIDTH:], item.weights[1:], strict=True)]
        z = sum(map(mul, row, seen)) + sum(map(mul, item.weights, known))
        error = answer.correct - sigmoid(z)
        pull, rate = error * answer.weight, pace * self.settings.row_rate
        item.step(pull, known, rate, self.settings.item_shrinkage)
        skill.step(pull, seen, rate, self.settings.skill_shrinkage)
        up = pull * pace * self.settings.shared_rate
        self.shared = [weight + up * value for weight, value in zip(self.shared, seen, strict=True)]
        return error, direction


def fit(people: Sequence[Sequence[Answer]], settings: TrainingSettings | None = None) -> TracingModel:
    """A model of the answers of people; equal answers and settings give an equal model.

    Nothing to learn from gives the prior. Takes 15 to 20 microseconds per answer and epoch.
    """
    settings = settings or TrainingSettings()
    weights = _Fit(settings, [*PRIOR.values(), *[0.0] * settings.dimensions])
    weights.shared[0] = _base_logit(people)
    order = list(people)
    shuffle = Random(settings.seed).shuffle
    for epoch in range(settings.epochs):
        shuffle(order)
        for answers in order:
            weights.follow(answers, 1 / (1 + settings.rate_decay * epoch))
    return weights.model()


def _base_logit(people: Sequence[Sequence[Answer]]) -> float:
    """Log-odds of a right answer over all; the prior counts as one answer."""
    prior = sigmoid(PRIOR["always"])
    rights = sum(answer.correct for answers in people for answer in answers)
    return logit((rights + prior) / (sum(map(len, people)) + 1))
