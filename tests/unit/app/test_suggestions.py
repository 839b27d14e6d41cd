"""Suggestions, next prompts and recommendations over HTTP."""

from typing import Any

import pytest
from flask.testing import FlaskClient

LOOP = "Maximum update depth exceeded"
HIT = {
    "id": "1",
    "userId": "ann",
    "kind": "error_hit",
    "at": "2026-10-03T09:00:00Z",
    "sessionId": "s-1",
    "skill": "react",
    "text": LOOP,
}
PRACTISED = [
    {
        "id": f"a{number}",
        "userId": "ann",
        "kind": "quiz_answered",
        "at": f"2026-10-0{number + 1}T09:00:00Z",
        "skill": "html",
        "item": f"html/question-{number}",
        "success": True,
    }
    for number in range(6)
]


def ask(client: FlaskClient, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    response = client.post(f"/api/{path}", json=body)
    return response.status_code, response.get_json()


@pytest.mark.parametrize("path", ["prompts/suggestions", "suggestions"])
def test_an_error_is_answered_with_prompts(client: FlaskClient, path: str) -> None:
    """The best fitting error comes first, with its cause as the explanation."""
    status, answer = ask(client, path, {"recentErrors": [LOOP]})
    assert status == 200
    first = answer["suggestions"][0]
    assert first["prompt"] == "Add dependency array to useEffect: useEffect(() => {...}, [dependency])"
    assert "Missing dependencies cause re-renders" in first["explanation"]
    assert first["evidence"] == ["error:react-maximum-update-depth"]
    assert answer["matchedErrors"][0]["id"] == "react-maximum-update-depth"
    assert (answer["degraded"], answer["degradedReasons"]) == (False, [])


def test_the_session_says_what_went_wrong_and_for_whom(client: FlaskClient) -> None:
    """A session alone is enough: its open error is answered, until it is resolved."""
    client.post("/api/events", json=HIT)
    _, answer = ask(client, "suggestions", {"sessionId": "s-1"})
    assert answer["matchedErrors"][0]["id"] == "react-maximum-update-depth"
    client.post("/api/events", json={**HIT, "id": "2", "kind": "error_resolved", "text": "Added []"})
    _, answer = ask(client, "suggestions", {"sessionId": "s-1"})
    assert answer["matchedErrors"] == []


def test_what_was_remembered_comes_back(client: FlaskClient) -> None:
    """A fix of one's own for the same error is suggested with its date."""
    client.post("/api/events", json=[HIT, {**HIT, "id": "2", "kind": "error_resolved", "text": "Added []"}])
    _, answer = ask(client, "suggestions", {"userId": "ann", "recentErrors": [LOOP], "limit": 20})
    found = {shown["type"]: shown for shown in answer["suggestions"]}
    assert found["solution"]["prompt"] == "Added []"
    assert "You fixed this on 3 October" in found["solution"]["explanation"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/context"),
        ({"context": "   "}, "/context"),
        ({"recentErrors": ["x"] * 11}, "/recentErrors"),
        ({"recentErrors": [""]}, "/recentErrors/0"),
        ({"context": "x", "limit": 0}, "/limit"),
        ({"context": "x", "goal": "frontendd"}, "/goal"),
        ({"context": "x", "more": 1}, "/more"),
    ],
)
def test_what_cannot_be_used_is_pointed_to(client: FlaskClient, body: dict[str, Any], pointer: str) -> None:
    """Each wrong field is named; so is a request that has nothing to go by."""
    status, problem = ask(client, "suggestions", body)
    assert status == 422
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]


def test_who_is_unknown_gets_an_answer(client: FlaskClient) -> None:
    """Without anything known there may be nothing to say, and that is no error."""
    status, answer = ask(client, "prompts/next", {"userId": "nobody"})
    assert (status, answer["prompts"]) == (200, [])


def test_the_goal_decides_what_comes_next(client: FlaskClient) -> None:
    """What the goal needs and the person is ready for, with the reason."""
    client.post("/api/events", json=PRACTISED)
    _, answer = ask(client, "prompts/next", {"userId": "ann", "goal": "frontend"})
    assert {shown["skill"] for shown in answer["prompts"]} <= {"html", "react"}
    react = next(shown for shown in answer["prompts"] if shown["skill"] == "react")
    assert react["prompt"] in ("Build a list.", "Build a form.")
    assert "React is a core skill of the goal Frontend." in react["reason"]


def test_recommendations_are_of_the_types_that_were_asked_for(client: FlaskClient) -> None:
    """Scores come apart into contributions that add up."""
    body = {"userId": "ann", "goal": "frontend", "types": ["skill"]}
    _, answer = ask(client, "recommendations", body)
    assert {shown["type"] for shown in answer["recommendations"]} == {"skill"}
    for shown in answer["recommendations"]:
        added = sum(part["contribution"] for part in shown["contributions"])
        assert shown["score"] == pytest.approx(added, abs=0.001)
    status, problem = ask(client, "recommendations", {**body, "types": ["novel"]})
    assert (status, problem["errors"][0]["pointer"]) == (422, "/types/0")


def test_equal_requests_are_answered_from_the_cache_until_something_happens(client: FlaskClient) -> None:
    """A new event of the person takes the cached answer away."""
    body = {"userId": "ann", "goal": "frontend"}
    first = client.post("/api/recommendations", json=body).headers["X-Cache"]
    again = client.post("/api/recommendations", json=body).headers["X-Cache"]
    assert (first, again) == ("miss", "hit")
