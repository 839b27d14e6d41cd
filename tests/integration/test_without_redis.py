"""A front whose Redis is stopped, silent, full, emptied or a replica, and whose workers are away.

It answers, says that it is degraded, and is back to normal by itself. Redis and the worker are real.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest
import redis
from celery import Celery
from flask import Flask
from prometheus_client import CollectorRegistry
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed
from werkzeug.test import TestResponse

from app.answer_memory import AnswerMemory
from app.factory import create_app
from app.front import Front, make_front
from app.health import Health
from app.parts import Parts
from config import keys
from config.settings import Settings
from flows.loader import BUILT_IN_FILE
from tasks.completion import RedisListener, WaiterTable
from tasks.embedded_redis import EmbeddedRedis, find_server
from tasks.probes import probes
from tasks.redis_client import listening_client
from tasks.redis_guard import RedisGuard, guarded_client
from tasks.services import Services, build_services
from tasks.store.base import State
from tasks.store.database import open_database, upgrade
from tests.fakes.stages import TEST_STAGES
from tests.integration.conftest import StartWorker, wait_for_workers

URL = "/api/recommendations/learning-path"
INSIGHTS = "/api/recommendations/team-insights"

back_to_normal = retry(
    retry=retry_if_exception_type(AssertionError),
    stop=stop_after_delay(10),
    wait=wait_fixed(0.2),
    reraise=True,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A Redis that these tests may do anything to."""
    made = EmbeddedRedis(tmp_path_factory.mktemp("own-redis"), find_server())
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def redis_url(server: EmbeddedRedis) -> str:
    return server.url


@pytest.fixture(scope="module")
def waiters() -> WaiterTable:
    return WaiterTable()


@pytest.fixture(scope="module")
def guard(waiters: WaiterTable) -> RedisGuard:
    return RedisGuard(waiters.tell_all)


@pytest.fixture(scope="module")
def services(settings: Settings, redis_url: str, celery_app: Celery, guard: RedisGuard) -> Services:
    """As the front builds them, with the flows of the service."""
    upgrade(settings.database_url)
    built = build_services(settings, redis_url, celery_app, TEST_STAGES, guard)
    built.flows.publish(BUILT_IN_FILE.read_text("utf-8"))
    return built


@pytest.fixture(scope="module")
def front(services: Services, waiters: WaiterTable, memory: AnswerMemory, redis_url: str) -> Iterator[Front]:
    """As the entry point makes it."""
    listener = RedisListener(listening_client(redis_url), waiters, memory)
    listener.start()
    yield make_front(services, waiters, memory, threads=32)
    listener.stop()


@pytest.fixture(scope="module")
def app(settings: Settings, redis_url: str, services: Services, front: Front, guard: RedisGuard) -> Flask:
    client = guarded_client(redis_url, guard)
    health = Health(probes(client, open_database(settings.database_url), services), {})
    return create_app(settings, Parts(front, health), CollectorRegistry())


Ask = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def ask(app: Flask) -> Ask:
    """Asks for the learning path of a person."""

    def post(user: str, url: str = URL, **headers: str) -> TestResponse:
        body = {"userId": user, "currentSkill": "junior", "goal": "fullstack", "timeframe": "3months"}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return app.test_client().post(url, json=body, headers=given)

    return post


@pytest.fixture(scope="module")
def worker(start_worker: StartWorker, ask: Ask, services: Services) -> "subprocess.Popen[bytes]":
    """A worker that answers."""
    started = start_worker("interactive")
    wait_for_workers(services, "interactive")
    is_normal(ask)
    return started


@back_to_normal
def is_normal(ask: Ask) -> None:
    """A request that nobody made before is answered by a job, and nothing is amiss."""
    response = ask(f"anybody-{monotonic()}")
    assert shown(response) == (200, "miss", [])


@contextmanager
def stopped(server: EmbeddedRedis) -> Iterator[None]:
    """Nobody listens at its port; it comes back with its data."""
    server.stop()
    try:
        yield
    finally:
        server.start()


