"""How much waits, and for how long, as real messages in a real Redis say."""

import math

import pytest
import redis

from config import keys
from config.queues import BATCH, INTERACTIVE, SCHEDULED, scheduled_task
from flows.errors import StoreUnavailable
from flows.job_id import new_job_id
from flows.loader import BUILT_IN_FILE, load_flows
from flows.registry import STAGES
from tasks.celery_app import FRONT_TRANSPORT, make_celery
from tasks.publish import ChainPublisher
from tasks.redis_client import fast_client
from tasks.store.in_redis import RedisLedger
from tasks.store.queue_depths import QueueDepth, QueueDepths
from tests.factories import new_job

FLOW = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)["learning_path"]


def test_nothing_waits(redis_client: "redis.Redis") -> None:
    """Every queue is there, with nothing in it."""
    found = QueueDepths(redis_client, [INTERACTIVE, BATCH]).look()
    assert found == [QueueDepth(INTERACTIVE, 0, None), QueueDepth(BATCH, 0, None)]


def test_jobs_wait(redis_client: "redis.Redis", redis_url: str) -> None:
    """Each is counted, on the queue of its lane; the age is that of the one that comes next."""
    with make_celery(redis_url, STAGES, FRONT_TRANSPORT) as app:
        publisher = ChainPublisher(app)
        seconds, microseconds = redis_client.time()
        now_ms = seconds * 1000 + microseconds // 1000
        for age_ms in (7_000, 3_000, 1_000):
            publisher.publish(FLOW, new_job_id(now_ms - age_ms), step=0, attempt=1)
        publisher.publish(FLOW, new_job_id(now_ms), step=0, attempt=1, lane=BATCH)
    interactive, batch = QueueDepths(redis_client, [INTERACTIVE, BATCH]).look()
    assert (interactive.waiting, batch.waiting) == (3, 1)
    assert interactive.oldest_ms is not None
    assert interactive.oldest_ms >= 7_000
    assert batch.oldest_ms is not None
    assert batch.oldest_ms < interactive.oldest_ms


def test_what_belongs_to_no_job_has_no_age(redis_client: "redis.Redis", redis_url: str) -> None:
    """A scheduled task, a job of a foreign id, and what is no message at all."""
    with make_celery(redis_url, STAGES, FRONT_TRANSPORT) as app:
        app.send_task(scheduled_task("sweep_ledger"), queue=SCHEDULED)
        ChainPublisher(app).publish(FLOW, "not-one-of-ours", step=0, attempt=1)
    redis_client.lpush(keys.queue(BATCH), "{")
    found = QueueDepths(redis_client, [SCHEDULED, INTERACTIVE, BATCH]).look()
    assert [(depth.waiting, depth.oldest_ms) for depth in found] == [(1, None)] * 3


def test_when_somebody_asked_last(redis_client: "redis.Redis") -> None:
    """It is the newest job that a worker of the queue has started, by the server's own clock."""
    depths = QueueDepths(redis_client, [INTERACTIVE, BATCH])
    assert depths.since_started_s(INTERACTIVE) == math.inf
    ledger = RedisLedger(redis_client)
    job = new_job()
    ledger.accept(job, 60_000)
    ledger.start(job.id, 0, 1, INTERACTIVE)
    assert 0 <= depths.since_started_s(INTERACTIVE) < 60
    assert depths.since_started_s(BATCH) == math.inf


def test_without_redis() -> None:
    """It is said in our own words."""
    with fast_client("redis://127.0.0.1:1/0") as nobody, pytest.raises(StoreUnavailable):
        QueueDepths(nobody, [INTERACTIVE]).look()
