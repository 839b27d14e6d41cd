"""The checker sees what it is there for: a job that is lost, an end told twice, an effect made twice."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from config import keys
from tasks.store.base import Outcome, State
from tasks.store.in_redis import RedisLedger
from tests.factories import new_job
from tests.faults.checker import Checker, Ends
from tests.faults.load import Answer

DONE = Outcome(state=State.SUCCEEDED, stages=[], result='{"x":1}')


@pytest.fixture
def ledger(redis_client: "redis.Redis") -> RedisLedger:
    return RedisLedger(redis_client)


def finish(ledger: RedisLedger, job_id: str) -> None:
    job = ledger.start(job_id, 0, 1)
    assert job is not None
    assert ledger.finish(job, DONE)


def test_a_job_that_never_ends_is_lost(
    ledger: RedisLedger, redis_client: "redis.Redis", redis_url: str, tmp_path: Path
) -> None:
    """Of two jobs, the one that nobody ends is lost; so is one that a client was promised and nobody has."""
    with Ends(redis_url) as ends:
        checker = Checker(redis_client, tmp_path / "effects", ends)
        ended, forgotten = new_job(), new_job()
        for job in (ended, forgotten):
            ledger.accept(job, 60_000)
        finish(ledger, ended.id)
        promised = Answer(0.0, 0.0, 202, {"x-job-id": "never-written"})

        account = checker.settle([promised], 0.1)

    assert account.lost == tuple(sorted((forgotten.id, "never-written")))
    assert (account.accepted, account.finished) == (3, 1)


def test_an_end_that_is_told_twice_is_seen(
    ledger: RedisLedger, redis_client: "redis.Redis", redis_url: str, tmp_path: Path
) -> None:
    """Whoever ends a job a second time tells of it a second time."""
    with Ends(redis_url) as ends:
        checker = Checker(redis_client, tmp_path / "effects", ends)
        job = new_job()
        ledger.accept(job, 60_000)
        finish(ledger, job.id)
        redis_client.publish(keys.FINISHED, job.id)
        while ends.told[job.id] < 2:
            time.sleep(0.001)

        account = checker.settle([], 0.1)

    assert account.effects_twice == (job.id,)


def test_an_effect_that_is_made_twice_is_counted(
    redis_client: "redis.Redis", redis_url: str, tmp_path: Path
) -> None:
    """Runs beyond the first are counted; what was in the file before is not."""
    effects = tmp_path / "effects"
    effects.write_text("before 1 0\nbefore 1 0\n")
    with Ends(redis_url) as ends:
        checker = Checker(redis_client, effects, ends)
        with effects.open("a") as file:
            file.write("once 1 0\ntwice 1 0\ntwice 2 0\n")

        account = checker.settle([], 0.1)

    assert account.runs_again == 1


def test_jobs_of_before_do_not_count(
    ledger: RedisLedger, redis_client: "redis.Redis", redis_url: str, tmp_path: Path
) -> None:
    """A fault answers for what happened in its own time."""
    ledger.accept(replace(new_job()), 60_000)
    with Ends(redis_url) as ends:
        account = Checker(redis_client, tmp_path / "effects", ends).settle([], 0.1)

    assert (account.accepted, account.lost) == (0, ())
