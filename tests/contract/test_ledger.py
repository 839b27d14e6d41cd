"""What every ledger promises: in memory, in Redis, in Valkey, and on fakeredis' idea of Redis."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
import redis

from config import keys
from flows.errors import IdempotencyKeyReused, JobNotFound
from tasks.store.base import Answer, How, NewJob, Once, Outcome, Overdue, Room, State
from tasks.store.in_redis import RedisLedger
from tasks.store.ledger import Ledger
from tests.factories import new_job

LEASE_MS = 60_000
OVER = 0  #: A lease of no length is over at once.

DONE = Outcome(state=State.SUCCEEDED, stages=[{"type": "a", "status": "ok", "ms": 1.0}], result='{"x":1}')


def accepted(ledger: Ledger, lease_ms: int = LEASE_MS, **changes: object) -> NewJob:
    job = new_job(**changes)
    assert ledger.accept(job, lease_ms).job_id == job.id
    return job


def overdue_one(ledger: Ledger) -> Overdue:
    (found,) = ledger.overdue(10)
    return found


def test_accepted_job_can_be_read(ledger: Ledger) -> None:
    """What was accepted is in the ledger, queued, at its first step and first attempt."""
    job = accepted(ledger, request={"userId": "ü"})

    read = ledger.read(job.id)

    assert (read.state, read.step, read.attempt) == (State.QUEUED, 0, 1)
    assert read.doc == {"request": {"userId": "ü"}}
    assert (read.organisation, read.flow, read.version) == ("demo", "plain", "1")
    assert (read.created_ms, read.deadline_ms, read.finished_ms) == (1_000, 2_000, None)


def test_unknown_job(ledger: Ledger) -> None:
    """A job that never was is an error and not an empty answer."""
    with pytest.raises(JobNotFound):
        ledger.read("0" * 32)
    with pytest.raises(JobNotFound):
        ledger.cancel("0" * 32)
    assert ledger.start("0" * 32, 0, 1) is None


def test_equal_requests_share_a_job(ledger: Ledger) -> None:
    """While a job is under way, an equal request joins it."""
    first = accepted(ledger, fingerprint="same")

    second = ledger.accept(new_job(fingerprint="same"), LEASE_MS)

    assert (second.job_id, second.joined) == (first.id, True)


@pytest.mark.parametrize("end", ["finish", "cancel"])
def test_ended_job_is_not_joined(ledger: Ledger, end: str) -> None:
    """After its end a job takes no more company."""
    first = accepted(ledger, fingerprint="same")
    if end == "finish":
        started = ledger.start(first.id, 0, 1)
        assert started is not None
        ledger.finish(started, DONE)
    else:
        ledger.cancel(first.id)

    assert ledger.accept(new_job(fingerprint="same"), LEASE_MS).joined is False


def test_start_takes_the_lease(ledger: Ledger) -> None:
    """A started job is running, and is not overdue before its own lease is over."""
    job = accepted(ledger, lease_ms=OVER)

    started = ledger.start(job.id, 0, 1)

    assert started is not None
    assert started.doc == {"request": {"userId": "u"}}
    assert ledger.read(job.id).state is State.RUNNING
    assert ledger.overdue(10) == []


def test_stale_attempt_does_not_start(ledger: Ledger) -> None:
    """A message of an attempt that was given up starts nothing."""
    job = accepted(ledger, lease_ms=OVER)
    ledger.revive(overdue_one(ledger), LEASE_MS, count_attempt=True)

    assert ledger.start(job.id, 0, 1) is None
    assert ledger.start(job.id, 0, 2) is not None


def test_checkpoint_saves_the_work(ledger: Ledger) -> None:
    """The next worker finds the document and the stages as they were saved."""
    job = accepted(ledger)
    started = ledger.start(job.id, 0, 1)
    assert started is not None

    assert ledger.checkpoint(started, 2, {"a": [1]}, [{"type": "a", "status": "ok"}], LEASE_MS)

    read = ledger.read(job.id)
    assert (read.step, read.doc, read.state) == (2, {"a": [1]}, State.QUEUED)
    assert read.stages == [{"type": "a", "status": "ok"}]


def test_done_step_is_not_started_again(ledger: Ledger) -> None:
    """A redelivered message of a step that was done takes no lease; it sees how far the job is."""
    job = accepted(ledger)
    started = ledger.start(job.id, 0, 1)
    assert started is not None
    ledger.checkpoint(started, 1, {}, [], LEASE_MS)

    again = ledger.start(job.id, 0, 1)

    assert again is not None
    assert again.step == 1
    assert ledger.read(job.id).state is State.QUEUED


def test_stale_attempt_cannot_write(ledger: Ledger) -> None:
    """Whoever lost the lease can neither save nor end the job."""
    job = accepted(ledger, run_lease_ms=OVER)
    zombie = ledger.start(job.id, 0, 1)
    assert zombie is not None
    ledger.revive(overdue_one(ledger), LEASE_MS, count_attempt=True)

    assert not ledger.checkpoint(zombie, 1, {"late": True}, [], LEASE_MS)
    assert not ledger.finish(zombie, DONE)
    assert ledger.read(job.id).state is State.QUEUED


def test_finish_records_and_caches(ledger: Ledger) -> None:
    """The end is recorded with its result, and equal requests find the answer."""
    job = accepted(ledger, fingerprint="same")
    started = ledger.start(job.id, 0, 1)
    assert started is not None

    assert ledger.finish(started, replace(DONE, answer_ttl_s=60))

    read = ledger.read(job.id)
    assert (read.state, read.result, read.problem) == (State.SUCCEEDED, '{"x":1}', None)
    assert read.finished_ms is not None
    assert ledger.cached("same") == Answer(job.id, '{"x":1}')


def test_answer_without_lifetime_is_not_cached(ledger: Ledger) -> None:
    """A lifetime of nothing means no cache."""
    job = accepted(ledger, fingerprint="same")
    started = ledger.start(job.id, 0, 1)
    assert started is not None

    ledger.finish(started, DONE)

    assert ledger.cached("same") is None


def test_finish_happens_once(ledger: Ledger) -> None:
    """The second end of a job changes nothing."""
    job = accepted(ledger)
    started = ledger.start(job.id, 0, 1)
    assert started is not None
    ledger.finish(started, DONE)

    failed = Outcome(state=State.FAILED, stages=[], problem={"code": "late"})

    assert not ledger.finish(started, failed)
    assert ledger.read(job.id).state is State.SUCCEEDED


def test_failure_keeps_its_problem(ledger: Ledger) -> None:
    """A failed job says why."""
    job = accepted(ledger)
    started = ledger.start(job.id, 0, 1)
    assert started is not None

    ledger.finish(started, Outcome(state=State.FAILED, stages=[], problem={"code": "x", "detail": "y"}))

    read = ledger.read(job.id)
    assert (read.state, read.problem, read.result) == (State.FAILED, {"code": "x", "detail": "y"}, None)


def test_cancelled_job_cannot_go_on(ledger: Ledger) -> None:
    """After a cancel no worker starts, saves or ends the job, and nobody cancels it twice."""
    job = accepted(ledger)
    started = ledger.start(job.id, 0, 1)
    assert started is not None

    assert ledger.cancel(job.id)

    assert not ledger.cancel(job.id)
    assert ledger.start(job.id, 0, 1) is None
    assert not ledger.checkpoint(started, 1, {}, [], LEASE_MS)
    assert not ledger.finish(started, DONE)
    assert ledger.read(job.id).state is State.CANCELLED
    assert ledger.overdue(10) == []


def test_overdue_jobs(ledger: Ledger) -> None:
    """Only jobs whose lease is over are overdue, with all that a sweeper needs."""
    accepted(ledger)
    late = accepted(ledger, lease_ms=OVER, version="7")

    assert overdue_one(ledger) == Overdue(late.id, "plain", "7", State.QUEUED, 0, 1, "interactive")


def test_overdue_is_limited(ledger: Ledger) -> None:
    """A sweeper asks for as many as it can look after."""
    for _ in range(3):
        accepted(ledger, lease_ms=OVER)

    assert len(ledger.overdue(2)) == 2


def test_revive_without_counting(ledger: Ledger) -> None:
    """A job that merely waits keeps its attempt, so that its message stays good."""
    job = accepted(ledger, lease_ms=OVER)

    assert ledger.revive(overdue_one(ledger), LEASE_MS, count_attempt=False) == 1
    assert ledger.overdue(10) == []
    assert ledger.start(job.id, 0, 1) is not None


def test_two_sweepers_revive_once(ledger: Ledger) -> None:
    """What one sweeper has revived the other leaves alone."""
    accepted(ledger, lease_ms=OVER)
    seen_by_both = overdue_one(ledger)

    assert ledger.revive(seen_by_both, LEASE_MS, count_attempt=True) == 2
    assert ledger.revive(seen_by_both, LEASE_MS, count_attempt=True) is None


def test_revive_keeps_the_saved_work(ledger: Ledger) -> None:
    """A new attempt goes on from the last checkpoint."""
    job = accepted(ledger)
    started = ledger.start(job.id, 0, 1)
    assert started is not None
    ledger.checkpoint(started, 1, {"saved": 1}, [], OVER)

    ledger.revive(overdue_one(ledger), LEASE_MS, count_attempt=True)

    revived = ledger.start(job.id, 1, 2)
    assert revived is not None
    assert (revived.step, revived.doc) == (1, {"saved": 1})


def test_buried_job_has_failed(ledger: Ledger) -> None:
    """A job that is given up ends as failed, once, and leaves the leases."""
    job = accepted(ledger, lease_ms=OVER)
    found = overdue_one(ledger)

    assert ledger.bury(found, {"code": "attempts_used_up", "detail": "d"})

    assert not ledger.bury(found, {"code": "other", "detail": "d"})
    read = ledger.read(job.id)
    assert (read.state, read.problem) == (State.FAILED, {"code": "attempts_used_up", "detail": "d"})
    assert ledger.overdue(10) == []


def finished(ledger: Ledger, **changes: object) -> NewJob:
    job = accepted(ledger, **changes)
    started = ledger.start(job.id, 0, 1)
    assert started is not None
    assert ledger.finish(started, replace(DONE, answer_ttl_s=60))
    return job


def test_outdated_answers_are_not_given_any_more(ledger: Ledger) -> None:
    """A person's cached answers go, their jobs stay, and nobody else loses an answer."""
    mine = finished(ledger, request={"userId": "ann"})
    others = [
        finished(ledger, request={"userId": "bob"}),
        finished(ledger, request={"userId": "ann"}, organisation="rival"),
        finished(ledger, request={"project": "x"}),
    ]
    ledger.outdate("demo", "ann")
    assert ledger.cached(mine.fingerprint) is None
    assert ledger.read(mine.id).state is State.SUCCEEDED
    assert None not in [ledger.cached(job.fingerprint) for job in others]


