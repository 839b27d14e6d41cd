"""Messages that the broker lost, over a real broker and a real worker."""

import json

import pytest
import redis

from app.front import Front
from config import keys
from config.queues import INTERACTIVE
from flows.loader import BUILT_IN_FILE
from tasks.leases import MAX_ATTEMPTS
from tasks.scheduled.sweep_ledger import sweep_ledger
from tasks.services import Services
from tasks.store.base import State
from tests.factories import new_job
from tests.integration.conftest import StartWorker

BUILT_IN_VERSION = json.loads(BUILT_IN_FILE.read_text("utf-8"))["version"]


@pytest.fixture(autouse=True)
def _empty_queue(services: Services, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.delete(keys.PREFIX + INTERACTIVE, keys.LEASES)


def test_waiting_message_is_not_doubled(services: Services) -> None:
    """A job whose message still waits in its queue keeps its attempt and its message."""
    job = new_job(version=BUILT_IN_VERSION)
    services.ledger.accept(job, 0)
    services.publisher.publish(services.flows.current()["plain"], job.id, step=0, attempt=1)

    assert sweep_ledger(services) == {"waits": 1}

    assert services.publisher.backlog(INTERACTIVE) == 1
    assert services.ledger.read(job.id).attempt == 1


def test_lost_message_is_published_again(services: Services) -> None:
    """With its queue empty, a job that nobody took up gets a new message and a new attempt."""
    job = new_job(version=BUILT_IN_VERSION)
    services.ledger.accept(job, 0)

    assert sweep_ledger(services) == {"published": 1}

    assert services.publisher.backlog(INTERACTIVE) == 1
    assert services.ledger.read(job.id).attempt == 2


def test_job_is_given_up_after_the_last_attempt(services: Services, redis_url: str) -> None:
    """A job whose worker vanishes each time ends as failed, on the dead-letter list."""
    job = new_job(version=BUILT_IN_VERSION, run_lease_ms=0)
    services.ledger.accept(job, 0)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert services.ledger.start(job.id, 0, attempt) is not None
        last = sweep_ledger(services)

    read = services.ledger.read(job.id)
    assert last == {"buried": 1}
    assert (read.state, read.attempt) == (State.FAILED, MAX_ATTEMPTS)
    assert read.problem == {"code": "attempts_used_up", "detail": "given up after 3 attempts"}
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert client.lrange(keys.DEAD_LETTERS, 0, 0) == [job.id]


def test_unknown_version_is_given_up(services: Services) -> None:
    """A job of a version that was never published cannot be helped."""
    job = new_job(version="never")
    services.ledger.accept(job, 0)

    assert sweep_ledger(services) == {"buried": 1}

    problem = services.ledger.read(job.id).problem
    assert problem is not None
    assert problem["code"] == "unknown_flow"


def test_revived_job_is_answered(front: Front, services: Services, start_worker: StartWorker) -> None:
    """From a lost message to the answer: sweeper, new attempt, worker, waiter; the old message is dropped."""
    job = new_job(version=BUILT_IN_VERSION)
    services.ledger.accept(job, 0)
    sweep_ledger(services)
    services.publisher.publish(services.flows.current()["plain"], job.id, step=0, attempt=1)

    start_worker(INTERACTIVE)

    ended = front.wait_for(job.id, 20)
    assert (ended.state, ended.attempt) == (State.SUCCEEDED, 2)
