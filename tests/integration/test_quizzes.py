"""A quiz through a real broker, real workers and a real store: asked, answered, learned from."""

import pytest
from flask import Flask

from flows.catalogue.question_bank import built_in_questions
from tasks.services import Services

pytestmark = pytest.mark.usefixtures("workers")


def test_from_a_quiz_to_mastery(app: Flask, services: Services) -> None:
    """A quiz comes from a worker; its answers are graded by its id and move the stored mastery."""
    client = app.test_client()
    asked = {"userId": "quiz-1", "skill": "git-basics"}
    quiz = client.post("/api/quizzes", json=asked, headers={"Prefer": "wait=20"}).get_json()
    answers = [
        {"questionId": shown["id"], "optionId": built_in_questions().questions[shown["id"]].answer_id}
        for shown in quiz["questions"]
    ]

    address = f"/api/quizzes/{quiz['decisionId']}/answers"
    first = client.post(address, json={"userId": "quiz-1", "answers": answers}).get_json()
    again = client.post(address, json={"userId": "quiz-1", "answers": answers}).get_json()

    assert first["score"] == {"right": 5, "answered": 5, "questions": 5, "share": 1.0}
    assert (first["stored"], again["stored"], again["duplicates"]) == (5, 0, 5)
    stored = services.ports.learners.mastery("demo", "quiz-1")
    assert {change["skill"] for change in first["mastery"]} == stored.keys()
    assert sum(seen.observations for seen in stored.values()) == 5
    following = client.post("/api/quizzes", json=asked, headers={"Prefer": "wait=20"}).get_json()
    assert following["heldBack"] == 5