def test_a_forgotten_person_has_no_jobs(ledger: Ledger) -> None:
    """Jobs that ended and jobs under way are gone with their answers; the count is told once."""
    ended = finished(ledger, request={"userId": "ann"})
    running = accepted(ledger, lease_ms=OVER, request={"userId": "ann"})
    other = finished(ledger, request={"userId": "bob"})
    assert ledger.forget("demo", "ann") == 2
    assert ledger.forget("demo", "ann") == 0
    for job in (ended, running):
        assert ledger.cached(job.fingerprint) is None
        with pytest.raises(JobNotFound):
            ledger.read(job.id)
    assert ledger.overdue(10) == []
    assert ledger.start(running.id, 0, 1) is None
    assert ledger.read(other.id).state is State.SUCCEEDED


def test_a_forgotten_job_frees_its_place(ledger: Ledger) -> None:
    """An equal request after it starts a job of its own."""
    gone = accepted(ledger, request={"userId": "ann"}, fingerprint="same")
    ledger.forget("demo", "ann")
    assert accepted(ledger, request={"userId": "ann"}, fingerprint="same").id != gone.id


ONCE = Once("demo", "key", "d" * 32)


def test_a_key_gives_its_job_again(ledger: Ledger) -> None:
    """The same key and request get the same job, under way and after its end, whatever else is equal."""
    first = accepted(ledger, once=ONCE)
    running = ledger.accept(new_job(once=ONCE), LEASE_MS)
    started = ledger.start(first.id, 0, 1)
    assert started is not None
    ledger.finish(started, DONE)
    ended = ledger.accept(new_job(once=ONCE), LEASE_MS)
    assert (running.job_id, running.how) == (first.id, How.REPLAYED)
    assert (ended.job_id, ended.how, ended.joined) == (first.id, How.REPLAYED, True)
    assert ledger.read(first.id).result == '{"x":1}'


