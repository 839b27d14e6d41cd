"""``quiz.compose``: questions about a skill or goal that suit the person."""

from collections.abc import Mapping
from typing import Any

from flows.catalogue.question_bank import built_in_questions
from flows.document import mastery_of
from flows.intelligence.drafting.use import with_drafted_questions
from flows.intelligence.quizzes.composer import compose_quiz
from flows.intelligence.quizzes.need import nearness
from flows.intelligence.quizzes.quiz_answer import answer_key, question_view
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Choose the questions, and write them as the answer."""
    request = doc["request"]
    catalogue = given.ports.catalogues.get(request["organisation"], request["catalogue"])
    goal = catalogue.goal(request["goal"])
    seed = f"{request['organisation']}/{request['userId']}/{request['day']}"
    quiz = compose_quiz(
        with_drafted_questions(built_in_questions(), given.ports.drafts.accepted(request["organisation"])),
        nearness(catalogue, goal.skills),
        mastery_of(doc),
        frozenset(doc.get("answeredRight", ())),  # Missing when the stage before was skipped.
        length=request["length"],
        seed=seed,
    )
    answer = {
        "userId": request["userId"],
        "goal": {"id": goal.id, "title": goal.title},
        "catalogue": catalogue.name,
        "length": request["length"],
        "heldBack": quiz.held_back,
        "questions": [question_view(catalogue, goal, chosen, seed) for chosen in quiz.chosen],
    }
    return {"answer": answer | ({"answerKey": answer_key(quiz)} if request["includeAnswers"] else {})}


STAGE = Stage(type="quiz.compose", run=run, reads=("request",), writes=("answer",))
