"""The ledger of jobs and the cache of answers: what they promise."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from flows.model import Doc
from tasks.store.base import (
    Accepted,
    Answer,
    Callback,
    End,
    Job,
    JobSummary,
    NewJob,
    Outcome,
    Overdue,
    PoisonMessage,
    Room,
)


class JobLists(Protocol):
    """What an operator looks through. Every method raises StoreUnavailable."""

    def recent(self, start: int, limit: int) -> Sequence[JobSummary]:
        """Jobs by the time of their acceptance, newest first, from the ``start``-th on.

        Shorter than ``limit`` at the end only, or where jobs are gone. The ledger remembers the newest
        ``RECENT_JOBS_KEPT`` of the last hour.
        """
        ...

    def dead(self, limit: int) -> Sequence[JobSummary]:
        """Jobs on the dead-letter list, newest first."""
        ...

    def record_poison(self, message: PoisonMessage) -> None:
        """Keep what could not be read, up to ``POISON_KEPT`` of it."""
        ...

    def poison(self, limit: int) -> Sequence[PoisonMessage]:
        """Messages that could not be read, newest first."""
        ...


class Ledger(JobLists, Protocol):
    """Jobs and answers. Every method raises StoreUnavailable when the store does not answer."""

    def cached(self, fingerprint: str) -> Answer | None:
        """The cached answer to an equal request."""
        ...

    def stale(self, fingerprint: str) -> Answer | None:
        """The last answer to an equal request, also past its time."""
        ...

    def add_callback(self, job_id: str, callback: Callback) -> None:
        """Tell one more address of the end of a job; when it has ended, at once. An address is told
        once. Raises JobNotFound, and InvalidInput for one callback too many.
        """
        ...

    def accept(self, job: NewJob, lease_ms: int, room: Room | None = None) -> Accepted:
        """Write the entry, or join the unfinished job of an equal request, or give the one that the
        Idempotency-Key stands for. With ``room``, a new one is refused where there is none.

        A job whose entry is there already is joined too, also when it has ended: who does not know
        whether an acceptance came through may accept the same job again.

        Raises IdempotencyKeyReused.
        """
        ...

    def start(self, job_id: str, step: int, attempt: int, queue: str = "") -> Job | None:
        """Take the lease for a step. None when there is nothing to do: the job is unknown, has
        ended, belongs to a later attempt, or is being run. A job at another step is returned as it is.

        A second message of an attempt that is being run starts nothing, also when the lease is over:
        only the sweeper takes a job from its worker, and it gives it another attempt, so that no two
        workers can write with the same. ``queue`` is where the message came from.
        """
        ...

    def renew(self, job: Job, lease_ms: int) -> bool:
        """Renew the lease of a job that is being run; False when it was lost."""
        ...

    def progress(
        self, job: Job, step: int, doc: Doc, stages: Sequence[Mapping[str, Any]], lease_ms: int
    ) -> bool:
        """Save the work up to ``step`` while its worker goes on; False when the lease was lost."""
        ...

    def checkpoint(
        self, job: Job, step: int, doc: Doc, stages: Sequence[Mapping[str, Any]], lease_ms: int
    ) -> bool:
        """Save the work up to ``step`` for whoever runs it; False when the lease was lost."""
        ...

    def release(self, job_id: str, attempt: int | None = None) -> bool:
        """Say that what held a job is gone, message or worker, so that the next sweep takes it up.

        Without an attempt it is the message of a job that waits. False when the job has moved on.
        """
        ...

    def finish(self, job: Job, outcome: Outcome) -> bool:
        """Record the end, cache the answer, queue its decision for the log, put its callbacks into the
        outbox and wake the waiting, all or nothing; False when it had ended already. A decision that
        finds the queue full is counted.

        An answer is not cached when what it rests on went out of date meanwhile. One that refines
        another job's takes the place of that one's only, or an empty one; with it that job learns
        its successor (``refined_by``), and whoever follows it is told.
        """
        ...

    def cancel(self, job_id: str) -> bool:
        """End a job that has not ended; False when it had. Raises JobNotFound."""
        ...

    def read(self, job_id: str) -> Job:
        """The entry; raises JobNotFound, and JobGone for an id so old that its retention is over."""
        ...

    def ends(self, job_ids: Sequence[str]) -> Mapping[str, End | None]:
        """Of these jobs those that are in the ledger: how each ended, None for one under way."""
        ...

    def let_go(self, job_ids: Sequence[str]) -> None:
        """Keep the entries of ended jobs for ``COLLECTED_JOB_S`` only: their answers are elsewhere now."""
        ...

    def overdue(self, limit: int) -> Sequence[Overdue]:
        """Unfinished jobs whose lease has ended, the longest overdue first."""
        ...

    def revive(self, overdue: Overdue, lease_ms: int, *, count_attempt: bool) -> int | None:
        """Renew the lease of an overdue job and return its attempt, raised by one when counted.

        None when somebody else has moved it in the meantime.
        """
        ...

    def bury(self, overdue: Overdue, problem: Mapping[str, Any]) -> bool:
        """End an overdue job as failed and put it on the dead-letter list."""
        ...

    def started_ms(self, queue: str) -> int:
        """When the newest job was queued that a worker of this queue has started; 0 for none yet."""
        ...

    def retry(self, job_id: str, lease_ms: int) -> Job:
        """Queue a failed job once more from where it failed, with all attempts and as much time as at first.

        Raises JobNotFound, and JobNotFailed for a job that has not failed or whose work is not kept.
        """
        ...

    def outdate(self, organisation: str, user_id: str) -> None:
        """Give no cached answer about a person any more: what is known about them has changed."""
        ...

    def forget(self, organisation: str, user_id: str) -> int:
        """Delete a person's jobs, those under way too, and their answers; returns how many jobs."""
        ...
