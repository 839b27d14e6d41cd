"""What a quiz says of its questions."""

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.catalogue.question_bank import Question
from flows.intelligence.mastery import Mastery
from flows.intelligence.quizzes.composer import Chosen, Quiz
from flows.intelligence.quizzes.quiz_answer import answer_key, question_view, reason_for

QUESTION = Question(
    id="react-1",
    skill="react",
    difficulty=2,
    stem="What is a hook?",
    answer="A function",
    distractors=("A class", "A tag", "A style"),
    explanation="It begins with use.",
)


@pytest.fixture
def catalogue() -> Catalogue:
    """next needs react; frontend is a goal of react, web of next."""
    skills = [
        {"id": "react", "title": "React", "hours": 1, "prompts": ["Do."]},
        {"id": "next", "title": "Next", "hours": 1, "prompts": ["Do."], "prerequisites": ["react"]},
    ]
    goals = [
        {"id": "frontend", "title": "Frontend", "skills": {"react": 1.0, "next": 0.5}},
        {"id": "web", "title": "Web", "skills": {"next": 1.0}},
    ]
    return parse("mine", [("1.json", {"skills": skills, "goals": goals})])


def chosen(seen: Mastery | None = None) -> Chosen:
    """The question, chosen at a chance of .7."""
    return Chosen(QUESTION, 0.7, seen)


@pytest.mark.parametrize(
    ("asked", "purpose", "evidence"),
    [
        ("react", "React is what you asked for;", "skill:react"),
        ("frontend", "React is a skill of the goal Frontend;", "goal:frontend"),
        ("web", "React is needed for Next;", "skill:next"),
        ("next", "React is needed for Next;", "skill:next"),
    ],
)
def test_what_a_question_is_for(catalogue: Catalogue, asked: str, purpose: str, evidence: str) -> None:
    """A reason begins with what the skill is to the request, and rests on it."""
    reason, ids = reason_for(catalogue, catalogue.goal(asked), chosen())

    assert reason.startswith(purpose)
    assert ids == [evidence, "question:react-1"]


def test_mastery_is_evidence_when_there_is_some(catalogue: Catalogue) -> None:
    """What was observed is said and named; what was not is said to be assumed."""
    goal = catalogue.goal("react")

    assert reason_for(catalogue, goal, chosen(Mastery(0.55, 1))) == (
        "React is what you asked for; mastery 0.55 from 1 observation: expected success 0.70.",
        ["skill:react", "mastery:react", "question:react-1"],
    )
    assert reason_for(catalogue, goal, chosen())[0] == (
        "React is what you asked for; nothing is known of you there yet, so a middle mastery is assumed:"
        " expected success 0.70."
    )


def test_a_question_is_shown_without_its_answer(catalogue: Catalogue) -> None:
    """The view has all four options with their ids, and neither the answer nor the explanation."""
    view = question_view(catalogue, catalogue.goal("react"), chosen(), "seed")

    assert set(view) == {
        "id",
        "skill",
        "stem",
        "options",
        "difficulty",
        "expectedSuccess",
        "reason",
        "evidence",
    }
    assert sorted(option["text"] for option in view["options"]) == [
        "A class",
        "A function",
        "A style",
        "A tag",
    ]
    assert {option["id"]: option["text"] for option in view["options"]}[QUESTION.answer_id] == "A function"
    assert (view["difficulty"], view["expectedSuccess"]) == (2, 0.7)


def test_the_key_names_the_right_options() -> None:
    """The key has one entry per question, with the explanation."""
    assert answer_key(Quiz((chosen(),), 0)) == [
        {
            "questionId": "react-1",
            "optionId": QUESTION.answer_id,
            "explanation": "It begins with use.",
        }
    ]
