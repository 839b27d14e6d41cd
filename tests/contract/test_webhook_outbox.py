"""Callbacks of jobs: each end puts its messages into the outbox, in memory and in Redis."""

from collections.abc import Callable, Iterator

import fakeredis
import pytest

from config import keys
from flows.errors import InvalidInput, JobNotFound
from tasks.redis_client import fast_client
from tasks.store.base import Callback, Job, Outcome, State
from tasks.store.in_memory import InMemoryLedger
from tasks.store.in_redis import RedisLedger
from tasks.store.ledger import Ledger
from tasks.store.webhook_outbox import Entry, Outbox, RedisOutbox, field_of
from tests.factories import new_job

HOOK, OTHER = "https://example.com/hook?a=1&b=%20", "https://other.example/"
DONE = Outcome(state=State.SUCCEEDED, stages=[], result='{"x":1}')
OVER = 0  #: A lease of no length is over at once.

Both = tuple[Ledger, Outbox]


@pytest.fixture(params=["memory", "redis", "valkey", "fakeredis"])
def both(request: pytest.FixtureRequest) -> Iterator[Both]:
    """A ledger and its outbox, in each implementation."""
    if request.param == "memory":
        ledger = InMemoryLedger()
        yield ledger, ledger.outbox
    elif request.param == "redis":
        client = request.getfixturevalue("redis_client")
        yield RedisLedger(client), RedisOutbox(client)
    elif request.param == "valkey":
        with fast_client(request.getfixturevalue("valkey_server").url) as client:
            client.flushall()
            yield RedisLedger(client), RedisOutbox(client)
    else:
        with fakeredis.FakeRedis(decode_responses=True) as client:
            yield RedisLedger(client), RedisOutbox(client)


def started(ledger: Ledger, lease_ms: int = 60_000, **changes: object) -> Job:
    """A job with a callback that a worker has taken up."""
    job_id = ledger.accept(new_job(**{"callback_url": HOOK, **changes}), lease_ms).job_id
    job = ledger.start(job_id, 0, 1)
    assert job is not None
    return job


def waiting(outbox: Outbox) -> list[Entry]:
    """Everything that waits, by address."""
    found = [entry for batch in outbox.batches(2) for entry in batch]
    return sorted(found, key=lambda entry: entry.field)


def finish(ledger: Ledger, job: Job) -> None:
    assert ledger.finish(job, DONE)


def fail(ledger: Ledger, job: Job) -> None:
    assert ledger.finish(job, Outcome(state=State.FAILED, stages=[], problem={"code": "x"}))


def cancel(ledger: Ledger, job: Job) -> None:
    assert ledger.cancel(job.id)


def bury(ledger: Ledger, job: Job) -> None:
    (overdue,) = ledger.overdue(10)
    assert ledger.bury(overdue, {"code": "x"})


@pytest.mark.parametrize(
    ("end", "state"), [(finish, "succeeded"), (fail, "failed"), (cancel, "cancelled"), (bury, "failed")]
)
def test_every_end_is_told(both: Both, end: Callable[[Ledger, Job], None], state: str) -> None:
    """However a job ends, its message is in the outbox in the same step."""
    ledger, outbox = both
    job = started(ledger, run_lease_ms=OVER)
    assert waiting(outbox) == []
    end(ledger, job)
    ended = ledger.read(job.id)
    (entry,) = waiting(outbox)
    assert (entry.callback, entry.job_id) == (Callback("demo", HOOK), job.id)
    assert (entry.state, entry.flow, entry.user_id) == (State(state), "plain", "u")
    assert entry.finished_ms == ended.finished_ms


def test_an_end_that_does_not_count_tells_nothing(both: Both) -> None:
    """Who comes too late to end a job tells nobody, and the one message says how it did end."""
    ledger, outbox = both
    job = started(ledger)
    cancel(ledger, job)
    assert not ledger.finish(job, DONE)
    assert [entry.state for entry in waiting(outbox)] == [State.CANCELLED]


def test_a_job_without_a_callback_tells_nobody(both: Both) -> None:
    """Most jobs have none."""
    ledger, outbox = both
    finish(ledger, started(ledger, callback_url=None))
    assert waiting(outbox) == []


