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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be accepted. ``fingerprint`` says which requests are equal to this one;
    ``run_lease_ms`` is how long a worker that took it up may be silent. ``lane`` is one of
    ``config.queues.LANES``. ``refines`` is the job whose answer this one is to better, and
    ``answers`` the fingerprint under which that is cached.
    """

    id: str
    organisation: str
    flow: str
    version: str
    request: Mapping[str, Any]
    fingerprint: str
    created_ms: int
    deadline_ms: int
    run_lease_ms: int
    request_id: str
    lane: str = INTERACTIVE
    refines: str = ""
    answers: str = ""

    @property
    def user_id(self) -> str | None:
        """The person whom the request is about, None where it is about none."""
        return self.request.get("userId")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A ledger entry as it was read. ``doc`` is what the stages before ``step`` have written.

    ``result`` is the answer's JSON text, None until the job succeeded; ``problem`` says why it
    did not. ``refined_by`` is the job that has bettered its answer since.
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
    refines: str = ""
    answers: str = ""
    refined_by: str = ""

    @property
    def seed(self) -> str:
        """For chance: a job that refines another draws as that one did."""
        return self.refines or self.id

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
class Accepted:
    """The job that will answer; ``joined`` when an equal request had started it already."""

    job_id: str
    joined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a job ended. ``answer_ttl_s`` is how long an equal request gets the same answer;
    ``decision`` is what the log is to have of the answer, as text, empty for nothing.
    """

    state: State
    stages: Sequence[Mapping[str, Any]]
    result: str | None = None
    problem: Mapping[str, Any] | None = None
    answer_ttl_s: int = 0
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A job whose lease has ended, as the sweeper sees it."""

    job_id: str
    flow: str
    version: str
    state: State
    step: int
    attempt: int
    lane: str


class Ledger(Protocol):
    """Jobs and answers. Every method raises StoreUnavailable when the store does not answer."""

    def cached(self, fingerprint: str) -> Answer | None:
        """The cached answer to an equal request."""
        ...

    def accept(self, job: NewJob, lease_ms: int) -> Accepted:
        """Write the entry, or join the unfinished job of an equal request."""
        ...

    def start(self, job_id: str, step: int, attempt: int) -> Job | None:
        """Take the lease for a step. None when there is nothing to do: the job is unknown, has
        ended, or belongs to a later attempt. A job at another step is returned as it is.
        """
        ...

    def checkpoint(
        self, job: Job, step: int, doc: Doc, stages: Sequence[Mapping[str, Any]], lease_ms: int
    ) -> bool:
        """Save the work up to ``step`` and renew the lease; False when the lease was lost."""
        ...

    def finish(self, job: Job, outcome: Outcome) -> bool:
        """Record the end, cache the answer, queue its decision for the log and wake the waiting, all
        or nothing; False when it had ended already. A decision that finds the queue full is counted.

        An answer is not cached when what it rests on went out of date meanwhile. One that refines
        another job's takes the place of that one's only, or an empty one; with it that job learns
        its successor (``refined_by``), and its listeners are told once more.
        """
        ...

    def cancel(self, job_id: str) -> bool:
        """End a job that has not ended; False when it had. Raises JobNotFound."""
        ...

    def read(self, job_id: str) -> Job:
        """The entry; raises JobNotFound."""
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

    def outdate(self, organisation: str, user_id: str) -> None:
        """Give no cached answer about a person any more: what is known about them has changed.

        Nor does a job about them that is under way leave one.
        """
        ...

    def forget(self, organisation: str, user_id: str) -> int:
        """Delete a person's jobs, those under way too, and their answers; returns how many jobs."""
        ...
