"""Following people: the chance of success before each answer, the state after it.

Predicting and taking in an answer together are meant to stay under 50 microseconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import mul
from typing import Any

from flows.intelligence.calibration import sigmoid
from flows.intelligence.mastery import Mastery
from flows.intelligence.tracing.features import FEATURES, features
from flows.intelligence.tracing.learner import Answer, Learner
from flows.intelligence.tracing.model import TracingModel

WIDTH = len(FEATURES)


class Tracer:
    """Predicts with one fitted model; the states of people are handed in and changed in place."""

    def __init__(self, model: TracingModel) -> None:
        self.model = model
        self._no_item = [0.0] * (model.dimensions + 1)

    def start(self) -> Learner:
        """The state of a person of whom nothing is known."""
        return Learner(self.model.version, [0.0] * self.model.dimensions)

    def replay(self, answers: Iterable[Answer]) -> Learner:
        """The state of a person after their answers, oldest first."""
        learner = self.start()
        for answer in answers:
            self.observe(learner, answer)
        return learner

    def resume(self, document: Mapping[str, Any]) -> Learner:
        """A stored state. One of another model keeps all but its vector, which starts again;
        ``replay`` brings it back.
        """
        learner = Learner.from_json(document)
        if learner.model != self.model.version:
            learner.model, learner.vector = self.model.version, self.start().vector
        return learner

    def predict(
        self, learner: Learner, skill: str, item: str | None = None, day: float | None = None
    ) -> float:
        """Probability that the person's next answer on the item is right, 0 to 1."""
        row, offsets = self._weights(skill, item)
        seen = [*features(learner, skill, item, day), *learner.vector]
        # The item's offset meets the constant 1 that the features start with.
        return sigmoid(sum(map(mul, row, seen)) + offsets[0] + sum(map(mul, offsets[1:], learner.vector)))

    def observe(self, learner: Learner, answer: Answer) -> None:
        """Take an answer in."""
        error = answer.correct - self.predict(learner, answer.skill, answer.item, answer.day)
        row, offsets = self._weights(answer.skill, answer.item)
        learner.learn(answer, error, [a + b for a, b in zip(row[WIDTH:], offsets[1:], strict=True)])

    def mastery(self, learner: Learner, skill: str, day: float | None = None) -> Mastery:
        """How well the person masters the skill on a day: their chance on a typical task of it."""
        memory = learner.skills.get(skill)
        return Mastery(self.predict(learner, skill, day=day), memory.observations if memory else 0)

    def _weights(self, skill: str, item: str | None) -> tuple[Sequence[float], Sequence[float]]:
        row = self.model.skills.get(skill, self.model.shared)
        return row, self._no_item if item is None else self.model.items.get(item, self._no_item)
