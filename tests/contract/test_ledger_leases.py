"""What every ledger promises to workers and to the sweeper: leases, work saved on the way, another try."""

from dataclasses import replace

import pytest

from config.queues import INTERACTIVE
from flows.errors import JobNotFailed, JobNotFound
from tasks.leases import MAX_ATTEMPTS
from tasks.store.base import Job, NewJob, Outcome, Overdue, State
from tasks.store.ledger import Ledger
from tests.factories import new_job

LEASE_MS = 60_000
OVER = 0  #: A lease of no length is over at once.
OK_A = {"type": "a", "status": "ok", "ms": 1.0}
FAILED_B = {"type": "b", "status": "failed", "ms": 1.0, "reason": "b:x"}

DONE = Outcome(state=State.SUCCEEDED, stages=[OK_A], result='{"x":1}')
FAILURE = Outcome(state=State.FAILED, stages=[OK_A, FAILED_B], problem={"code": "b:x", "detail": "d"})


def accepted(ledger: Ledger, lease_ms: int = LEASE_MS, **changes: object) -> NewJob:
    job = new_job(**changes)
    ledger.accept(job, lease_ms)
    return job


def started(ledger: Ledger, **changes: object) -> Job:
    job = ledger.start(accepted(ledger, **changes).id, 0, 1)
    assert job is not None
    return job


def overdue_one(ledger: Ledger) -> Overdue:
    (found,) = ledger.overdue(10)
    return found


def test_running_job_is_started_by_nobody_else(ledger: Ledger) -> None:
    """A second message of an attempt that is being run starts nothing, even when the lease is over."""
    job = started(ledger, run_lease_ms=OVER)

    assert ledger.start(job.id, 0, 1) is None


def test_renewed_lease(ledger: Ledger) -> None:
    """A lease that is renewed is not over, and the job runs on."""
    job = started(ledger, run_lease_ms=OVER)

    assert ledger.renew(job, LEASE_MS)

    assert ledger.overdue(10) == []
    assert ledger.read(job.id).state is State.RUNNING


@pytest.mark.parametrize("end", ["handed over", "ended", "taken away"])
def test_lost_lease_is_not_renewed(ledger: Ledger, end: str) -> None:
    """Whoever does not run the job any more renews nothing."""
    job = started(ledger, run_lease_ms=OVER)
    if end == "handed over":
        ledger.checkpoint(job, 1, {}, [], LEASE_MS)
    elif end == "ended":
        ledger.cancel(job.id)
    else:
        ledger.revive(overdue_one(ledger), LEASE_MS, count_attempt=True)
        heir = ledger.start(job.id, 0, 2)
        assert heir is not None
        assert ledger.renew(heir, LEASE_MS)

    assert not ledger.renew(job, OVER)
    assert ledger.overdue(10) == []


def test_progress_is_seen_while_the_job_runs(ledger: Ledger) -> None:
    """Work saved on the way is there to read, and its worker still has the lease."""
    job = started(ledger, run_lease_ms=OVER)

    assert ledger.progress(job, 1, {"a": [1]}, [OK_A], LEASE_MS)

    read = ledger.read(job.id)
    assert (read.state, read.step, read.doc, list(read.stages)) == (State.RUNNING, 1, {"a": [1]}, [OK_A])
    assert ledger.overdue(10) == []
    assert ledger.finish(job, DONE)


def test_next_attempt_goes_on_from_the_progress(ledger: Ledger) -> None:
    """What was saved on the way is not done again by the next attempt."""
    job = started(ledger)
    ledger.progress(job, 1, {"a": [1]}, [OK_A], OVER)

    assert ledger.revive(overdue_one(ledger), LEASE_MS, count_attempt=True) == 2

    again = ledger.start(job.id, 1, 2)
    assert again is not None
    assert (again.step, again.doc) == (1, {"a": [1]})


def test_progress_of_a_cancelled_job_is_dropped(ledger: Ledger) -> None:
    """A cancel between two stages is found out when the first one is saved."""
    job = started(ledger)
    ledger.cancel(job.id)

    assert not ledger.progress(job, 1, {"a": [1]}, [OK_A], LEASE_MS)
    assert ledger.read(job.id).state is State.CANCELLED


def test_stale_progress_is_refused(ledger: Ledger) -> None:
    """A worker that was thought dead and comes back saves nothing."""
    zombie = started(ledger, run_lease_ms=OVER)
    ledger.revive(overdue_one(ledger), LEASE_MS, count_attempt=True)
    ledger.start(zombie.id, 0, 2)

    assert not ledger.progress(zombie, 1, {"late": True}, [], LEASE_MS)
    assert ledger.read(zombie.id).step == 0


