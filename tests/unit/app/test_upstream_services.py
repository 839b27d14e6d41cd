"""The two services behind the front: who may ask, what is refused, and how errors look."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from app.health import Health
from app.upstreams.memory_service import create_memory_service
from config.settings import Settings
from flows.errors import PortUnavailable
from flows.signals.as_json import event_to_json
from tasks.serving.patterns import TrainedPatterns
from tasks.store.in_memory_events import InMemoryEvents
from tasks.store.in_memory_memories import InMemoryMemories
from tasks.store.in_memory_trained_models import InMemoryModels
from tests.fakes.service import memory_app, pbml_app
from tests.pattern_events import skills

TOKEN = "a-token-of-sixteen-or-more"
NOTE = {"id": "1", "userId": "ann", "kind": "note", "text": "Ask ops.", "at": "2025-06-01T12:00:00+00:00"}
ADD = {"organisation": "acme", "memories": [NOTE]}
RECALL = {
    "organisation": "acme",
    "userId": "ann",
    "query": "ops",
    "limit": 5,
    "now": "2025-06-01T12:00:00+00:00",
}
ONE = {"organisation": "acme", "userId": "ann", "id": "1"}
CANDIDATES = {"organisation": "acme", "userId": "ann", "history": [], "limit": 5}
RESOLUTIONS = {"organisation": "acme", "userId": "ann", "message": "KeyError: 'a'", "limit": 5}
EVENT = {"id": "1", "userId": "ann", "kind": "error_hit", "at": "2025-06-01T12:00:00+00:00"}

MEMORY_PATHS: dict[str, dict[str, Any]] = {
    "/v1/memories": ADD,
    "/v1/recall": RECALL,
    "/v1/memories/read": ONE,
    "/v1/memories/forget": ONE,
}
PBML_PATHS: dict[str, dict[str, Any]] = {"/v1/candidates": CANDIDATES, "/v1/resolutions": RESOLUTIONS}
EVERY_PATH = [*MEMORY_PATHS.items(), *PBML_PATHS.items()]


def app_for(path: str, **env: str) -> Flask:
    """The service that has a path."""
    if path in MEMORY_PATHS:
        return memory_app(InMemoryMemories(), **env)
    return pbml_app(TrainedPatterns(InMemoryModels(), InMemoryEvents()), **env)


@pytest.fixture
def client() -> FlaskClient:
    """A memory service that nobody has told anything."""
    return memory_app(InMemoryMemories()).test_client()


def test_a_memory_is_added_recalled_read_and_forgotten(client: FlaskClient) -> None:
    """The whole of the contract, each call twice: none does harm when it is repeated."""
    added = [client.post("/v1/memories", json=ADD).get_json() for _ in range(2)]
    assert added == [{"stored": 1, "duplicates": 0}, {"stored": 0, "duplicates": 1}]
    whole = NOTE | {
        "title": "",
        "skill": None,
        "error": "",
        "tags": [],
        "success": None,
        "visibility": "private",
        "sessionId": None,
        "events": [],
    }
    assert [client.post("/v1/memories/read", json=ONE).get_json() for _ in range(2)] == [
        {"memory": whole}
    ] * 2
    (found,) = client.post("/v1/recall", json=RECALL).get_json()["recalled"]
    assert (found["memory"], found["scope"], found["matched"]) == (whole, "own", ["ops"])
    assert found["parts"] == pytest.approx({"text": 1, "recency": 1, "success": 0.5, "scope": 1})
    forgotten = [client.post("/v1/memories/forget", json=ONE).get_json() for _ in range(2)]
    assert forgotten == [{"forgotten": True}, {"forgotten": False}]
    assert client.post("/v1/memories/read", json=ONE).get_json() == {"memory": None}
    assert client.post("/v1/recall", json=RECALL).get_json() == {"recalled": []}


def test_kinds_narrow_a_recall(client: FlaskClient) -> None:
    """Only what is asked for comes; no kind at all asks for nothing."""
    client.post("/v1/memories", json=ADD)
    counts = [
        len(client.post("/v1/recall", json=RECALL | {"kinds": kinds}).get_json()["recalled"])
        for kinds in (["note"], ["note", "session"], ["solution"], [])
    ]
    assert counts == [1, 1, 0, 0]


@pytest.mark.parametrize("path", ["/v1/recall", "/v1/memories/read", "/v1/memories/forget"])
@pytest.mark.parametrize("whose", [{"organisation": "rival"}, {"userId": "eve"}])
def test_nothing_crosses(client: FlaskClient, path: str, whose: dict[str, str]) -> None:
    """Another organisation, and another person, find nothing of it and take nothing away."""
    client.post("/v1/memories", json=ADD)
    answer = client.post(path, json=MEMORY_PATHS[path] | whose).get_json()
    assert answer in ({"recalled": []}, {"memory": None}, {"forgotten": False})
    assert client.post("/v1/memories/read", json=ONE).get_json()["memory"]["id"] == "1"


def test_patterns_are_asked_over_http() -> None:
    """Candidates and resolutions come from the history in the request and the events that are stored."""
    history = skills("ann", "abcabda")
    events = InMemoryEvents()
    events.append(history)
    service = pbml_app(TrainedPatterns(InMemoryModels(), events)).test_client()
    sent = CANDIDATES | {"history": [event_to_json(one) for one in history]}
    found = service.post("/v1/candidates", json=sent).get_json()["candidates"][0]
    assert (found["type"], found["id"], found["pattern"]["scope"]) == ("skill", "b", "own")
    assert service.post("/v1/resolutions", json=RESOLUTIONS).get_json() == {"resolutions": []}


@pytest.mark.parametrize(("path", "body"), EVERY_PATH)
def test_every_call_names_the_organisation(path: str, body: dict[str, Any]) -> None:
    """Without one, and with one that cannot be stored, nothing is answered."""
    client = app_for(path).test_client()
    without = {name: value for name, value in body.items() if name != "organisation"}
    for wrong in (without, body | {"organisation": ""}, body | {"organisation": "a\x00b"}):
        answer = client.post(path, json=wrong)
        assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
        assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/organisation"]
    assert client.post(path, json=body).status_code == 200


@pytest.mark.parametrize(("path", "body"), EVERY_PATH)
def test_bodies_are_read_strictly(path: str, body: dict[str, Any]) -> None:
    """No unknown field, no other type of content, nothing that is no JSON."""
    client = app_for(path).test_client()
    assert client.post(path, json=body | {"colour": "red"}).status_code == 422
    assert client.post(path, json=[body]).status_code == 422
    assert client.post(path, data=body).status_code == 415
    json = "application/json"
    assert client.post(path, data="[" * 100_000, content_type=json).status_code == 400
    assert client.get(path).status_code == 405


@pytest.mark.parametrize(
    ("path", "change", "pointer"),
    [
        ("/v1/memories", {"memories": [NOTE] * 101}, "/memories"),
        ("/v1/memories", {"memories": [NOTE, NOTE | {"kind": "cheese"}]}, "/memories/1/kind"),
        ("/v1/memories", {"memories": [NOTE | {"text": "x" * 4_001}]}, "/memories/0/text"),
        ("/v1/memories", {"memories": [NOTE | {"at": "2025-06-01T12:00:00"}]}, "/memories/0/at"),
        ("/v1/memories", {"memories": [NOTE | {"at": "0001-01-01T00:00:00+05:00"}]}, "/memories/0/at"),
        ("/v1/memories", {"memories": [NOTE | {"id": "a\ud800"}]}, "/memories/0/id"),
        ("/v1/memories", {"memories": [NOTE | {"userId": ""}]}, "/memories/0/userId"),
        ("/v1/memories", {"memories": [NOTE | {"organisation": "rival"}]}, "/memories/0/organisation"),
        ("/v1/recall", {"limit": 0}, "/limit"),
        ("/v1/recall", {"limit": 201}, "/limit"),
        ("/v1/recall", {"now": "now"}, "/now"),
        ("/v1/recall", {"kinds": ["cheese"]}, "/kinds/0"),
        ("/v1/recall", {"query": "x" * 4_001}, "/query"),
        ("/v1/candidates", {"limit": 201}, "/limit"),
        ("/v1/candidates", {"history": [EVENT] * 1_001}, "/history"),
        ("/v1/resolutions", {"limit": 2.5}, "/limit"),
        ("/v1/resolutions", {"message": "x" * 20_001}, "/message"),
    ],
)
def test_limits_are_kept(path: str, change: Mapping[str, Any], pointer: str) -> None:
    """Batches, texts, ids and times have bounds; the field is named, and nothing is stored."""
    client = app_for(path).test_client()
    answer = client.post(path, json=MEMORY_PATHS.get(path, PBML_PATHS.get(path, {})) | change)
    assert answer.status_code == 422
    assert pointer in [fault["pointer"] for fault in answer.get_json()["errors"]]
    if path in MEMORY_PATHS:
        assert client.post("/v1/memories/read", json=ONE).get_json() == {"memory": None}


def test_a_body_has_a_limit(client: FlaskClient) -> None:
    """More than eight megabytes are not read."""
    answer = client.post("/v1/memories", data=b" " * (8 * 1024 * 1024 + 1), content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (413, "content_too_large")


@pytest.mark.parametrize(("path", "body"), EVERY_PATH)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Basic {TOKEN}"},
        {"X-API-Key": "somebody-else-entirely"},
    ],
)
def test_where_a_token_is_set_it_is_asked_for(
    path: str, body: dict[str, Any], headers: dict[str, str]
) -> None:
    """Who does not show exactly it learns nothing."""
    answer = app_for(path, UPSTREAM_TOKEN=TOKEN).test_client().post(path, json=body, headers=headers)
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("path", "body"), EVERY_PATH)
def test_who_has_the_token_is_answered(path: str, body: dict[str, Any]) -> None:
    """Beyond loopback, too."""
    client = app_for(path, UPSTREAM_TOKEN=TOKEN, HOST="0.0.0.0").test_client()
    assert client.post(path, json=body, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize(("path", "body"), EVERY_PATH)
def test_without_a_token_no_page_is_answered(path: str, body: dict[str, Any]) -> None:
    """A name that leads to this machine does not make a page of the web one of this machine."""
    answer = app_for(path).test_client().post(path, json=body, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "foreign_page")


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/metrics", "/openapi.json"])
@pytest.mark.parametrize("service", ["/v1/recall", "/v1/candidates"])
def test_probes_need_no_token(service: str, path: str) -> None:
    """Whoever can reach the port can see that the service is there."""
    assert app_for(service, UPSTREAM_TOKEN=TOKEN).test_client().get(path).status_code == 200


def test_a_request_keeps_its_id(client: FlaskClient) -> None:
    """The id of a caller comes back, so that logs of both sides can be joined."""
    answer = client.post("/v1/recall", json=RECALL, headers={"X-Request-Id": "r-7"})
    assert answer.headers["X-Request-Id"] == "r-7"
    assert len(client.post("/v1/recall", json=RECALL).headers["X-Request-Id"]) == 32


def test_requests_are_counted(client: FlaskClient) -> None:
    """Prometheus sees them by endpoint."""
    client.post("/v1/recall", json=RECALL)
    labels = 'endpoint="memory-service.recall",method="POST",status="200"'
    lines = client.get("/metrics").get_data(as_text=True).splitlines()
    assert f"flask_http_request_duration_seconds_count{{{labels}}} 1.0" in lines


class NoBank(InMemoryMemories):
    """A bank whose database is away."""

    def recall(self, *_: Any, **__: Any) -> Sequence[Any]:
        """Nothing comes."""
        raise PortUnavailable("the database did not answer")


def test_an_outage_is_503() -> None:
    """The caller may try again, and readiness says what is missing."""

    def away() -> Mapping[str, Any]:
        raise PortUnavailable("the database did not answer")

    health = Health({"database": away}, {})
    service = create_memory_service(Settings.of_upstream({}), NoBank(), health, CollectorRegistry())
    client = service.test_client()
    answer = client.post("/v1/recall", json=RECALL)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "port_unavailable")
    assert answer.headers["Retry-After"] == "1"
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.get_json()["dependencies"]["database"]["detail"]) == (
        503,
        "the database did not answer",
    )
    assert client.get("/health/live").status_code == 200
