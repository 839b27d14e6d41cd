"""The completion channel over a real Redis: who waits is told, and who gives up leaves nothing."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import redis

from app.front import Front
from app.preferences import Preference
from config import keys
from tasks.completion import WaiterTable
from tasks.services import Services
from tasks.store.base import Outcome, State
from tests.factories import new_job

THREADS = 16
DONE = Outcome(state=State.SUCCEEDED, stages=[], result='{"x":1}')


@pytest.fixture(autouse=True)
def _somebody_works(services: Services) -> None:
    """Each test is the worker itself; a front that sees nobody would do without."""
    services.presence.seen("interactive@1.test")


def finish(services: Services, job_id: str) -> None:
    """End a job as a worker would."""
    job = services.ledger.start(job_id, 0, 1)
    assert job is not None
    services.ledger.finish(job, DONE)


def test_waiter_is_woken_by_another_process_s_write(front: Front, services: Services) -> None:
    """Whoever waits for a job gets it when it ends."""
    job = new_job()
    services.ledger.accept(job, 60_000)

    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(front.wait_for, job.id, 20)
        while not len(front.waiters):
            pass
        finish(services, job.id)

    assert waiting.result().state is State.SUCCEEDED


def test_many_wait_for_one_job(front: Front, services: Services) -> None:
    """All who wait for a job are told, and one subscription serves them."""
    job = new_job()
    services.ledger.accept(job, 60_000)

    with ThreadPoolExecutor(max_workers=20) as pool:
        waiting = [pool.submit(front.wait_for, job.id, 20) for _ in range(20)]
        while len(front.waiters) < 20:
            pass
        finish(services, job.id)

    assert [job.result().state for job in waiting] == [State.SUCCEEDED] * 20


def test_lost_subscription_is_made_again(front: Front, services: Services, redis_url: str) -> None:
    """A message that went by while the connection was down is not missed."""
    job = new_job()
    services.ledger.accept(job, 60_000)

    with ThreadPoolExecutor() as pool, redis.Redis.from_url(redis_url) as client:
        waiting = pool.submit(front.wait_for, job.id, 20)
        while not len(front.waiters):
            pass
        client.client_kill_filter(_type="pubsub")
        finish(services, job.id)

    assert waiting.result().state is State.SUCCEEDED


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_thousand_waits_that_run_out_leave_nothing(
    front: Front, services: Services, waiters: WaiterTable, redis_url: str
) -> None:
    """After 1,000 waits that nobody answered, all is as it was: table, threads, descriptors, channel."""
    job = new_job()
    services.ledger.accept(job, 60_000)
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        wait = [pool.submit(front.wait_for, job.id, 0.01) for _ in range(32)]
        assert not any(done.result().state.ended for done in wait)
        threads, descriptors = threading.active_count(), open_descriptors()

        more = [pool.submit(front.wait_for, job.id, 0.01) for _ in range(1_000)]
        assert not any(done.result().state.ended for done in more)

        assert threading.active_count() == threads
        assert open_descriptors() <= descriptors + THREADS  # One pooled connection per thread at most.
    assert len(waiters) == 0
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert dict(client.pubsub_numsub(keys.FINISHED)) == {keys.FINISHED: 1}


def test_joined_request_gets_the_answer_of_the_first(front: Front, services: Services) -> None:
    """A request that joined a job under way is answered by it and says so."""
    request = {"organisation": "demo", "userId": "joined"}
    first = front.answer("plain", request, Preference(wait_s=0), "request-1")
    job_id = first.headers["X-Job-Id"]

    with ThreadPoolExecutor() as pool:
        second = pool.submit(front.answer, "plain", request, Preference(wait_s=20), "request-2")
        while not len(front.waiters):
            pass
        job = services.ledger.start(job_id, 0, 1)
        assert job is not None
        services.ledger.finish(job, replace(DONE, answer_ttl_s=60))

    answer = second.result()
    assert (answer.headers["X-Cache"], answer.headers["X-Job-Id"], answer.get_json()) == (
        "shared",
        job_id,
        {"x": 1},
    )