def test_checkpoint_can_be_repeated(ledger: Ledger) -> None:
    """Whoever does not know whether a save came through may save again, and hands over once."""
    job = started(ledger)

    assert ledger.checkpoint(job, 1, {"a": 1}, [OK_A], LEASE_MS)
    assert ledger.checkpoint(job, 1, {"a": 1}, [OK_A], LEASE_MS)

    assert (ledger.read(job.id).state, ledger.read(job.id).step) == (State.QUEUED, 1)


def test_release_makes_a_job_overdue(ledger: Ledger) -> None:
    """A job whose message or worker is known to be gone need not wait for the end of its lease."""
    waiting, running = accepted(ledger), started(ledger)

    assert ledger.release(waiting.id)
    assert ledger.release(running.id, 1)

    assert {found.job_id for found in ledger.overdue(10)} == {waiting.id, running.id}
    assert [found.queued_ms for found in ledger.overdue(10)] == [0, 0]


def test_release_of_what_has_moved_on(ledger: Ledger) -> None:
    """A message that is found unreadable takes no job from its worker, nor does an old attempt."""
    running, ended = started(ledger), started(ledger)
    ledger.cancel(ended.id)

    released = [ledger.release(running.id), ledger.release(running.id, 2), ledger.release(ended.id, 1)]

    assert released == [False, False, False]
    assert not ledger.release("0" * 32)
    assert ledger.overdue(10) == []


def test_newest_started_job_of_a_queue(ledger: Ledger) -> None:
    """The ledger knows when the newest job was queued that a queue's worker has started."""
    assert ledger.started_ms(INTERACTIVE) == 0
    job = accepted(ledger, lease_ms=OVER)
    queued_ms = overdue_one(ledger).queued_ms

    ledger.start(job.id, 0, 1, INTERACTIVE)

    assert ledger.started_ms(INTERACTIVE) == queued_ms > 0
    assert ledger.started_ms("other") == 0


def failed(ledger: Ledger, **changes: object) -> Job:
    """A job whose second stage failed after the first was saved."""
    job = started(ledger, **changes)
    ledger.progress(job, 1, {"request": {"userId": "u"}, "a": [1]}, [OK_A], LEASE_MS)
    assert ledger.finish(job, FAILURE)
    return ledger.read(job.id)


def test_failed_job_is_tried_once_more(ledger: Ledger) -> None:
    """It waits again, from where it failed, under a new attempt, with as much time as at first."""
    job = failed(ledger)

    retried = ledger.retry(job.id, LEASE_MS)

    assert (retried.state, retried.attempt, retried.step) == (State.QUEUED, 2, 1)
    assert (retried.problem, retried.finished_ms, list(retried.stages)) == (None, None, [OK_A])
    assert retried.deadline_ms > job.deadline_ms
    again = ledger.start(job.id, 1, 2)
    assert again is not None
    assert again.doc["a"] == [1]
    assert ledger.finish(again, DONE)


def test_dead_job_gets_all_attempts_again(ledger: Ledger) -> None:
    """A job that was given up leaves the dead-letter list, and is given up after three more attempts."""
    job = accepted(ledger, lease_ms=OVER)
    ledger.bury(overdue_one(ledger), {"code": "attempts_used_up", "detail": "d"})
    assert [dead.id for dead in ledger.dead(10)] == [job.id]

    ledger.retry(job.id, OVER)

    assert ledger.dead(10) == []
    assert overdue_one(ledger).last_attempt == 1 + MAX_ATTEMPTS


def test_equal_requests_join_a_job_that_is_tried_again(ledger: Ledger) -> None:
    """While it is under way again, an equal request joins it."""
    job = failed(ledger, fingerprint="same")
    ledger.retry(job.id, LEASE_MS)

    assert ledger.accept(new_job(fingerprint="same"), LEASE_MS).job_id == job.id


@pytest.mark.parametrize("state", ["queued", "cancelled", "succeeded"])
def test_only_a_failed_job_is_tried_again(ledger: Ledger, state: str) -> None:
    """What waits, was cancelled or has its answer is left alone."""
    job = accepted(ledger)
    if state == "cancelled":
        ledger.cancel(job.id)
    elif state == "succeeded":
        running = ledger.start(job.id, 0, 1)
        assert running is not None
        ledger.finish(running, DONE)

    with pytest.raises(JobNotFailed, match=state):
        ledger.retry(job.id, LEASE_MS)
    with pytest.raises(JobNotFound):
        ledger.retry("0" * 32, LEASE_MS)


def test_late_write_of_the_failed_attempt_is_refused(ledger: Ledger) -> None:
    """The attempt that failed cannot end the one that came after it."""
    job = started(ledger)
    ledger.finish(job, replace(FAILURE, stages=[]))
    ledger.retry(job.id, LEASE_MS)

    assert not ledger.finish(job, DONE)
    assert not ledger.checkpoint(job, 1, {}, [], LEASE_MS)
    assert ledger.read(job.id).state is State.QUEUED
