"""What every ledger shows an operator: jobs by age, the dead ones, and what nobody could read."""

from config import keys
from tasks.store.base import JobSummary, Outcome, PoisonMessage, State
from tasks.store.ledger import Ledger
from tests.factories import new_job

LEASE_MS = 60_000


def poison(number: int) -> PoisonMessage:
    return PoisonMessage(at_ms=number, task="stage.a", reason="not JSON", body="{")


def test_newest_jobs_first(ledger: Ledger) -> None:
    """Jobs come by age, a page at a time, with what they failed of."""
    jobs = [new_job(organisation="acme") for _ in range(3)]
    for job in jobs:
        ledger.accept(job, LEASE_MS)
    running = ledger.start(jobs[0].id, 0, 1)
    assert running is not None
    ledger.finish(running, Outcome(state=State.FAILED, stages=[], problem={"code": "x", "detail": "d"}))

    first = ledger.recent(0, 2)

    (oldest,) = ledger.recent(2, 2)
    assert {job.id for job in [*first, oldest]} == {job.id for job in jobs}
    by_id = {job.id: job for job in [*first, oldest]}
    assert by_id[jobs[2].id].state is State.QUEUED
    assert by_id[jobs[0].id] == JobSummary(
        id=jobs[0].id,
        organisation="acme",
        flow="plain",
        state=State.FAILED,
        step=0,
        attempt=1,
        lane="interactive",
        created_ms=1_000,
        finished_ms=ledger.read(jobs[0].id).finished_ms,
        reason="x",
    )


def test_forgotten_job_is_not_listed(ledger: Ledger) -> None:
    """A list shows nothing of a person whose jobs were deleted."""
    ledger.accept(new_job(request={"userId": "ann"}), LEASE_MS)
    ledger.forget("demo", "ann")

    assert ledger.recent(0, 10) == []


def test_poison_is_kept_newest_first(ledger: Ledger) -> None:
    """Messages that nobody could read are kept as far as there is room."""
    for number in range(keys.POISON_KEPT + 2):
        ledger.record_poison(poison(number))

    kept = ledger.poison(keys.POISON_KEPT + 2)

    assert kept[:2] == [poison(keys.POISON_KEPT + 1), poison(keys.POISON_KEPT)]
    assert len(kept) == keys.POISON_KEPT
