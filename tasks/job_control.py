"""What an operator does with jobs, for the command line and for pages: look, try again, cancel."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from config import keys
from config.metrics import JOBS_ENDED
from flows.errors import FlowError
from tasks.leases import QUEUED_LEASE_MS
from tasks.services import Services
from tasks.store.base import Job, JobSummary, PoisonMessage, State
from tasks.store.ledger import JobLists

PAGE = 500  #: Entries read in one go.
COUNTED = 1_000  #: Newest jobs of which the states are counted.


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which jobs to list; None stands for all."""

    state: State | None = None
    flow: str | None = None
    organisation: str | None = None

    def has(self, job: JobSummary) -> bool:
        """True when the job is one of them."""
        return (
            self.state in (None, job.state)
            and self.flow in (None, job.flow)
            and self.organisation in (None, job.organisation)
        )


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Jobs that were given up, and messages that nobody could read; each newest first."""

    jobs: Sequence[JobSummary]
    poison: Sequence[PoisonMessage]


def list_jobs(services: Services, wanted: Wanted, limit: int) -> list[JobSummary]:
    """The newest jobs of that kind among those that the ledger remembers. Raises StoreUnavailable."""
    found: list[JobSummary] = []
    for job in _newest(services.ledger):
        if wanted.has(job):
            found.append(job)
        if len(found) == limit:
            break
    return found


def count_jobs(services: Services) -> Mapping[State, int]:
    """How many of the ``COUNTED`` newest jobs are in each state. Raises StoreUnavailable.

    They are counted when somebody asks: counting each change would cost every job something.
    """
    counted = Counter(job.state for job in services.ledger.recent(0, COUNTED))
    return {state: counted[state] for state in State}


def _newest(lists: JobLists) -> Iterator[JobSummary]:
    for start in range(0, keys.RECENT_JOBS_KEPT, PAGE):
        page = lists.recent(start, PAGE)
        if not page:
            return
        yield from page


def dead_jobs(services: Services, limit: int) -> DeadLetters:
    """The dead-letter list. A job leaves it when it is tried again, and with the end of its retention.

    Raises StoreUnavailable.
    """
    return DeadLetters(services.ledger.dead(limit), services.ledger.poison(limit))


def retry_job(services: Services, job_id: str) -> Job:
    """Try a failed job once more, with all attempts, from the stage at which it failed.

    Raises JobNotFound, JobGone, JobNotFailed, FlowError when its version of the flows cannot be read,
    and StoreUnavailable, also when only the publishing failed, which the sweeper does in a while.
    """
    job = services.ledger.read(job_id)
    flow = services.flows.at(job.version).get(job.flow)
    if flow is None:
        raise FlowError("flows.json", 1, f"version {job.version} has no flow {job.flow}")
    job = services.ledger.retry(job_id, QUEUED_LEASE_MS)
    services.publisher.publish(flow, job.id, step=job.step, attempt=job.attempt, lane=job.lane)
    return job


def cancel_job(services: Services, job_id: str) -> bool:
    """End a job that has not ended; False when it had. Raises JobNotFound, JobGone and StoreUnavailable."""
    if not services.ledger.cancel(job_id):
        return False
    job = services.ledger.read(job_id)
    JOBS_ENDED.labels(job.flow, job.state).inc()
    return True
