"""Analytics over HTTP: figures of the caller's organisation, in the form that is described."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import RAISE, Schema
from sqlalchemy import Engine, insert

from app.schemas.analytics import CalibrationSchema, FlowsSchema, ModelsSchema, OverviewSchema, SkillsSchema
from flows.decisions.model import ShownItem
from flows.intelligence.mastery import Mastery
from tasks.store.decisions import StoredDecisions
from tasks.store.learners import StoredLearners
from tasks.store.tables import model_observations
from tests.decisions import NOON, a_decision, a_feedback, judge

SCHEMAS: dict[str, type[Schema]] = {
    "overview": OverviewSchema,
    "flows": FlowsSchema,
    "skills": SkillsSchema,
    "models": ModelsSchema,
    "calibration": CalibrationSchema,
}
MARCH = "?from=2026-03-01&to=2026-03-31"


@pytest.fixture
def client(make_client: Callable[..., FlaskClient], database: Engine) -> FlaskClient:
    """A client of an app with a database in which three people of demo have used the service."""
    shown = (ShownItem("prompt:1", confidence=0.75, skills=("html", "cobol")),)
    people = ["ann", "bob", "cem"]
    StoredDecisions(database).write(
        [
            a_decision(user_id, user_id=user_id, organisation="demo", shown=shown, degraded=("a:x",))
            for user_id in people
        ]
    )
    judge(database, *(a_feedback(user_id, organisation="demo", rating=4) for user_id in people))
    for user_id in people:
        StoredLearners(database).record("demo", user_id, {"react": Mastery(0.25, 2)})
    row = {"id": "1", "model": "x", "task": "review", "quality": 0.5, "latency_ms": 9.0, "at": NOON}
    with database.begin() as connection:
        connection.execute(insert(model_observations), row | {"organisation_id": "demo"})
    return make_client(engine=database)


def get(client: FlaskClient, name: str, query: str = MARCH) -> Any:
    response = client.get(f"/api/analytics/{name}{query}")
    assert response.status_code == 200
    return response.get_json()


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("query", [MARCH, ""])
def test_answers_are_as_described(client: FlaskClient, name: str, query: str) -> None:
    """With figures and without any, the answer has all that its schema demands, and nothing else."""
    SCHEMAS[name](unknown=RAISE).load(get(client, name, query))


def test_the_figures(client: FlaskClient) -> None:
    """What was stored is what is told."""
    overview = get(client, "overview")
    assert (overview["decisions"], overview["people"], overview["ratings"]) == (3, 3, {"count": 3, "mean": 4})
    assert overview["acceptance"]["rate"] == 1.0
    (flow,) = get(client, "flows")["flows"]
    assert (flow["flow"], flow["latencyMs"]) == ("plain", {"p50": 10.0, "p95": 10.0})
    assert flow["degradations"] == [{"reason": "a:x", "count": 3}]
    skills = get(client, "skills")
    assert [(s["skill"], s["title"], s["people"]) for s in skills["asked"]] == [
        ("cobol", None, 3),
        ("html", "HTML", 3),
    ]
    assert skills["lacking"] == [{"skill": "react", "title": "React", "people": 3, "mastery": 0.25}]
    (model,) = get(client, "models")["models"]
    assert (model["model"], model["quality"], model["latencyMs"]["p95"]) == ("x", 0.5, 9.0)
    overall = get(client, "calibration")["overall"]
    assert (overall["items"], overall["ece"], overall["bins"][0]["from"]) == (3, 0.25, 0.7)


def test_the_default_period(client: FlaskClient) -> None:
    """Without dates it is the last thirty days, today included."""
    before = datetime.now(UTC).date()
    period = get(client, "overview", "")["period"]
    after = datetime.now(UTC).date()
    assert period["to"] in {before.isoformat(), after.isoformat()}
    days = datetime.fromisoformat(period["to"]) - datetime.fromisoformat(period["from"])
    assert days.days == 29


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("?from=yesterday", ["from"]),
        ("?to=2026-02-30", ["to"]),
        ("?from=2026-03-02&to=2026-03-01", ["from"]),
        ("?from=2020-01-01&to=2026-03-01", ["from"]),
        ("?from=a&to=b", ["to", "from"]),
    ],
)
def test_what_is_no_period(client: FlaskClient, name: str, query: str, parameters: list[str]) -> None:
    """A date that is none, a wrong order and more than 400 days name the parameter."""
    response = client.get(f"/api/analytics/{name}{query}")
    assert response.status_code == 422
    assert [fault["parameter"] for fault in response.get_json()["errors"]] == parameters


@pytest.mark.parametrize("name", SCHEMAS)
def test_another_organisation_sees_nothing(
    make_client: Callable[..., FlaskClient], database: Engine, client: FlaskClient, name: str
) -> None:
    """The key says whose figures they are."""
    other = make_client(engine=database, env={"API_KEYS": "rival:0123456789abcdef"})
    headers = {"X-API-Key": "0123456789abcdef"}
    answer = other.get(f"/api/analytics/{name}{MARCH}", headers=headers).get_json()
    mine = get(client, name)
    assert answer["period"] == mine["period"]
    figures = {key: value for key, value in answer.items() if key not in ("period", "leastPeople")}
    assert "3" not in str(figures)
    assert figures != {key: mine[key] for key in figures}


def test_a_key_is_needed(make_client: Callable[..., FlaskClient], database: Engine) -> None:
    """With keys set, figures are for who has one."""
    closed = make_client(engine=database, env={"API_KEYS": "rival:0123456789abcdef"})
    assert closed.get("/api/analytics/overview").status_code == 401
