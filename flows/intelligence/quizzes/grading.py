"""Grading: what a person chose against what is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.catalogue.nearest import nearest
from flows.catalogue.question_bank import Question
from flows.errors import InvalidInput, InvalidRequest, UnknownName


@dataclass(frozen=True, slots=True)
class Graded:
    """One answered question."""

    question: Question
    correct: bool

    def view(self) -> dict[str, Any]:
        """The result as it is sent."""
        return {
            "questionId": self.question.id,
            "correct": self.correct,
            "correctOptionId": self.question.answer_id,
            "explanation": self.question.explanation,
        }


def grade(questions: Mapping[str, Question], answers: Sequence[Mapping[str, str]]) -> list[Graded]:
    """Grade answers (each with ``questionId`` and ``optionId``) to a quiz of these questions.

    Raises InvalidRequest with every question that is not in the quiz or is answered twice, and
    every option that the question does not have.
    """
    errors: list[InvalidInput] = []
    graded: dict[str, Graded] = {}
    for index, answer in enumerate(answers):
        question = questions.get(answer["questionId"])
        if question is None:
            errors.append(_unknown_question(questions, answer["questionId"], index))
        elif question.id in graded:
            errors.append(InvalidInput("is answered twice", field=f"answers/{index}/questionId"))
        elif answer["optionId"] not in map(question.option_id, question.options):
            message = f"{question.id} has no option {answer['optionId']!r}"
            errors.append(InvalidInput(message, field=f"answers/{index}/optionId"))
        else:
            graded[question.id] = Graded(question, answer["optionId"] == question.answer_id)
    if errors:
        raise InvalidRequest(errors)
    return list(graded.values())


def score(graded: Sequence[Graded], asked: int) -> dict[str, Any]:
    """How the quiz went: ``share`` is right answers among all questions asked, 0 to 1."""
    right = sum(answer.correct for answer in graded)
    return {"right": right, "answered": len(graded), "questions": asked, "share": round(right / asked, 3)}


def _unknown_question(questions: Mapping[str, Question], name: str, index: int) -> UnknownName:
    return UnknownName(
        "question of this quiz", name, nearest(name, questions), field=f"answers/{index}/questionId"
    )
