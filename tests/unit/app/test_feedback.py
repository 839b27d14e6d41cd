"""Feedback over HTTP: one or many, each stored once, on answers that the organisation was given."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

PATH = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}


@pytest.fixture
def client(make_client: Callable[..., FlaskClient], database: Engine) -> FlaskClient:
    """A client of an app with a database."""
    return make_client(engine=database)


@pytest.fixture
def said(client: FlaskClient) -> dict[str, Any]:
    """Feedback on the first week of an answer that ann was given."""
    answer = client.post(PATH, json=BODY).get_json()
    return {"decisionId": answer["decisionId"], "itemId": answer["path"][0]["id"], "outcome": "accepted"}


def post(client: FlaskClient, body: Any) -> tuple[int, Any]:
    response = client.post("/api/feedback", json=body)
    return response.status_code, response.get_json()


@pytest.mark.parametrize("form", ["one", "list", "batch"])
def test_one_or_a_batch(client: FlaskClient, said: dict[str, Any], form: str) -> None:
    """One by itself, a list, and a batch are taken alike, also right after the answer."""
    body = {"one": said, "list": [said], "batch": {"feedback": [said]}}[form]
    assert post(client, body) == (200, {"stored": 1, "duplicates": 0})


def test_duplicates_are_told(client: FlaskClient, said: dict[str, Any]) -> None:
    """The same feedback, by event id or by what it says, is stored once."""
    named = said | {"outcome": "completed", "eventId": "e-1", "rating": 5, "comment": "did it"}
    assert post(client, [said, said, named]) == (200, {"stored": 2, "duplicates": 1})
    assert post(client, [said, named | {"outcome": "dismissed"}]) == (200, {"stored": 0, "duplicates": 2})


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"decisionId": "0" * 32}, "/feedback/0/decisionId"),
        ({"decisionId": ""}, "/feedback/0/decisionId"),
        ({"itemId": "week-99"}, "/feedback/0/itemId"),
        ({"outcome": "loved"}, "/feedback/0/outcome"),
        ({"rating": 0}, "/feedback/0/rating"),
        ({"rating": 6}, "/feedback/0/rating"),
        ({"rating": 2.5}, "/feedback/0/rating"),
        ({"comment": "x" * 2_001}, "/feedback/0/comment"),
        ({"eventId": "a b"}, "/feedback/0/eventId"),
        ({"mood": "good"}, "/feedback/0/mood"),
    ],
)
def test_wrong_feedback_is_refused(
    client: FlaskClient, said: dict[str, Any], change: dict[str, Any], pointer: str
) -> None:
    """A fault is named with its place, and nothing of the batch is stored."""
    status, body = post(client, [said | change, said])
    assert (status, body["code"]) == (422, "invalid_input")
    assert [fault["pointer"] for fault in body["errors"]] == [pointer]
    assert post(client, said) == (200, {"stored": 1, "duplicates": 0})


@pytest.mark.parametrize("missing", ["decisionId", "itemId", "outcome"])
def test_what_is_needed(client: FlaskClient, said: dict[str, Any], missing: str) -> None:
    """Decision, item and outcome must be there."""
    del said[missing]
    assert post(client, said)[0] == 422


def test_a_batch_has_a_limit(client: FlaskClient, said: dict[str, Any]) -> None:
    """A hundred are taken, more are refused, and so is none."""
    assert post(client, [said] * 100) == (200, {"stored": 1, "duplicates": 99})
    assert post(client, [said] * 101)[0] == 422
    assert post(client, [])[0] == 422


def test_the_nearest_item_is_named(client: FlaskClient, said: dict[str, Any]) -> None:
    """Who mistypes an item gets the ones that may have been meant."""
    _, body = post(client, said | {"itemId": "week1"})
    assert "week-1" in body["errors"][0]["nearest"]


def test_another_organisation_does_not_know_the_answer(
    make_client: Callable[..., FlaskClient], database: Engine, said: dict[str, Any]
) -> None:
    """An id of another organisation is as unknown as one that never was."""
    other = make_client(engine=database, env={"API_KEYS": "rival:0123456789abcdef"})
    response = other.post("/api/feedback", json=said, headers={"X-API-Key": "0123456789abcdef"})
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["pointer"] == "/feedback/0/decisionId"
