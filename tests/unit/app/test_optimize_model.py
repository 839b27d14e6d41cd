"""``POST /api/prompts/optimize-model`` over HTTP, with a worker that answers at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import RAISE

from app.parts import EXTENSION, Parts
from app.schemas.model_choice import OptimizeModelAnswer
from flows.loader import BUILT_IN_FILE, load_flows
from flows.model import Flow
from flows.registry import STAGES
from tasks.services import Services
from tasks.stage_task import StageRunner
from tasks.store.in_memory_model_observations import InMemoryModelObservations

URL = "/api/prompts/optimize-model"
BODY = {"task": "code review", "language": "Python", "complexity": "high", "latencyBudget": 200}
KEYS = {"API_KEYS": "acme:acme-key-0123456789"}


class BuiltInFlows:
    """Stands in for FlowVersions without Redis: the flows of the service."""

    def current(self) -> Mapping[str, Flow]:
        return load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)

    def at(self, version: str) -> Mapping[str, Flow]:
        return self.current()


class AtOnce:
    """Runs a job while it is published."""

    services: Services

    def publish(self, flow: Flow, job_id: str, *, step: int, attempt: int, lane: str = "interactive") -> None:
        request = SimpleNamespace(chain=[])
        StageRunner(self.services, frozenset({"interactive"})).run(request, job_id, step, attempt)

    def backlog(self, queue: str) -> int:
        return 0


@pytest.fixture
def models() -> InMemoryModelObservations:
    """What was observed; nothing at first."""
    return InMemoryModelObservations()


@pytest.fixture
def client(
    make_client: Callable[..., FlaskClient], models: InMemoryModelObservations
) -> Iterator[Callable[..., FlaskClient]]:
    """Makes a client of an app with the flows of the service."""

    def make(**given: Any) -> FlaskClient:
        made = make_client(**given)
        parts: Parts = made.application.extensions[EXTENSION]
        publisher = AtOnce()
        services = replace(
            parts.front.services,
            flows=BuiltInFlows(),
            publisher=publisher,
            ports=replace(parts.front.services.ports, models=models),
        )
        publisher.services = services
        front = replace(parts.front, services=services)
        made.application.extensions[EXTENSION] = replace(parts, front=front)
        return made

    return make


def test_the_sample_request(client: Callable[..., FlaskClient]) -> None:
    """It is answered as its schema says, with nothing more and nothing less."""
    response = client().post(URL, json=BODY)
    assert (response.status_code, response.headers["X-Cache"]) == (200, "miss")
    answer = OptimizeModelAnswer(unknown=RAISE).load(response.get_json())
    assert answer["selectedModel"]
    assert len(answer["reasoning"]["alternatives"]) == 8
    assert (answer["flowVersion"], answer["degraded"]) == ("3", False)


def test_an_answer_without_a_model_is_an_answer(client: Callable[..., FlaskClient]) -> None:
    """200, not degraded, and as described: the limits were the client's own."""
    response = client().post(URL, json=BODY | {"latencyBudget": 1})
    answer = OptimizeModelAnswer(unknown=RAISE).load(response.get_json())
    assert (response.status_code, answer["degraded"]) == (200, False)
    assert (answer["selectedModel"], answer["expected"]) == (None, None)
    assert answer["nearest"]["model"]
    assert answer["optimization"].startswith("A latency budget of ")


def test_the_second_of_equal_requests_is_cached(client: Callable[..., FlaskClient]) -> None:
    """Spelled otherwise, it is still the same wish."""
    made = client()
    made.post(URL, json=BODY)
    again = made.post(URL, json=BODY | {"promptTokens": 1000, "policy": {"deny": []}})
    assert again.headers["X-Cache"] == "hit"


def test_it_can_be_polled(client: Callable[..., FlaskClient]) -> None:
    """A client that does not wait gets the job, and the answer from it."""
    made = client()
    begun = made.post(URL, json=BODY, headers={"Prefer": "respond-async"})
    assert begun.status_code == 202
    job = made.get(begun.headers["Location"]).get_json()
    assert (job["flow"], job["status"]) == ("optimize_model", "succeeded")
    assert [stage["type"] for stage in job["stages"]] == ["route.model"]
    assert job["result"]["selectedModel"]


def test_the_organisation_is_that_of_the_key(client: Callable[..., FlaskClient]) -> None:
    """No key, no answer; a field cannot name another organisation."""
    made = client(env=KEYS)
    key = {"X-API-Key": "acme-key-0123456789"}
    assert made.post(URL, json=BODY).status_code == 401
    assert made.post(URL, json=BODY | {"organisation": "rival"}, headers=key).status_code == 422
    assert made.post(URL, json=BODY, headers=key).status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"task": ""}, "/task"),
        ({"task": "  "}, "/task"),
        ({"task": "a\nb"}, "/task"),
        ({"language": 3}, "/language"),
        ({"language": "x" * 129}, "/language"),
        ({"complexity": "extreme"}, "/complexity"),
        ({"latencyBudget": 0}, "/latencyBudget"),
        ({"latencyBudget": "200.5"}, "/latencyBudget"),
        ({"latencyBudget": 600_001}, "/latencyBudget"),
        ({"promptTokens": 0}, "/promptTokens"),
        ({"policy": {"localOnly": "maybe"}}, "/policy/localOnly"),
        ({"policy": {"maxPricePerMTok": -1}}, "/policy/maxPricePerMTok"),
        ({"policy": {"maxPricePerMTok": float("nan")}}, "/policy/maxPricePerMTok"),
        ({"policy": {"alow": []}}, "/policy/alow"),
        ({"policy": {"allow": ["no such model"]}}, "/policy/allow/0"),
        ({"policy": {"allow": ["codelama:13b"]}}, "/policy/allow/0"),
        ({"policy": None}, "/policy"),
        ({"userId": "ann"}, "/userId"),
    ],
)
def test_what_is_wrong_is_pointed_at(
    client: Callable[..., FlaskClient], change: dict[str, Any], pointer: str
) -> None:
    """One wrong field, one pointer to it."""
    response = client().post(URL, json=BODY | change)
    problem = response.get_json()
    assert (response.status_code, [fault["pointer"] for fault in problem["errors"]]) == (422, [pointer])


@pytest.mark.parametrize("field", ["task", "language", "latencyBudget"])
def test_required_fields(client: Callable[..., FlaskClient], field: str) -> None:
    """Task, language and budget must be given; complexity has a default."""
    made = client()
    body = {name: value for name, value in BODY.items() if name != field}
    assert made.post(URL, json=body).get_json()["errors"][0]["pointer"] == f"/{field}"
    assert made.post(URL, json={n: v for n, v in BODY.items() if n != "complexity"}).status_code == 200
