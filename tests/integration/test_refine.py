"""A model that is too slow for people: slots over real workers, and its order in the background."""

from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient

from app.front import Front
from config import keys
from tasks.services import Services
from tests.fakes.upstream_server import UpstreamServer
from tests.integration.conftest import StartWorker, wait_for_workers

LAST_FIRST = {
    "logprobs": [
        {
            "token": "C",
            "logprob": -0.1,
            "top_logprobs": [{"token": letter, "logprob": -n - 0.1} for n, letter in enumerate("CBA")],
        }
    ]
}
PATIENT = {"Prefer": "wait=20"}


@pytest.fixture(scope="module")
def model() -> Iterator[UpstreamServer]:
    """A server that the workers of this module know as their language model."""
    with UpstreamServer() as server, pytest.MonkeyPatch.context() as environment:
        server.answers["/api/generate"] = LAST_FIRST
        environment.setenv("OLLAMA_URL", server.url)
        environment.setenv("LLM_CONCURRENCY", "1")
        yield server


@pytest.fixture(scope="module")
def http(model: UpstreamServer, app: Flask, start_worker: StartWorker, services: Services) -> FlaskClient:
    """The front over workers of three queues."""
    queues = ("interactive", "llm", "refine")
    for queue in queues:
        start_worker(queue)
    wait_for_workers(services, *queues)
    client = app.test_client()
    for number in range(3):  # First jobs open stores, which may take too long for the limits of a stage.
        client.post("/api/recommendations", json=asked_for(f"nobody-{number}"), headers={"Prefer": "wait=5"})
    return client


def asked_for(user: str) -> dict[str, str]:
    """What next, for a person whom nobody knows."""
    return {"userId": user, "goal": "fullstack"}


def ask(http: FlaskClient, user: str) -> tuple[dict[str, Any], str, str]:
    """The answer for a person: the body, where it came from, and its job."""
    response = http.post("/api/recommendations", json=asked_for(user), headers=PATIENT)
    assert response.status_code == 200, response.get_json()
    return response.get_json(), response.headers["X-Cache"], response.headers["X-Job-Id"]


def ask_until(http: FlaskClient, reason: str) -> tuple[str, dict[str, Any], str, str]:
    """Ask for one person after the other until the model's stage ends so: a machine may be busy."""
    for number in range(100):
        user = f"{reason}-{number}"
        body, source, job_id = ask(http, user)
        if body["degradedReasons"] == [reason]:
            return user, body, source, job_id
    raise AssertionError(f"nobody got {reason}")


def wait_for(what: Callable[[], bool]) -> None:
    until = monotonic() + 20
    while not what():
        assert monotonic() < until
        sleep(0.02)


def test_a_late_model_betters_the_answer_in_the_cache(
    http: FlaskClient, model: UpstreamServer, services: Services, front: Front
) -> None:
    """The first caller gets the rules' order in time, the next one the model's, each told which it is."""
    warm, *_ = ask(http, "warm")
    assert [record for record in warm["degradedReasons"] if "unexpected" in record] == []
    model.behave("slow", wait_s=0.4)

    user, first, source, job_id = ask_until(http, "llm.rerank.qwen3:timeout")

    assert source == "miss"
    assert "refined" not in first
    wait_for(lambda: bool(services.ledger.read(job_id).refined_by))
    better, source, better_id = ask(http, user)
    assert (source, better["refined"], better["refines"]) == ("hit", True, job_id)
    assert (better["degraded"], better["decisionId"]) == (False, better_id)
    shown, before = ([item["id"] for item in body["recommendations"]] for body in (better, first))
    assert shown[:3] == before[:3][::-1]
    seen = http.get(f"/api/jobs/{job_id}").get_json()
    assert seen["links"]["refined"] == f"/api/jobs/{better_id}"


def test_a_busy_model_costs_no_hop(http: FlaskClient, model: UpstreamServer, redis_url: str) -> None:
    """While somebody else has the slot, the stage is skipped where it is met, and nobody calls the model."""
    model.behave("normal")
    with redis.Redis.from_url(redis_url) as client:
        client.zadd(keys.MODEL_SLOTS, {"somebody": 10**14})
        before = len(model.calls)
        answer, _, job_id = ask(http, "bob")
        (stage,) = [
            stage
            for stage in http.get(f"/api/jobs/{job_id}").get_json()["stages"]
            if stage["type"] == "llm.rerank.qwen3"
        ]
        client.zrem(keys.MODEL_SLOTS, "somebody")
    assert (answer["degradedReasons"], stage["reason"]) == (
        ["llm.rerank.qwen3:busy"],
        "llm.rerank.qwen3:busy",
    )
    assert len(model.calls) == before


def test_a_dead_model_is_left_alone(http: FlaskClient, model: UpstreamServer, redis_url: str) -> None:
    """Once the breaker of a worker is open, people's answers say so and are there all the same."""
    model.behave("status", status=500)
    _, _, _, job_id = ask_until(http, "llm.rerank.qwen3:breaker_open")
    with redis.Redis.from_url(redis_url) as client:
        assert client.pttl(keys.open_breaker("llm")) <= 5_000
    assert http.get(f"/api/jobs/{job_id}").get_json()["status"] == "succeeded"
