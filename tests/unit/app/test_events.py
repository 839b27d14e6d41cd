"""Events over HTTP: one or many, ours or xAPI, each stored once."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tasks.store.in_memory_learners import InMemoryLearners

EVENT = {
    "id": "e-1",
    "userId": "ann",
    "kind": "quiz_answered",
    "at": "2026-11-01T10:00:00+01:00",
    "skill": "html",
    "item": "q-1",
    "success": True,
}
STATEMENT = {
    "id": "12345678-1234-5678-1234-567812345678",
    "actor": {"account": {"homePage": "https://lms.example", "name": "ann"}},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
    "object": {"id": "https://lms.example/quiz/7"},
    "result": {"success": False},
    "context": {"extensions": {"https://lms.example/skill": "html"}},
    "timestamp": "2026-11-01T09:00:00Z",
}


def post(client: FlaskClient, body: Any, path: str = "/api/events") -> tuple[int, Any]:
    response = client.post(path, json=body)
    return response.status_code, response.get_json()


@pytest.mark.parametrize("body", [EVENT, [EVENT], {"events": [EVENT]}])
def test_one_event_or_a_batch(client: FlaskClient, body: Any) -> None:
    """An event by itself, a list, and a batch are taken alike."""
    assert post(client, body) == (200, {"stored": 1, "duplicates": 0})


def test_an_event_is_stored_once(client: FlaskClient) -> None:
    """The same id sent again, in another batch or in the same, changes nothing."""
    assert post(client, [EVENT, {**EVENT, "id": "e-2"}, EVENT]) == (200, {"stored": 2, "duplicates": 1})
    assert post(client, EVENT) == (200, {"stored": 0, "duplicates": 1})


def test_answers_move_mastery(client: FlaskClient, learners: InMemoryLearners) -> None:
    """What was answered shows in what the person is taken to master, whatever order it came in."""
    answers = [{**EVENT, "id": f"e-{n}", "at": f"2026-11-{n:02}T10:00:00Z"} for n in range(1, 11)]
    post(client, answers[5:])
    post(client, answers[:5])

    mastery = learners.mastery("demo", "ann")["html"]

    assert mastery.observations == 10
    assert mastery.level > 0.8


def test_what_says_nothing_about_a_skill_moves_nothing(
    client: FlaskClient, learners: InMemoryLearners
) -> None:
    """An event without a skill, or of a kind that shows none, is stored and leaves mastery alone."""
    post(client, [{**EVENT, "skill": None}, {**EVENT, "id": "e-2", "kind": "prompt_used"}])

    assert learners.mastery("demo", "ann") == {}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "sneezed"}, "/events/0/kind"),
        ({"at": "yesterday"}, "/events/0/at"),
        ({"at": "2026-11-01T10:00:00"}, "/events/0/at"),
        ({"success": None}, "/events/0/success"),
        ({"userId": ""}, "/events/0/userId"),
        ({"mood": "good"}, "/events/0/mood"),
        ({"text": "x" * 10_001}, "/events/0/text"),
    ],
)
def test_a_wrong_event_is_refused(client: FlaskClient, change: dict[str, Any], pointer: str) -> None:
    """A fault is named with its place in the batch, and nothing of the batch is stored."""
    status, body = post(client, [{**EVENT, **change}, {**EVENT, "id": "e-2"}])

    assert status == 422
    assert [fault["pointer"] for fault in body["errors"]] == [pointer]
    assert post(client, {**EVENT, "id": "e-2"}) == (200, {"stored": 1, "duplicates": 0})


def test_a_batch_has_a_limit(client: FlaskClient) -> None:
    """More than a thousand events are refused, and so is none."""
    small = {"id": "x", "userId": "u", "kind": "code_written", "at": "2026-11-01T10:00:00Z"}
    assert post(client, [small] * 1_001)[0] == 422
    assert post(client, [])[0] == 422


@pytest.mark.parametrize("body", [STATEMENT, [STATEMENT], {"statements": [STATEMENT]}])
def test_xapi_statements(client: FlaskClient, learners: InMemoryLearners, body: Any) -> None:
    """A statement of a learning platform is the same event."""
    assert post(client, body, "/api/xapi/statements") == (200, {"stored": 1, "duplicates": 0})
    assert learners.mastery("demo", "ann")["html"].observations == 1


def test_a_wrong_statement_is_refused(client: FlaskClient) -> None:
    """The part of the statement that cannot be used is named."""
    wrong = {**STATEMENT, "verb": {"id": "http://example.com/verbs/sneezed"}}

    status, body = post(client, [STATEMENT, wrong], "/api/xapi/statements")

    assert status == 422
    assert body["errors"][0]["pointer"] == "/statements/1/verb/id"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_utc_does_not_have_is_refused(client: FlaskClient, at: str) -> None:
    """At both ends of time, in events of ours and in statements."""
    status, problem = post(client, {**EVENT, "at": at})
    assert (status, problem["errors"][0]["pointer"]) == (422, "/events/0/at")
    status, problem = post(client, {**STATEMENT, "timestamp": at}, "/api/xapi/statements")
    assert (status, problem["errors"][0]["pointer"]) == (422, "/statements/0/timestamp")
