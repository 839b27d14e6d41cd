"""``/api/quizzes``: questions that suit a person, and what their answers say."""

from datetime import UTC, datetime
from typing import Any

from flask import Response

from app.blueprint import Blueprint
from app.context import principal
from app.parts import answer, services
from app.schemas.common import ProblemSchema
from app.schemas.quizzes import GradedQuiz, QuizAnswer, QuizAnswersRequest, QuizRequest
from flows.catalogue.question_bank import QuestionBank, built_in_questions
from flows.intelligence.drafting.use import with_drafted_questions
from flows.requests.quiz import quiz
from tasks.quizzes import KeptQuizzes, QuizAnswers

blueprint = Blueprint("quizzes", __name__, url_prefix="/api/quizzes", description="Questions and answers")


@blueprint.flow("", QuizRequest(), QuizAnswer)
def post(sent: dict[str, Any], mode: str | None = None) -> Response:
    """Compose a quiz on a skill or a goal, for this person, today"""
    today = datetime.now(UTC).date()
    catalogues = services().ports.catalogues
    request = quiz(principal().organisation, sent, catalogues, _bank(), today)
    return answer("quiz_generation", request, mode)


@blueprint.post("/<quiz_id>/answers")
@blueprint.arguments(QuizAnswersRequest())
@blueprint.response(200, GradedQuiz)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def post_answers(sent: dict[str, Any], quiz_id: str) -> dict[str, Any]:
    """Grade answers, learn from them, and say when to review; sending them again changes nothing"""
    parts = services()
    taker = QuizAnswers(
        quizzes=KeptQuizzes(parts.ledger, parts.decisions),
        bank=_bank(),
        signals=parts.signals,
        catalogues=parts.ports.catalogues,
    )
    return taker.take_in(principal().organisation, quiz_id, sent, datetime.now(UTC))


def _bank() -> QuestionBank:
    """The questions that this organisation's people may be asked."""
    return with_drafted_questions(
        built_in_questions(), services().ports.drafts.accepted(principal().organisation)
    )
