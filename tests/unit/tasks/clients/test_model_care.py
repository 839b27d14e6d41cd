"""Keeping a model warm, through a real server and a real Redis."""

import json
from collections.abc import Iterator

import pytest
import redis
from sqlalchemy import Engine

from config import keys
from flows.intelligence.rerank.prompts import LISTWISE_START
from flows.upstreams.breaker import BreakerSettings
from flows.upstreams.retry import RetryPolicy
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tasks.clients.model_care import ModelCare
from tasks.clients.model_server import ModelServer
from tasks.store.database import open_database
from tasks.store.model_slots import RedisSlots
from tasks.store.model_timings import PendingTimings, StoredModelTimings
from tests.fakes.upstream_server import UpstreamServer

OLLAMA = {
    "logprobs": [{"token": "A", "logprob": -0.1, "top_logprobs": [{"token": "A", "logprob": -0.1}]}],
    "load_duration": 3_000_000,
    "prompt_eval_count": 90,
}
OPENAI = {"choices": [{"logprobs": {"top_logprobs": [{"A": -0.1}]}}], "usage": {"prompt_tokens": 90}}


@pytest.fixture
def server() -> Iterator[UpstreamServer]:
    with UpstreamServer() as running:
        running.answers |= {"/api/generate": OLLAMA, "/v1/completions": OPENAI}
        yield running


@pytest.fixture
def client(server: UpstreamServer) -> Iterator[UpstreamClient]:
    made = UpstreamClient(
        UpstreamSettings("llm", server.url, BreakerSettings(slow_s=5.0), RetryPolicy(attempts=1))
    )
    yield made
    made.close()


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    opened = open_database(sqlite_url)
    yield opened
    opened.dispose()


def care(
    client: UpstreamClient, redis_client: "redis.Redis", engine: Engine, api: str = "ollama"
) -> ModelCare:
    slots = RedisSlots(redis_client, "llm", 1)
    server = ModelServer(client, client, "qwen3:4b", api, slots)
    return ModelCare(server, redis_client, PendingTimings(redis_client, StoredModelTimings(engine)))


@pytest.mark.parametrize(
    ("api", "rows"), [("ollama", [("load", 1), ("probe", 1)]), ("openai", [("probe", 1)])]
)
def test_a_probe_loads_the_model_and_tells_its_times(
    server: UpstreamServer,
    client: UpstreamClient,
    redis_client: "redis.Redis",
    sqlite_engine: Engine,
    api: str,
    rows: list[tuple[str, int]],
) -> None:
    """Ollama is told to load it and to keep it; then both are asked a question as people's begin."""
    report = care(client, redis_client, sqlite_engine, api).look_after()
    assert report == {"probe": "ok", "timings": len(rows)}
    found = StoredModelTimings(sqlite_engine).rows()
    assert [(row["purpose"], row["calls"]) for row in found] == rows
    assert found[-1]["prompt_tokens"] == 90
    bodies = [json.loads(call.body) for call in server.calls]
    assert bodies[-1]["prompt"].startswith(LISTWISE_START)
    if api == "ollama":
        assert bodies[0] == {"model": "qwen3:4b", "prompt": "", "stream": False, "keep_alive": -1}
    assert not redis_client.exists(keys.MODEL_TRIED, keys.MODEL_SLOTS, keys.MODEL_USED)


@pytest.mark.parametrize(
    ("there", "fate"), [(keys.MODEL_USED, "in_use"), (keys.MODEL_TRIED, "tried_elsewhere")]
)
def test_nobody_is_disturbed(
    server: UpstreamServer,
    client: UpstreamClient,
    redis_client: "redis.Redis",
    sqlite_engine: Engine,
    there: str,
    fate: str,
) -> None:
    """A model that people use is warm, and one probe at a time is enough for all processes."""
    redis_client.set(there, "somebody")
    assert care(client, redis_client, sqlite_engine).look_after()["probe"] == fate
    assert server.calls == []
    assert redis_client.get(there) == "somebody"


def test_a_probe_does_not_wait_for_a_slot(
    server: UpstreamServer, client: UpstreamClient, redis_client: "redis.Redis", sqlite_engine: Engine
) -> None:
    """While somebody asks, the model is warm enough."""
    RedisSlots(redis_client, "llm", 1).take("somebody", 60, waited_for=False)
    assert care(client, redis_client, sqlite_engine).look_after()["probe"] == "busy"
    assert server.calls == []


def test_a_model_that_fails_is_told_of(
    server: UpstreamServer, client: UpstreamClient, redis_client: "redis.Redis", sqlite_engine: Engine
) -> None:
    """By its outcome, and the next minute may try again."""
    server.behave("status", status=500)
    assert care(client, redis_client, sqlite_engine).look_after() == {"probe": "unavailable", "timings": 0}
    assert not redis_client.exists(keys.MODEL_TRIED, keys.MODEL_SLOTS)


def test_without_a_model_there_is_nothing_to_do(redis_client: "redis.Redis", sqlite_engine: Engine) -> None:
    """As the service comes."""
    pending = PendingTimings(redis_client, StoredModelTimings(sqlite_engine))
    assert ModelCare(None, redis_client, pending).look_after() == {}