def test_a_key_is_for_one_request_of_one_organisation(ledger: Ledger) -> None:
    """Another request under it is refused and starts nothing; another organisation has keys of its own."""
    accepted(ledger, once=ONCE)
    refused = new_job(once=replace(ONCE, digest="e" * 32))
    with pytest.raises(IdempotencyKeyReused):
        ledger.accept(refused, LEASE_MS)
    with pytest.raises(JobNotFound):
        ledger.read(refused.id)
    accepted(ledger, once=replace(ONCE, organisation="rival"))


def test_a_key_that_joins_is_remembered(ledger: Ledger) -> None:
    """A key whose request joined the job of an equal one stands for that job from then on."""
    first = accepted(ledger, fingerprint="same")
    joined = ledger.accept(new_job(fingerprint="same", once=ONCE), LEASE_MS)
    ledger.cancel(first.id)
    again = ledger.accept(new_job(fingerprint="same", once=ONCE), LEASE_MS)
    assert (joined.job_id, joined.how) == (first.id, How.JOINED)
    assert (again.job_id, again.how) == (first.id, How.REPLAYED)


def test_a_key_that_finds_an_answer_is_remembered(ledger: Ledger) -> None:
    """A key that came with the request of a cached answer stands for its job, also without the cache."""
    first = finished(ledger, fingerprint="same")
    found = ledger.accept(new_job(fingerprint="same", once=ONCE), LEASE_MS)
    ledger.outdate("demo", "u")
    again = ledger.accept(new_job(fingerprint="same", once=ONCE), LEASE_MS)
    assert (found.how, found.answer) == (How.CACHED, Answer(first.id, '{"x":1}'))
    assert (again.job_id, again.how) == (first.id, How.REPLAYED)


