"""Answers made of ranked items."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.errors import InvalidInput
from flows.intelligence.blend.answers import COMPOSERS, Told, checked_name, learning_note
from flows.intelligence.mastery import Mastery
from flows.intelligence.ranker.item import Evidence, Item
from flows.intelligence.ranker.scoring import Contribution, Ranked

ERROR = Evidence(id="error:loop", kind="error", facts={"cause": "Missing dependencies cause re-renders"})
PARTS = (Contribution("relevance", 0.8, 0.5, 0.4), Contribution("need", 0.0, 0.2, 0.0))


def ranked(**more: Any) -> Ranked:
    fields = {"id": "prompt:1", "type": "prompt", "title": "Add [].", "skill": "react-hooks"}
    return Ranked(item=Item(**{**fields, **more}), score=0.4, contributions=PARTS, position=1)


def told(mastery: dict[str, Mastery] | None = None, *skills: str) -> Told:
    match = {"id": "loop", "title": "Loop", "cause": "c", "score": 0.9, "skills": skills, "note": ""}
    return Told(
        catalogue=built_in_catalogue(),
        mastery=mastery or {},
        matches=[match] if skills else [],
        calibrate=lambda score: score / 2,
        today=date(2026, 11, 23),
    )


def test_a_suggestion_says_why() -> None:
    """The prompt with its calibrated confidence, its explanation and the evidence of that."""
    answer = COMPOSERS["prompt_suggestions"]([ranked(evidence=(ERROR,))], told(None, "react-hooks"))
    assert answer == {
        "suggestions": [
            {
                "prompt": "Add [].",
                "id": "prompt:1",
                "type": "prompt",
                "skill": "react-hooks",
                "confidence": 0.2,
                "evidence": ["error:loop"],
                "explanation": "Missing dependencies cause re-renders.",
            }
        ],
        "learningNote": "Consider reviewing React Hooks.",
        "matchedErrors": [{"id": "loop", "title": "Loop", "cause": "c", "score": 0.9}],
    }


def test_nothing_is_said_without_evidence() -> None:
    """Take the evidence away and the reason goes."""
    (bare,) = COMPOSERS["next_best_prompt"]([ranked()], told())["prompts"]
    assert (bare["reason"], bare["evidence"]) == (None, [])


def test_a_solution_is_shown_by_its_text() -> None:
    """The title of a solution may be a headline; what helps is the text."""
    solution = ranked(type="solution", title="Effect loop", text="Add [] to useEffect")
    (shown,) = COMPOSERS["prompt_suggestions"]([solution], told())["suggestions"]
    assert shown["prompt"] == "Add [] to useEffect"


def test_a_recommendation_can_be_taken_apart() -> None:
    """Its score comes with what each feature adds; what adds nothing is not named."""
    (shown,) = COMPOSERS["recommendations"]([ranked(minutes=45)], told())["recommendations"]
    assert (shown["score"], shown["minutes"]) == (0.4, 45)
    assert shown["contributions"] == [{"feature": "relevance", "contribution": 0.4}]


@pytest.mark.parametrize(
    ("mastery", "skills", "expected"),
    [
        ({}, (), None),
        ({}, ("unheard-of",), None),
        ({"react-hooks": Mastery(0.8, 9)}, ("react-hooks",), None),
        (
            {"react-hooks": Mastery(0.42, 1), "react-fundamentals": Mastery(0.6, 9)},
            ("react-fundamentals", "react-hooks"),
            "Consider reviewing React Hooks. Your mastery of React Hooks is 0.42 from 1 observation.",
        ),
        (
            {"react-hooks": Mastery(0.6, 2)},
            ("react-hooks", "react-fundamentals"),
            "Consider reviewing React Fundamentals.",
        ),
    ],
)
def test_the_note_names_what_is_least_mastered(
    mastery: dict[str, Mastery], skills: tuple[str, ...], expected: str | None
) -> None:
    """Of the skills behind the error; none that is mastered, and none without an error."""
    assert learning_note(told(mastery, *skills)) == expected


def test_an_error_may_bring_its_own_note() -> None:
    """The words of the knowledge base come before our own."""
    found = told({"react-hooks": Mastery(0.42, 12)}, "react-hooks")
    noted = replace(found, matches=[{**found.matches[0], "note": "Read about the lifecycle."}])
    assert (
        learning_note(noted)
        == "Read about the lifecycle. Your mastery of React Hooks is 0.42 from 12 observations."
    )


def test_there_is_an_answer_for_three_flows() -> None:
    """A name that no answer belongs to is refused with those that there are."""
    assert checked_name("recommendations") == "recommendations"
    with pytest.raises(InvalidInput, match="prompt_suggestions, next_best_prompt, recommendations"):
        checked_name("horoscope")
