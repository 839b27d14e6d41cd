"""Leases of jobs that are being run."""

from flows.errors import StoreUnavailable
from tasks.lease_keeper import LeaseKeeper
from tasks.leases import RENEW_EVERY_S
from tasks.store.base import Job
from tasks.store.in_memory import InMemoryLedger
from tests.factories import new_job


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class CountingLedger(InMemoryLedger):
    """Counts renewals, and is away when it is told to be."""

    def __init__(self) -> None:
        super().__init__()
        self.renewals, self.away = 0, False

    def renew(self, job: Job, lease_ms: int) -> bool:
        self.renewals += 1
        if self.away:
            raise StoreUnavailable("away")
        return super().renew(job, lease_ms)


def running(ledger: InMemoryLedger) -> Job:
    job = ledger.start(ledger.accept(new_job(run_lease_ms=0), 60_000).job_id, 0, 1)
    assert job is not None
    return job


def test_held_lease_is_renewed() -> None:
    """While its job is being run a lease does not end; afterwards nobody renews it."""
    ledger, clock = CountingLedger(), Clock()
    keeper = LeaseKeeper(ledger, clock)

    with keeper.holding(running(ledger), longest_ms=10_000):
        clock.now_s += RENEW_EVERY_S
        keeper.renew_all()
        assert ledger.overdue(10) == []
    keeper.renew_all()

    assert ledger.renewals == 1


def test_quick_job_costs_no_renewal() -> None:
    """A job that has just been taken up has its first lease still."""
    ledger, clock = CountingLedger(), Clock()
    keeper = LeaseKeeper(ledger, clock)

    with keeper.holding(running(ledger), longest_ms=10_000):
        keeper.renew_all()

    assert ledger.renewals == 0


def test_hanging_job_is_given_up() -> None:
    """After the time that all its stages may take together a job's lease is left to end."""
    ledger, clock = CountingLedger(), Clock()
    keeper = LeaseKeeper(ledger, clock)

    with keeper.holding(running(ledger), longest_ms=10_000):
        clock.now_s += 10.0
        keeper.renew_all()

        assert len(ledger.overdue(10)) == 1


def test_lost_lease_is_not_asked_for_again() -> None:
    """Once the ledger says that the job is somebody else's, it is left alone."""
    ledger, clock = CountingLedger(), Clock()
    keeper, job = LeaseKeeper(ledger, clock), running(ledger)
    ledger.cancel(job.id)

    with keeper.holding(job, longest_ms=10_000):
        for _ in range(3):
            clock.now_s += RENEW_EVERY_S
            keeper.renew_all()

    assert ledger.renewals == 1


def test_ledger_that_is_away_is_asked_again() -> None:
    """An outage that is over before the lease is costs nothing."""
    ledger, clock = CountingLedger(), Clock()
    keeper, ledger.away = LeaseKeeper(ledger, clock), True

    with keeper.holding(running(ledger), longest_ms=10_000):
        clock.now_s += RENEW_EVERY_S
        keeper.renew_all()
        ledger.away = False
        clock.now_s += RENEW_EVERY_S
        keeper.renew_all()

        assert ledger.overdue(10) == []