def test_a_key_of_a_forgotten_job_starts_another(ledger: Ledger) -> None:
    """What was erased is not given again: the same request under the key is a new one."""
    first = accepted(ledger, once=ONCE)
    ledger.forget("demo", "u")
    again = ledger.accept(new_job(once=ONCE), LEASE_MS)
    assert (again.job_id != first.id, again.how) == (True, How.NEW)


def test_a_stale_answer_is_there_for_need(ledger: Ledger) -> None:
    """The last answer is kept beyond its time, and goes with what was known when it was made."""
    job = accepted(ledger, fingerprint="same")
    assert ledger.stale("same") is None
    started = ledger.start(job.id, 0, 1)
    assert started is not None
    ledger.finish(started, replace(DONE, answer_ttl_s=1, stale_s=60))
    assert ledger.stale("same") == Answer(job.id, '{"x":1}')
    ledger.outdate("demo", "u")
    assert ledger.stale("same") is None


def test_jobs_without_a_cache_leave_nothing_stale(ledger: Ledger) -> None:
    """An answer that must be made anew each time is not given a second time."""
    job = accepted(ledger, fingerprint="same")
    started = ledger.start(job.id, 0, 1)
    assert started is not None
    ledger.finish(started, replace(DONE, stale_s=60))
    assert ledger.stale("same") is None


