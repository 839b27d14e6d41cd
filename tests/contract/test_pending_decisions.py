"""Decisions that wait for the durable store: queued with the end of their job, in memory and in Redis."""

from collections.abc import Iterator
from dataclasses import replace

import fakeredis
import pytest

from config import keys
from tasks.redis_client import fast_client
from tasks.store.base import Job, Outcome, State
from tasks.store.in_memory import InMemoryLedger
from tasks.store.in_redis import RedisLedger
from tasks.store.ledger import Ledger
from tasks.store.pending_decisions import InMemoryPendingDecisions, PendingDecisions, RedisPendingDecisions
from tests.factories import new_job

DONE = Outcome(state=State.SUCCEEDED, stages=[], result='{"x":1}', decision="a decision")

Both = tuple[Ledger, PendingDecisions]


@pytest.fixture(params=["memory", "redis", "valkey", "fakeredis"])
def both(request: pytest.FixtureRequest) -> Iterator[Both]:
    """A ledger and what it queues, in each implementation."""
    if request.param == "memory":
        ledger = InMemoryLedger()
        yield ledger, ledger.pending_decisions
    elif request.param == "redis":
        client = request.getfixturevalue("redis_client")
        yield RedisLedger(client), RedisPendingDecisions(client)
    elif request.param == "valkey":
        with fast_client(request.getfixturevalue("valkey_server").url) as client:
            client.flushall()
            yield RedisLedger(client), RedisPendingDecisions(client)
    else:
        with fakeredis.FakeRedis(decode_responses=True) as client:
            yield RedisLedger(client), RedisPendingDecisions(client)


def started(ledger: Ledger) -> Job:
    """A job that a worker has taken up."""
    job = ledger.start(ledger.accept(new_job(), 60_000).job_id, 0, 1)
    assert job is not None
    return job


def waiting(pending: PendingDecisions) -> dict[str, str]:
    """Everything that waits."""
    return {id_: text for batch in pending.batches(2) for id_, text in batch.items()}


def test_the_end_of_a_job_queues_its_decision(both: Both) -> None:
    """An answer that was given has its decision, under the id of its job."""
    ledger, pending = both
    job = started(ledger)
    assert ledger.finish(job, DONE)
    assert pending.find(job.id) == "a decision"
    assert waiting(pending) == {job.id: "a decision"}


def test_an_end_that_does_not_count_queues_nothing(both: Both) -> None:
    """Who comes too late to end a job does not log its decision either."""
    ledger, pending = both
    job = started(ledger)
    assert ledger.cancel(job.id)
    assert not ledger.finish(job, DONE)
    assert waiting(pending) == {}


def test_a_failure_has_no_decision(both: Both) -> None:
    """Nothing was shown, so there is nothing to log."""
    ledger, pending = both
    assert ledger.finish(started(ledger), Outcome(state=State.FAILED, stages=[], problem={"code": "x"}))
    assert waiting(pending) == {}


def test_all_that_wait_come_in_batches(both: Both) -> None:
    """Every decision comes, also when those before it are taken out on the way."""
    ledger, pending = both
    jobs = [started(ledger) for _ in range(300)]
    for job in jobs:
        ledger.finish(job, replace(DONE, decision=f"of {job.id}" + "x" * 80))
    seen: dict[str, str] = {}
    for batch in pending.batches(100):
        assert 0 < len(batch) < 300
        seen.update(batch)
        pending.remove(batch.keys())
    assert seen == {job.id: f"of {job.id}" + "x" * 80 for job in jobs}
    assert waiting(pending) == {}


def test_what_was_removed_is_gone(both: Both) -> None:
    """Only what was named is taken out, and taking out what is not there is no error."""
    ledger, pending = both
    first, second = started(ledger), started(ledger)
    for job in (first, second):
        ledger.finish(job, DONE)
    pending.remove([first.id, "0" * 32])
    assert (pending.find(first.id), pending.find(second.id)) == (None, "a decision")


def test_the_queue_is_bounded() -> None:
    """With a full queue jobs still end, and what is left out is counted once."""
    pending = InMemoryPendingDecisions(most=2)
    for number in range(5):
        pending.put(str(number), "text")
    assert waiting(pending) == {"0": "text", "1": "text"}
    assert (pending.take_lost(), pending.take_lost()) == (3, 0)


@pytest.mark.parametrize("server", ["redis_client", "fake"])
def test_the_queue_in_redis_is_bounded(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    """The script keeps the same limit."""
    fake = fakeredis.FakeRedis(decode_responses=True)
    client = fake if server == "fake" else request.getfixturevalue(server)
    monkeypatch.setattr(keys, "PENDING_DECISIONS_KEPT", 2)
    ledger, pending = RedisLedger(client), RedisPendingDecisions(client)
    for _ in range(5):
        assert ledger.finish(started(ledger), DONE)
    assert len(waiting(pending)) == 2
    assert (pending.take_lost(), pending.take_lost()) == (3, 0)
