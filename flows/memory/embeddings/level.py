"""What a cosine means in one model: measured on a few questions of which we know the answers.

Models differ in what they give to texts that have nothing to do with each other: 0 to 0.2 in one, 0.7 in
another (Ethayarajh, "How Contextual are Contextualized Word Representations?", EMNLP 2019). So a cosine is
counted from where the unrelated texts of its own model end, and what is to be found by its meaning alone
must lie nearer to where that model puts a question and its answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from statistics import fmean, pstdev

from flows.errors import InvalidInput
from flows.memory.embeddings.port import Vector

#: Questions, each with its answer, about subjects that have nothing in common.
PROBES: tuple[tuple[str, str], ...] = (
    ("undo the last git commit", "git reset --soft HEAD~1 takes the last commit back and keeps the changes."),
    (
        "center a div horizontally in CSS",
        "Give the div a width and margin auto, or use CSS flexbox to center it.",
    ),
    (
        "SQL query is slow on a large table",
        "Add an index on the column in the WHERE clause of the slow SQL query.",
    ),
    ("docker container cannot reach the network", "Attach the docker container to the same bridge network."),
    (
        "how to write a unit test for a React component",
        "Render the React component in the test and query its text.",
    ),
    ("password must not be stored in plain text", "Hash the password with a salt before it is stored."),
    (
        "kubernetes pod keeps restarting",
        "The kubernetes pod fails its liveness probe; look at its logs and limits.",
    ),
    ("rounding error when adding prices", "Keep prices as decimal numbers, since binary floats round."),
)

#: A model whose answers lie no further above the unrelated than this knows nothing about code.
LEAST_SPREAD = 0.05


@dataclass(frozen=True, slots=True)
class Level:
    """Cosines of a model: what few unrelated texts are above, and what a question and its answer have."""

    unrelated: float
    related: float

    @property
    def least(self) -> float:
        """The similarity half way between the two: with less, a text is found by its words or not at all."""
        return self.similarity((self.unrelated + self.related) / 2)

    def similarity(self, cosine: float) -> float:
        """0 for what is like unrelated texts, 1 for the same text."""
        return max(0.0, min(1.0, (cosine - self.unrelated) / (1 - self.unrelated)))


def level_of(questions: Sequence[Vector], answers: Sequence[Vector]) -> Level:
    """The marks of a model, from its vectors of the probes.

    Raises InvalidInput for a model that cannot tell an answer from something else.
    """
    right = [cosine(question, answer) for question, answer in zip(questions, answers, strict=True)]
    wrong = [
        cosine(question, answer)
        for place, question in enumerate(questions)
        for other, answer in enumerate(answers)
        if place != other
    ]
    level = Level(fmean(wrong) + 2 * pstdev(wrong), fmean(right))
    if level.related - level.unrelated < LEAST_SPREAD:
        raise InvalidInput(
            f"the embedding model cannot tell answers (cosine {level.related:.2f}) from unrelated texts"
            f" ({level.unrelated:.2f})",
            field="EMBEDDING_MODEL",
        )
    return level


def cosine(one: Vector, other: Vector) -> float:
    """Of vectors of one length, neither of them zero."""
    return sum(a * b for a, b in zip(one, other, strict=True)) / (hypot(*one) * hypot(*other))
