"""The ledger of jobs and the cache of answers: what they hold and what they promise.

The broker may lose a message; the ledger does not. A job is accepted when its entry is
written. Whoever works on it holds a lease and an attempt number; a write with an older
attempt is refused, so a worker that was thought dead cannot undo what came after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from config.queues import INTERACTIVE
from flows.model import Doc
from tasks.leases import MAX_ATTEMPTS, RUN_LEASE_MS


class State(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """True when nothing will change any more."""
        return self in (State.SUCCEEDED, State.FAILED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Once:
    """A client's Idempotency-Key, which counts within its organisation. ``digest`` is of the request
    that it came with: the same key with another one is refused.
    """

    organisation: str
    key: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be accepted. ``fingerprint`` says which requests are equal to this one;
    ``run_lease_ms`` is how long a worker that took it up may be silent. ``lane`` is one of
    ``config.queues.LANES``. ``once``: start no second job under this key.
    """

    id: str
    organisation: str
    flow: str
    version: str
    request: Mapping[str, Any]
    fingerprint: str
    created_ms: int
    deadline_ms: int
    request_id: str
    run_lease_ms: int = RUN_LEASE_MS
    lane: str = INTERACTIVE
    once: Once | None = None

    @property
    def user_id(self) -> str | None:
        """The person whom the request is about, None where it is about none."""
        return self.request.get("userId")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A ledger entry as it was read. ``doc`` is what the stages before ``step`` have written.

    ``result`` is the answer's JSON text, None until the job succeeded; ``problem`` says why it
    did not.
    """

    id: str
    organisation: str
    flow: str
    version: str
    state: State
    step: int
    attempt: int
    created_ms: int
    deadline_ms: int
    request_id: str
    fingerprint: str
    lane: str = INTERACTIVE
    finished_ms: int | None = None
    doc: Doc = field(default_factory=dict)
    stages: Sequence[Mapping[str, Any]] = ()
    result: str | None = None
    problem: Mapping[str, Any] | None = None

    @property
    def degraded_reasons(self) -> list[str]:
        """Why the answer is less than it could be."""
        return [stage["reason"] for stage in self.stages if stage.get("reason")]


@dataclass(frozen=True, slots=True)
class Answer:
    """A cached answer: its JSON text, and the job that computed it."""

    job_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Room:
    """How much may wait for the interactive workers before a job is refused: messages, and how long
    the oldest of them has waited.
    """

    most_waiting: int
    longest_wait_ms: int


class How(StrEnum):
    """How a job was accepted."""

    NEW = "new"  #: It was written down and is to be published.
    JOINED = "joined"  #: An equal request has started one, which is under way.
    REPLAYED = "replayed"  #: The Idempotency-Key stands for one, which may have ended.
    CACHED = "cached"  #: With a key only: an equal request has its answer in the cache.
    OVERLOADED = "overloaded"  #: It was not: too many wait.


@dataclass(frozen=True, slots=True)
class Accepted:
    """The job that will answer, or has answered. ``answer`` is the cached one; of one that was
    refused, the last one to an equal request, past its time, if there is one.
    """

    job_id: str
    how: How = How.NEW
    answer: Answer | None = None

    @property
    def joined(self) -> bool:
        """True when the job was there before."""
        return self.how is not How.NEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a job ended. ``answer_ttl_s`` is how long an equal request gets the same answer, and
    ``stale_s`` how long after that, when nothing better can be had; ``decision`` is what the log is
    to have of the answer, as text, empty for nothing.
    """

    state: State
    stages: Sequence[Mapping[str, Any]]
    result: str | None = None
    problem: Mapping[str, Any] | None = None
    answer_ttl_s: int = 0
    stale_s: int = 0
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A job whose lease has ended, as the sweeper sees it.

    ``queued_ms`` is when its present message was to be published, 0 for a message that is known to be
    gone, and ``waited_ms`` how long ago that is. ``last_attempt`` is the one after which it is given up.
    """

    job_id: str
    flow: str
    version: str
    state: State
    step: int
    attempt: int
    lane: str = INTERACTIVE
    queued_ms: int = field(default=0, compare=False)
    waited_ms: int = field(default=0, compare=False)
    last_attempt: int = MAX_ATTEMPTS


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSummary:
    """A ledger entry as one line of a list. ``reason`` is the code of why it failed."""

    id: str
    organisation: str
    flow: str
    state: State
    step: int
    attempt: int
    lane: str
    created_ms: int
    finished_ms: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoisonMessage:
    """A message that no worker could read. ``body`` is how it began."""

    at_ms: int
    task: str
    reason: str
    body: str


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

    def accept(self, job: NewJob, lease_ms: int, room: Room | None = None) -> Accepted:
        """Write the entry, or join the unfinished job of an equal request, or give the one that the
        Idempotency-Key stands for. With ``room``, a new one is refused where there is none.

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
        """Record the end, cache the answer, queue its decision for the log and wake the waiting, all
        or nothing; False when it had ended already. A decision that finds the queue full is counted.
        """
        ...

    def cancel(self, job_id: str) -> bool:
        """End a job that has not ended; False when it had. Raises JobNotFound."""
        ...

    def read(self, job_id: str) -> Job:
        """The entry; raises JobNotFound, and JobGone for an id so old that its retention is over."""
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
