"""Mean score of each model per task: what a router knows that never looks at a question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Scores = Sequence[float]  #: One number per model, in the order of the models.

SHRINKAGE = 5.0  #: Questions of all tasks that a task's mean leans on.


@dataclass(frozen=True, slots=True)
class TaskTable:
    """Means by task, and over all tasks for one that was never seen."""

    by_task: Mapping[str, Scores]
    overall: Scores

    def predict(self, task: str) -> Scores:
        """The expected score of each model."""
        return self.by_task.get(task, self.overall)


def task_table(tasks: Sequence[str], scores: Sequence[Scores]) -> TaskTable:
    """Means over questions, at least one, given as their tasks and scores."""
    overall = [sum(column) / len(scores) for column in zip(*scores, strict=True)]
    groups: dict[str, list[Scores]] = {}
    for task, row in zip(tasks, scores, strict=True):
        groups.setdefault(task, []).append(row)
    by_task = {task: _leaning(rows, overall) for task, rows in groups.items()}
    return TaskTable(by_task, overall)


def _leaning(rows: Sequence[Scores], overall: Scores) -> Scores:
    weight = len(rows) + SHRINKAGE
    return [
        (sum(column) + SHRINKAGE * mean) / weight
        for column, mean in zip(zip(*rows, strict=True), overall, strict=True)
    ]


def relative(scores: Scores, expected: Scores) -> list[float]:
    """How far each model was off what was expected, beside how far all were: what tells them apart."""
    off = [score - mean for score, mean in zip(scores, expected, strict=True)]
    mean = sum(off) / len(off)
    return [value - mean for value in off]