@pytest.fixture
def queue(ledger: Ledger, request: pytest.FixtureRequest) -> Callable[[NewJob], None]:
    """Puts the message of an accepted job into the queue, where a ledger looks at one."""

    def publish(job: NewJob) -> None:
        if isinstance(ledger, RedisLedger):
            message = json.dumps({"body": "", "headers": {"argsrepr": f"('{job.id}', 0, 1)"}})
            ledger._client.lpush(keys.queue("interactive"), message)

    return publish


def test_no_room_for_more(ledger: Ledger, queue: Callable[[NewJob], None]) -> None:
    """With as many waiting as may, a new job is refused, and what is there already is given still."""
    stale = finished(ledger, fingerprint="known")
    first = accepted(ledger, fingerprint="same")
    queue(first)
    room = Room(most_waiting=1, few_waiting=1, longest_wait_ms=60_000)
    refused = new_job()
    assert ledger.accept(refused, LEASE_MS, room).how is How.OVERLOADED
    with pytest.raises(JobNotFound):
        ledger.read(refused.id)
    assert ledger.accept(new_job(fingerprint="same"), LEASE_MS, room).how is How.JOINED
    known = ledger.accept(new_job(fingerprint="known"), LEASE_MS, room)
    assert (known.how, known.answer) == (How.OVERLOADED, Answer(stale.id, '{"x":1}'))
    assert ledger.accept(new_job(), LEASE_MS, replace(room, most_waiting=2)).how is How.NEW


def test_the_oldest_has_waited_too_long(ledger: Ledger, queue: Callable[[NewJob], None]) -> None:
    """How long the oldest has waited counts once more than a few wait."""
    room = Room(most_waiting=100, few_waiting=1, longest_wait_ms=0)
    for expected in (How.NEW, How.NEW, How.OVERLOADED):
        job = new_job()
        assert ledger.accept(job, LEASE_MS, room).how is expected
        queue(job)
    patient = replace(room, longest_wait_ms=60_000)
    assert ledger.accept(new_job(), LEASE_MS, patient).how is How.NEW


def test_who_goes_out_of_date_is_told(redis_client: "redis.Redis") -> None:
    """Every process hears of a person of whom no earlier answer may be given any more."""
    ledger = RedisLedger(redis_client)
    with redis_client.pubsub() as subscription:
        subscription.subscribe(keys.OUTDATED)
        ledger.outdate("demo", "ann")
        ledger.forget("demo", "b:b")
        said = [subscription.get_message(timeout=1) for _ in range(3)]
    assert [message["data"] for message in said[1:] if message] == ["demo:ann", "demo:b%3Ab"]


def test_a_keyed_job_is_kept_as_long_as_its_key(redis_client: "redis.Redis") -> None:
    """Whoever sends the key again within a day finds the job; others are kept for an hour."""
    ledger = RedisLedger(redis_client)
    keyed, plain = finished(ledger, once=ONCE), finished(ledger)
    key = keys.idempotency("demo", "key")
    lives = [redis_client.ttl(name) for name in (keys.job(keyed.id), key, keys.job(plain.id))]
    assert [round(life / 60) for life in lives] == [24 * 60, 24 * 60, 60]
    assert redis_client.ttl(keys.jobs_of("demo", "u")) > 23 * 3600


def test_a_keyed_job_is_found_by_an_erasure_after_an_hour(redis_client: "redis.Redis") -> None:
    """The list of a person's jobs is as long as the longest kept of them, not as the shortest."""
    ledger = RedisLedger(redis_client)
    keyed = finished(ledger, once=ONCE)
    until = redis_client.zscore(keys.jobs_of("demo", "u"), keyed.id)
    seconds, _ = redis_client.time()
    assert until - seconds * 1000 > 23 * 3_600_000
