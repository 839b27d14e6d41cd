"""Corrections from the form of a question: ridge regression on its traits, for each task."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from flows.intelligence.routing.task_table import Scores

PENALTY = 1_000.0  #: Questions that no correction counts as.
LEAST_SPREAD = 0.2  #: Of a trait within a task, beside its spread over all: a constant must not explode.
MOST_DEVIATIONS = 3.0

Matrix = list[list[float]]


@dataclass(frozen=True, slots=True)
class _Scale:
    means: Sequence[float]
    spreads: Sequence[float]

    def apply(self, traits: Sequence[float]) -> list[float]:
        return [
            max(-MOST_DEVIATIONS, min(MOST_DEVIATIONS, (trait - mean) / spread))
            for trait, mean, spread in zip(traits, self.means, self.spreads, strict=True)
        ]


class TraitWeights:
    """What each trait adds to the score of each model, by task."""

    def __init__(
        self, tasks: Sequence[str], traits: Sequence[Sequence[float]], corrections: Sequence[Scores]
    ) -> None:
        _, overall = _moments(traits)
        self._models = len(corrections[0])
        self._by_task: dict[str, tuple[_Scale, Matrix]] = {}
        for task in dict.fromkeys(tasks):
            inside = [position for position, name in enumerate(tasks) if name == task]
            rows = [traits[position] for position in inside]
            means, spreads = _moments(rows)
            least = [LEAST_SPREAD * spread or 1.0 for spread in overall]
            scale = _Scale(means, [max(pair) for pair in zip(spreads, least, strict=True)])
            wanted = [corrections[position] for position in inside]
            self._by_task[task] = scale, _ridge([scale.apply(row) for row in rows], wanted)

    def predict(self, task: str, traits: Sequence[float]) -> list[float]:
        """The correction for each model; none for a task that was never seen."""
        sums = [0.0] * self._models
        if task in self._by_task:
            scale, weights = self._by_task[task]
            for value, row in zip(scale.apply(traits), weights, strict=True):
                sums = [total + value * weight for total, weight in zip(sums, row, strict=True)]
        return sums


def _moments(rows: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each column."""
    number = len(rows)
    means = [sum(column) / number for column in zip(*rows, strict=True)]
    spreads = [
        sqrt(sum((value - mean) ** 2 for value in column) / number)
        for column, mean in zip(zip(*rows, strict=True), means, strict=True)
    ]
    return means, spreads


def _ridge(rows: Sequence[Sequence[float]], wanted: Sequence[Scores]) -> Matrix:
    """Weights by trait and model: the normal equations with PENALTY on the diagonal."""
    size = len(rows[0])
    system = [[0.0] * (size + len(wanted[0])) for _ in range(size)]
    for row, right in zip(rows, wanted, strict=True):
        both = [*row, *right]
        for index, value in enumerate(row):
            if value:
                system[index] = [old + value * new for old, new in zip(system[index], both, strict=True)]
    for index in range(size):
        system[index][index] += PENALTY
    _solve(system)
    return [line[size:] for line in system]


def _solve(system: Matrix) -> None:
    """Gauss-Jordan in place; the penalty keeps every pivot off zero."""
    for pivot, line in enumerate(system):
        lead = line[pivot]
        line[:] = [value / lead for value in line]
        for other in system:
            if other is not line and other[pivot]:
                factor = other[pivot]
                other[:] = [value - factor * base for value, base in zip(other, line, strict=True)]