@contextmanager
def silent(server: EmbeddedRedis) -> Iterator[None]:
    """Connections come about, and nothing is ever answered."""
    with redis.Redis.from_url(server.url) as client:
        process: int = client.info("server")["process_id"]
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@contextmanager
def full(server: EmbeddedRedis) -> Iterator[None]:
    """It answers, and takes no more writes."""
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", 1)
        try:
            yield
        finally:
            client.config_set("maxmemory", 0)


@contextmanager
def a_replica(server: EmbeddedRedis) -> Iterator[None]:
    """After a failover: it reads, and takes no writes."""
    with redis.Redis.from_url(server.url) as client:
        client.replicaof("127.0.0.1", 1)
        try:
            yield
        finally:
            client.replicaof("NO", "ONE")


AWAY = [stopped, silent]
NO_WRITES = [full, a_replica]


def shown(response: TestResponse) -> tuple[int, str, list[str]]:
    """Status, where the answer came from, and why it is degraded."""
    body = response.get_json()
    return (
        response.status_code,
        response.headers.get("X-Cache", ""),
        body.get("degradedReasons", [body.get("code")]),
    )


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("fault", [*AWAY, *NO_WRITES])
def test_an_answer_is_computed_here(server: EmbeddedRedis, ask: Ask, fault: Any) -> None:
    """What nobody asked before is computed in the front, degraded, and as good as a worker's."""
    with fault(server):
        response = ask(f"new-{fault.__name__}")
        polled = ask(f"new-{fault.__name__}", Prefer="respond-async")
    assert shown(response) == (200, "local", ["redis:unavailable"])
    assert len(response.get_json()["path"]) > 3
    assert "X-Job-Id" not in response.headers
    assert shown(polled) == (200, "local", ["redis:unavailable"])
    assert "Preference-Applied" not in polled.headers
    is_normal(ask)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("fault", AWAY)
def test_an_earlier_answer_is_remembered(server: EmbeddedRedis, ask: Ask, fault: Any) -> None:
    """What the front gave a moment ago it gives again, and says that it could not look."""
    before = ask(f"known-{fault.__name__}")
    with fault(server):
        response = ask(f"known-{fault.__name__}")
    assert shown(response) == (200, "hit", ["redis:unavailable"])
    assert response.get_json()["path"] == before.get_json()["path"]
    assert response.headers["X-Job-Id"] == before.headers["X-Job-Id"]
    is_normal(ask)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("fault", [*AWAY, *NO_WRITES])
def test_what_must_be_done_once_is_refused(
    server: EmbeddedRedis, app: Flask, ask: Ask, services: Services, fault: Any
) -> None:
    """A key and an effect need a job that is written down: 503, when to ask again, and nothing is done."""
    with fault(server):
        keyed = ask("ann", Idempotency_Key=f'"{fault.__name__}"')
        saved = ask(f"ann-{fault.__name__}", "/api/learning-paths")
    for response in (keyed, saved):
        assert (response.status_code, response.get_json()["code"]) == (503, "store_unavailable")
        assert response.headers["Retry-After"] == "1"
    assert "Idempotency-Key" in keyed.get_json()["detail"]
    assert services.ports.saved_paths.of_user("demo", f"ann-{fault.__name__}", limit=10) == []
    is_normal(ask)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("fault", AWAY)
def test_the_rest_of_the_api(server: EmbeddedRedis, app: Flask, ask: Ask, fault: Any) -> None:
    """What needs Redis is a 503 that says when to ask again; what needs the database alone goes on."""
    client = app.test_client()
    with fault(server):
        job = client.get(f"/api/jobs/{'0' * 32}")
        erased = client.delete("/api/users/nobody")
        ready, live = client.get("/health/ready"), client.get("/health/live")
        event = {
            "id": f"e-{fault.__name__}",
            "userId": "eve",
            "kind": "prompt_used",
            "at": "2025-01-01T00:00:00Z",
        }
        events = client.post("/api/events", json={"events": [event]})
        profile = client.get("/api/users/eve/profile")
    for response in (job, erased):
        assert (response.status_code, response.get_json()["code"]) == (503, "store_unavailable")
        assert response.headers["Retry-After"] == "1"
    assert (ready.status_code, live.status_code) == (503, 200)
    assert ready.get_json()["dependencies"]["redis"]["status"] == "unavailable"
    assert profile.status_code == 200
    assert (events.status_code, events.get_json()["stored"]) == (200, 1)
    is_normal(ask)


