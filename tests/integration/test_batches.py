"""A batch through a real broker and a real batch worker, which is killed in the middle of it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery
from flask import Flask
from sqlalchemy import Engine

from config import keys
from config.queues import BATCH
from config.settings import Settings
from flows.errors import StoreUnavailable
from tasks.scheduled.sweep_ledger import sweep_ledger
from tasks.services import Services
from tasks.store.base import State
from tasks.store.database import open_database
from tests.batches import put_people
from tests.integration.conftest import StartWorker

URL = "/api/batches/learning-paths"
TICK_S = 0.5  #: Beat sends a turn every second; here twice, so that the test takes half as long.
PATIENCE_S = 60.0

#: Deletes all that the patterns fit, at one moment, as a restart without its file does.
EMPTY = """
local gone = 0
for _, pattern in ipairs(ARGV) do
  for _, key in ipairs(redis.call('KEYS', pattern)) do gone = gone + redis.call('DEL', key) end
end
return gone
"""

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def people(settings: Settings, services: Services) -> Iterator[list[str]]:
    """Sixty people of the demo organisation."""
    ids = [f"batch-{number}" for number in range(60)]
    engine: Engine = open_database(settings.database_url)
    put_people(engine, "demo", ids, team="many")
    yield ids
    engine.dispose()


@pytest.fixture
def tick(celery_app: Celery, services: Services) -> Callable[[], None]:
    """What beat does: a turn of the feeder by message, and one of the sweeper."""

    def send() -> None:
        sweep_ledger(services)  # First: a turn that waits would keep it from seeing an empty queue.
        celery_app.send_task("scheduled.feed_batches", queue=BATCH, expires=1.0)

    return send


def begin(app: Flask) -> dict[str, Any]:
    """A batch for the team of sixty."""
    sent = {"orgId": "demo", "teamId": "many", "goal": "fullstack", "timeframe": "3months"}
    begun: dict[str, Any] = app.test_client().post(URL, json=sent).get_json()
    return begun


def until(what: Callable[[], Any], tick: Callable[[], None] = lambda: None) -> None:
    """Wait for something, with a tick now and then."""
    give_up, next_tick = time.monotonic() + PATIENCE_S, 0.0
    while not what():
        assert time.monotonic() < give_up, "waited too long"
        if time.monotonic() >= next_tick:
            next_tick = time.monotonic() + TICK_S
            tick()
        time.sleep(0.01)


def kill(worker: "subprocess.Popen[bytes]") -> None:
    """End a worker and its pool at once, as a machine that dies does."""
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text("utf-8").split()
    for pid in (worker.pid, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    worker.wait()


def test_a_worker_killed_in_the_middle(
    app: Flask,
    services: Services,
    people: list[str],
    tick: Callable[[], None],
    start_worker: StartWorker,
) -> None:
    """Everybody gets a path, each from a job of their own, though the worker dies with jobs in its hands."""
    begun = begin(app)
    url, client = begun["links"]["self"], app.test_client()
    jobs = [member.job_id for member in services.batches.members("demo", begun["id"], limit=100)]
    worker = start_worker(BATCH)
    until(lambda: sum(end is not None for end in services.ledger.ends(jobs).values()) >= 5, tick)
    kill(worker)
    ended = sum(end is not None for end in services.ledger.ends(jobs).values())
    assert 5 <= ended < len(people)

    start_worker(BATCH)
    until(lambda: client.get(url).get_json()["status"] == "finished", tick)

    shown = client.get(url).get_json()
    assert (shown["counts"]["succeeded"], shown["progress"]) == (60, 1.0)
    results = client.get(f"{url}/results").get_json()["results"]
    assert [member["userId"] for member in results] == sorted(people)
    assert [member["result"]["decisionId"] for member in results] == jobs
    assert all(member["result"]["path"] and not member["result"]["degraded"] for member in results)


def test_a_redis_that_is_emptied_in_the_middle(
    app: Flask, services: Services, people: list[str], tick: Callable[[], None], redis_url: str
) -> None:
    """Jobs and messages are gone; the batch is not, and goes on with whoever was not collected before."""
    begun = begin(app)
    url, client = begun["links"]["self"], app.test_client()
    until(lambda: client.get(url).get_json()["counts"]["running"] > 0, tick)
    with redis.Redis.from_url(redis_url, decode_responses=True) as client_of_redis:
        patterns = (f"{keys.JOB_PREFIX}*", f"{keys.IN_FLIGHT_PREFIX}*", keys.PREFIX + BATCH, keys.LEASES)
        assert client_of_redis.eval(EMPTY, 0, *patterns) > 0

    until(lambda: client.get(url).get_json()["status"] == "finished", tick)

    assert client.get(url).get_json()["counts"]["succeeded"] == 60


def test_a_batch_that_is_cancelled_on_its_way(
    app: Flask, services: Services, people: list[str], tick: Callable[[], None]
) -> None:
    """Whoever had not ended is cancelled, and stays so when the worker has gone through what was left."""
    begun = begin(app)
    url, client = begun["links"]["self"], app.test_client()
    until(lambda: client.get(url).get_json()["counts"]["running"] > 0, tick)

    cancelled = client.delete(url).get_json()
    until(lambda: _backlog(services) == 0)
    for _ in range(3):
        tick()
        time.sleep(TICK_S)

    shown = client.get(url).get_json()
    assert shown["counts"] == cancelled["counts"]
    assert shown["counts"]["cancelled"] + shown["counts"]["succeeded"] == 60
    assert shown["counts"]["cancelled"] > 0
    members = services.batches.members("demo", begun["id"], limit=100, state=State.CANCELLED)
    assert len(members) == shown["counts"]["cancelled"]


def _backlog(services: Services) -> int:
    try:
        return services.publisher.backlog(BATCH)
    except StoreUnavailable:
        return 1