def test_who_joins_is_told_too(both: Both) -> None:
    """Equal requests share a job; each address is told, and each once."""
    ledger, outbox = both
    job = started(ledger, fingerprint="same")
    for url in (OTHER, HOOK, OTHER):
        assert ledger.accept(new_job(fingerprint="same", callback_url=url), 60_000).joined
    assert ledger.accept(new_job(fingerprint="same"), 60_000).joined
    assert [callback.url for callback in ledger.read(job.id).callbacks] == [HOOK, OTHER]
    finish(ledger, job)
    assert [entry.callback.url for entry in waiting(outbox)] == [HOOK, OTHER]


def test_a_message_belongs_to_who_asked(both: Both) -> None:
    """The owner of a callback may be another organisation than the job's, of any name."""
    ledger, outbox = both
    finish(ledger, started(ledger, callback_owner="A/S Größe & Söhne"))
    assert [entry.callback for entry in waiting(outbox)] == [Callback("A/S Größe & Söhne", HOOK)]


def test_a_job_that_has_ended_tells_at_once(both: Both) -> None:
    """Whose answer came from the cache is told as well, and who was told before is not told again."""
    ledger, outbox = both
    job = started(ledger, callback_url=None)
    finish(ledger, job)
    for url in (OTHER, HOOK, HOOK):
        ledger.add_callback(job.id, Callback("demo", url))
    assert [(entry.callback.url, entry.state) for entry in waiting(outbox)] == [
        (HOOK, State.SUCCEEDED),
        (OTHER, State.SUCCEEDED),
    ]


def test_a_job_that_is_not_there_tells_nobody(both: Both) -> None:
    """A callback does not bring a job into being."""
    ledger, outbox = both
    with pytest.raises(JobNotFound):
        ledger.add_callback("0" * 32, Callback("demo", HOOK))
    assert waiting(outbox) == []


def test_callbacks_are_bounded(both: Both) -> None:
    """One address too many is refused, also to who joins; one that is there already is always taken."""
    ledger, _ = both
    job = started(ledger, fingerprint="same")
    for number in range(keys.CALLBACKS_PER_JOB - 1):
        ledger.add_callback(job.id, Callback("demo", f"{OTHER}{number}"))
    with pytest.raises(InvalidInput) as caught:
        ledger.accept(new_job(fingerprint="same", callback_url=OTHER), 60_000)
    assert caught.value.field == "callbackUrl"
    ledger.add_callback(job.id, Callback("demo", HOOK))
    assert len(ledger.read(job.id).callbacks) == keys.CALLBACKS_PER_JOB


def test_what_was_stored_is_taken_out(both: Both) -> None:
    """Only what was named, also while all of it is being read."""
    ledger, outbox = both
    jobs = [started(ledger) for _ in range(150)]
    for job in jobs:
        finish(ledger, job)
    seen = set()
    for batch in outbox.batches(40):
        seen |= {entry.job_id for entry in batch}
        outbox.remove([entry.field for entry in batch])
    assert seen == {job.id for job in jobs}
    assert waiting(outbox) == []
    outbox.remove([field_of(Callback("demo", HOOK), "0" * 32)])


@pytest.mark.parametrize("ended", [True, False])
def test_a_person_who_is_forgotten_is_not_told_about(both: Both, ended: bool) -> None:
    """Their messages leave the outbox with their jobs, and a job that is deleted under way tells nobody."""
    ledger, outbox = both
    job, other = started(ledger), started(ledger, request={"userId": "v"})
    if ended:
        finish(ledger, job)
        ledger.add_callback(job.id, Callback("demo", OTHER))
    finish(ledger, other)
    ledger.forget("demo", "u")
    assert [entry.job_id for entry in waiting(outbox)] == [other.id]


def test_a_job_about_nobody(both: Both) -> None:
    """A message about a team names no person."""
    ledger, outbox = both
    finish(ledger, started(ledger, request={"project": "p"}))
    assert [entry.user_id for entry in waiting(outbox)] == [None]
