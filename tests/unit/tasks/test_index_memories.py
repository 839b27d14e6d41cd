"""The scheduled job that keeps the index of vectors, and what has it run sooner."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
import redis

from config import keys
from config.queues import scheduled_task
from config.settings import Settings
from flows.registry import STAGES
from tasks.celery_app import FRONT_TRANSPORT, make_celery
from tasks.memory_vectors.prompting import JOB, prompter
from tasks.scheduled import SCHEDULE
from tasks.scheduled.index_memories import index_memories
from tasks.services import Services, build_services
from tasks.store.database import open_database
from tests.memories import remembered
from tests.vectors import Place, vectors_at


@pytest.fixture
def place(sqlite_url: str) -> Iterator[Place]:
    engine = open_database(sqlite_url)
    with vectors_at(engine) as found:
        yield found
    engine.dispose()


def run(place: Place | None) -> dict[str, Any]:
    index = place and place.vectors.index
    return index_memories(cast(Services, SimpleNamespace(memory_index=index)))


def test_it_says_what_it_did(place: Place) -> None:
    """By fate; where vectors are off there is nothing to say."""
    place.bank.add("acme", [remembered("1"), remembered("2", "two")])
    assert run(place) == {"indexed": 2}
    assert run(place) == {}
    assert run(None) == {}


def test_what_cannot_be_reached_is_no_failure(place: Place) -> None:
    """The run says why it waits, and the next one goes on."""
    place.bank.add("acme", [remembered("1")])
    place.qdrant.behave("status", status=503)
    assert run(place) == {"waits": "upstream_unavailable"}
    place.qdrant.behave("normal")
    assert run(place) == {"indexed": 1}


def services(place: Place, redis_url: str, sqlite_url: str, **env: str) -> Services:
    """As a front has them."""
    settings = Settings.from_env(place.env | {"DATABASE_URL": sqlite_url, "REDIS_URL": redis_url} | env)
    return build_services(settings, redis_url, make_celery(redis_url, STAGES, FRONT_TRANSPORT), STAGES)


def test_an_erasure_sends_it_at_once(
    place: Place,
    redis_url: str,
    sqlite_url: str,
    redis_client: "redis.Redis",
) -> None:
    """The message names the job of the schedule, its queue, and that it needs no tick."""
    built = services(place, redis_url, sqlite_url)
    built.ports.memories.add("acme", [remembered("1")])
    assert run(cast(Place, SimpleNamespace(vectors=SimpleNamespace(index=built.memory_index)))) == {
        "indexed": 1
    }
    assert built.records.erase("acme", "ann")["memories"] == 1
    (job,) = (job for job in SCHEDULE if job.name == JOB)
    (text,) = redis_client.lrange(keys.PREFIX + job.queue, 0, -1)
    message = json.loads(text)["headers"]
    assert (message["task"], message["kwargsrepr"]) == (scheduled_task(JOB), "{'forced': True}")


def test_nothing_is_sent_where_vectors_are_off(
    place: Place,
    redis_url: str,
    sqlite_url: str,
    redis_client: "redis.Redis",
) -> None:
    """Without an index there is none to look at."""
    built = services(place, redis_url, sqlite_url, QDRANT_URL="")
    assert built.memory_index is None
    built.records.erase("acme", "ann")
    assert redis_client.llen(keys.PREFIX + "training") == 0


def test_a_broker_that_is_away_is_no_reason_to_fail(place: Place) -> None:
    """The job runs by the clock all the same."""
    prompter(make_celery("redis://127.0.0.1:1/0", STAGES, FRONT_TRANSPORT), place.vectors)()