@pytest.mark.usefixtures("worker")
def test_what_was_computed_here_can_be_answered_to(server: EmbeddedRedis, app: Flask, ask: Ask) -> None:
    """The decision behind a local answer is in the log, without Redis, so that feedback finds it."""
    with stopped(server):
        answer = ask("fay").get_json()

        @back_to_normal
        def feedback() -> None:
            said = {
                "decisionId": answer["decisionId"],
                "itemId": answer["path"][0]["id"],
                "outcome": "accepted",
            }
            response = app.test_client().post(
                "/api/feedback", json={"feedback": [{**said, "eventId": "f-1"}]}
            )
            assert response.status_code == 200, response.get_json()

        feedback()
    is_normal(ask)


@pytest.mark.usefixtures("worker")
def test_a_redis_that_was_emptied(server: EmbeddedRedis, app: Flask, ask: Ask, services: Services) -> None:
    """Jobs of before are not there any more and say so, the flows are published again, and it goes on."""
    before = ask("gil")
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
    job = app.test_client().get(f"/api/jobs/{before.headers['X-Job-Id']}")
    assert (job.status_code, job.get_json()["code"]) == (404, "job_not_found")
    is_normal(ask)
    version = before.get_json()["flowVersion"]

    @back_to_normal
    def published() -> None:
        is_normal(ask)
        with redis.Redis.from_url(server.url, decode_responses=True) as client:
            assert client.get(keys.FLOWS_CURRENT) == version
            assert client.get(keys.flows_version(version)) == BUILT_IN_FILE.read_text("utf-8")
        assert services.flows.history() == [version]

    published()


@pytest.mark.usefixtures("worker")
def test_an_erased_person_is_forgotten_by_every_front(
    server: EmbeddedRedis, app: Flask, ask: Ask, front: Front, services: Services
) -> None:
    """An erasure in one process reaches the memories of the others, before anything goes wrong."""
    person = keys.person("demo", "hal")

    @back_to_normal
    def remembered() -> None:
        ask("hal")
        assert person in front.stand_in.memory._of_person

    remembered()
    services.records.erase("demo", "hal")

    @back_to_normal
    def forgotten() -> None:
        assert person not in front.stand_in.memory._of_person

    forgotten()
    with stopped(server):
        assert shown(ask("hal"))[1] == "local"
    is_normal(ask)


@contextmanager
def hung(worker: "subprocess.Popen[bytes]") -> Iterator[None]:
    """It is there, as far as anybody can tell, and does nothing."""
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker.pid, signal.SIGCONT)


def test_a_worker_that_hangs(
    server: EmbeddedRedis, worker: "subprocess.Popen[bytes]", ask: Ask, services: Services
) -> None:
    """A job that nobody takes up in time is answered from what was known, or here; it is done later."""
    known = ask("ian")
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        client.delete(*client.scan_iter(f"{keys.ANSWER_PREFIX}*"))  # Their time in the cache is over.
    with hung(worker):
        stale, new = ask("ian"), ask("jan")
        keyed = ask("kim", Idempotency_Key='"k2"')
        waiting = services.ledger.read(new.headers["X-Job-Id"])
    assert shown(stale) == (200, "stale", ["workers:unavailable"])
    assert stale.get_json()["path"] == known.get_json()["path"]
    assert shown(new) == (200, "local", ["workers:unavailable"])
    assert (keyed.status_code, keyed.get_json()["status"]) == (202, "queued")
    assert waiting.state is State.QUEUED
    is_normal(ask)
    assert services.ledger.read(waiting.id).state is State.SUCCEEDED
    assert ask("jan").headers["X-Cache"] == "hit"
    assert ask("kim", Idempotency_Key='"k2"').headers["Idempotency-Replayed"] == "true"
