"""From a real job to its entry in the log, and from feedback on it to the figures."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tasks.scheduled.store_decisions import store_decisions
from tasks.services import Services

pytestmark = pytest.mark.usefixtures("workers")

PATH = "/api/recommendations/learning-path?mode=sync"
BODY = {"userId": "dev-1", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    """A client of the whole app."""
    return app.test_client()


@pytest.fixture(scope="module")
def answer(client: FlaskClient) -> Any:
    """A learning path that a real worker has planned."""
    response = client.post(PATH, json=BODY)
    assert response.status_code == 200
    return response.get_json()


def test_an_answer_has_its_decision(services: Services, answer: Any) -> None:
    """The log has it under the id that the answer names, with all weeks, candidates and stages."""
    assert services.decisions.pending.find(answer["decisionId"]) is not None
    assert store_decisions(services) == {"stored": 1}
    assert services.decisions.pending.find(answer["decisionId"]) is None
    decision = services.decisions.stored.find("demo", [answer["decisionId"]])[answer["decisionId"]]
    assert (decision.flow, decision.user_id) == ("learning_path", "dev-1")
    assert list(decision.shown) == [week["id"] for week in answer["path"]]
    first = answer["path"][0]
    shown = decision.shown[first["id"]]
    assert shown.confidence == first["confidence"]
    assert shown.skills == tuple(skill["id"] for skill in first["skills"])


def test_feedback_is_counted(client: FlaskClient, services: Services, answer: Any) -> None:
    """What people made of an answer shows in the figures of its flow."""
    said = {"decisionId": answer["decisionId"], "itemId": "week-1", "outcome": "accepted", "rating": 4}
    batch = [said, {**said, "itemId": "week-2", "outcome": "dismissed", "rating": None}]
    assert client.post("/api/feedback", json=batch).get_json() == {"stored": 2, "duplicates": 0}
    (flow,) = client.get("/api/analytics/flows").get_json()["flows"]
    assert (flow["flow"], flow["decisions"]) == ("learning_path", 1)
    assert (flow["acceptance"]["items"], flow["acceptance"]["rate"]) == (2, 0.5)
    assert flow["latencyMs"]["p50"] > 0
    calibration = client.get("/api/analytics/calibration").get_json()
    assert calibration["overall"]["items"] == 2
    overview = client.get("/api/analytics/overview").get_json()
    assert overview["feedback"] == {"accepted": 1, "dismissed": 1, "completed": 0}
    assert overview["ratings"] == {"count": 1, "mean": 4.0}


def test_feedback_before_the_log_has_it(client: FlaskClient, services: Services) -> None:
    """An answer of a moment ago can be judged at once, and is logged once."""
    answer = client.post(PATH, json=BODY | {"userId": "dev-2"}).get_json()
    said = {"decisionId": answer["decisionId"], "itemId": "week-1", "outcome": "completed"}
    assert client.post("/api/feedback", json=said).get_json() == {"stored": 1, "duplicates": 0}
    assert store_decisions(services) == {"known": 1}


def test_who_leaves_takes_their_decisions_along(client: FlaskClient, services: Services) -> None:
    """Decisions and outcomes are erased with the person, and feedback on them is refused."""
    answer = client.post(PATH, json=BODY | {"userId": "leaver"}).get_json()
    said = {"decisionId": answer["decisionId"], "itemId": "week-1", "outcome": "accepted"}
    assert client.post("/api/feedback", json=said).status_code == 200
    store_decisions(services)
    erased = client.delete("/api/users/leaver").get_json()["erased"]
    assert (erased["decisions"], erased["outcomes"], erased["users"]) == (1, 1, 1)
    assert client.post("/api/feedback", json=said).status_code == 422
