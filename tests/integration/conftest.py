"""A front in this process and real workers beside it, over a real Redis and SQLite."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
import redis
from celery import Celery
from flask import Flask
from prometheus_client import CollectorRegistry
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from app.answer_memory import AnswerMemory
from app.factory import create_app
from app.front import Front, make_front
from app.health import Health
from app.parts import Parts
from config.queues import QUEUES
from config.settings import Settings
from flows.loader import BUILT_IN_FILE
from tasks.celery_app import FRONT_TRANSPORT, make_celery
from tasks.completion import RedisListener, WaiterTable
from tasks.embedded_redis import EmbeddedRedis
from tasks.probes import probes, versions
from tasks.redis_client import fast_client, listening_client
from tasks.services import Services, build_services
from tasks.store.database import open_database, upgrade
from tests.fakes.stages import TEST_STAGES, flow

ROOT = Path(__file__).parents[2]

SKIP = "skip"
MARK_A = {"type": "test.mark", "params": {"text": "a"}}
MARK_B = {"type": "test.mark_llm", "params": {"text": "b"}}
MARK_C = {"type": "test.mark", "params": {"text": "c"}}

TEST_FLOWS = {
    "plain": flow(MARK_A, "test.answer", cacheTtlS=60),
    "plain_hopping": flow(MARK_A, MARK_C, "test.answer", runOn=False),
    "crossing": flow(MARK_A, MARK_B, MARK_C, "test.answer"),
    "too_slow": flow(MARK_A, {"type": "test.sleep", "onError": SKIP}, MARK_C, "test.answer"),
    "too_slow_fatal": flow("test.sleep", "test.answer"),
    "stubborn": flow({"type": "test.stubborn", "onError": SKIP}, "test.answer"),
    "crashing": flow(MARK_A, {"type": "test.crash", "onError": SKIP}, "test.answer"),
    "refusing": flow({"type": "test.refuse", "onError": SKIP}, "test.answer"),
    "blundering": flow("test.blunder", "test.answer"),
    "slow": flow(MARK_A, {"type": "test.sleep_light", "params": {"seconds": 1.5}}, "test.answer"),
    "sluggish": flow(
        {"type": "test.sleep_light", "params": {"seconds": 2.5}, "timeoutMs": 4000},
        {"type": "test.sleep_light", "params": {"seconds": 0.5}},
        "test.answer",
    ),
    "brief": flow({"type": "test.sleep_light", "params": {"seconds": 0.1}}, "test.answer"),
    "dawdling": flow({"type": "test.sleep_light", "params": {"seconds": 0.5}}, "test.answer"),
}


@pytest.fixture(scope="module")
def redis_url(redis_server: EmbeddedRedis) -> str:
    """The private server, emptied before each module: its workers live as long as it does."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Settings:
    """Settings of one module: everything in a folder of its own."""
    folder = tmp_path_factory.mktemp("data")
    return Settings.from_env({"DATA_DIR": str(folder), "REDIS_URL": redis_url, "LOG_LEVEL": "INFO"})


@pytest.fixture(scope="module")
def celery_app(redis_url: str) -> Celery:
    """A producer as the front has one."""
    return make_celery(redis_url, TEST_STAGES, FRONT_TRANSPORT)


@pytest.fixture(scope="module")
def services(settings: Settings, redis_url: str, celery_app: Celery) -> Services:
    """The real services, with the test flows published beside the built-in ones."""
    upgrade(settings.database_url)
    built = build_services(settings, redis_url, celery_app, TEST_STAGES)
    document = json.loads(BUILT_IN_FILE.read_text("utf-8"))
    document["flows"] |= TEST_FLOWS
    built.flows.publish(json.dumps(document))
    return built


@pytest.fixture(scope="module")
def memory() -> AnswerMemory:
    """The answers that the front remembers."""
    return AnswerMemory()


@pytest.fixture(scope="module")
def waiters(redis_url: str, memory: AnswerMemory) -> Iterator[WaiterTable]:
    """The table that a real listener tells."""
    table = WaiterTable()
    listener = RedisListener(listening_client(redis_url), table, memory)
    listener.start()
    yield table
    listener.stop()


@pytest.fixture(scope="module")
def front(services: Services, waiters: WaiterTable, memory: AnswerMemory) -> Front:
    """The front over real parts."""
    return make_front(services, waiters, memory, threads=32)


@pytest.fixture(scope="module")
def app(settings: Settings, redis_url: str, services: Services, front: Front) -> Flask:
    """The whole HTTP app over real parts."""
    checks = probes(fast_client(redis_url), open_database(settings.database_url), services)
    health = Health(checks, versions())
    return create_app(settings, Parts(front, health), CollectorRegistry())


class StartWorker(Protocol):
    """Starts a real worker for a queue; ``number`` tells those of one queue apart."""

    def __call__(self, queue: str, number: int = 1) -> "subprocess.Popen[bytes]":
        """The worker's process."""


@pytest.fixture(scope="module")
def start_worker(settings: Settings, redis_url: str) -> Iterator[StartWorker]:
    """Starts a real worker for a queue; all are ended after the test."""
    env = {
        **os.environ,
        "PYTHONWARNINGS": "default",
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": redis_url,
    }

    started: list[subprocess.Popen[bytes]] = []

    def start(queue: str, number: int = 1) -> "subprocess.Popen[bytes]":
        name, pool = f"{queue}@{number}.%h", QUEUES[queue].pool
        arguments = ["worker", "-Q", queue, "-P", pool, "-c", "1", "-n", name]
        quiet = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "tests.fakes.worker", *arguments, *quiet],
            cwd=ROOT,
            env=env,
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.send_signal(signal.SIGCONT)  # One that a test has stopped hears nothing else.
        worker.terminate()
    for worker in started:
        _ended(worker)


def _ended(worker: "subprocess.Popen[bytes]") -> None:
    try:
        worker.wait(10)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


@pytest.fixture(scope="module")
def workers(start_worker: StartWorker, services: Services) -> None:
    """One worker for each queue that stages use, and seen: else the front would do without them."""
    start_worker("interactive")
    start_worker("llm")
    wait_for_workers(services, "interactive", "llm")


@retry(
    retry=retry_if_exception_type(AssertionError),
    stop=stop_after_delay(60),
    wait=wait_fixed(0.1),
    reraise=True,
)
def wait_for_workers(services: Services, *queues: str) -> None:
    """Until workers of these queues have said that they are there."""
    assert set(queues) <= services.presence.present().keys()
