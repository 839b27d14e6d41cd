"""A beat whose Redis goes away, and comes back with nothing in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery

from flows.registry import STAGES
from tasks.beat import AGAIN_S, PatientScheduler
from tasks.celery_app import WORKER_TRANSPORT, make_celery
from tasks.embedded_redis import EmbeddedRedis, find_server

QUEUE = "scheduled"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis of this test's own."""
    server = EmbeddedRedis(tmp_path, find_server())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def app(server: EmbeddedRedis) -> Celery:
    """An app whose one scheduled job is always due."""
    app = make_celery(server.url, STAGES, WORKER_TRANSPORT)
    entry = {"task": "scheduled.sweep_ledger", "schedule": 0.01, "options": {"queue": QUEUE}}
    app.conf.beat_schedule = {"sweep_ledger": entry}
    return app


def sent(server: EmbeddedRedis) -> int:
    """Messages that wait in the queue."""
    with redis.Redis.from_url(server.url) as client:
        return int(client.llen(f"lsvc:{QUEUE}"))  # type: ignore[arg-type]


def test_beat_outlives_its_redis(server: EmbeddedRedis, app: Celery) -> None:
    """Without Redis it waits; with an empty one it goes on with the same schedule."""
    beat = PatientScheduler(app, max_interval=0.01)
    while not sent(server):
        beat.tick()

    server.stop()
    assert beat.tick() == AGAIN_S

    server.start()
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
    while not sent(server):
        beat.tick()
    beat.close()


def test_beat_ends_without_its_redis(server: EmbeddedRedis, app: Celery) -> None:
    """A stop is a stop also when the lock cannot be given back."""
    beat = PatientScheduler(app, max_interval=0.01)
    beat.tick()
    server.stop()
    beat.close()
    assert beat.lock is None
