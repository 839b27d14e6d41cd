"""The ledger of jobs and the cache of answers: what they hold. What they promise is in ``ledger.py``.

The broker may lose a message; the ledger does not. A job is accepted when its entry is
written. Whoever works on it holds a lease and an attempt number; a write with an older
attempt is refused, so a worker that was thought dead cannot undo what came after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from config import keys
from config.queues import INTERACTIVE
from flows.errors import InvalidInput
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


@dataclass(frozen=True, slots=True)
class Callback:
    """An address that is to be told of a job's end, and the organisation that asked for it."""

    organisation: str
    url: str


def check_callbacks(count: int) -> None:
    """Raises InvalidInput when a job has no room for one more callback."""
    if count >= keys.CALLBACKS_PER_JOB:
        raise InvalidInput(
            f"the job that answers this tells {keys.CALLBACKS_PER_JOB} addresses already", field="callbackUrl"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be accepted. ``fingerprint`` says which requests are equal to this one;
    ``run_lease_ms`` is how long a worker that took it up may be silent. ``lane`` is one of
    ``config.queues.LANES``. ``once``: start no second job under this key. ``callback_url`` is to be told
    of the end, in the name of ``callback_owner`` where that is another organisation than the job's.
    ``refines`` is the job whose answer this one is to better, and ``answers`` the fingerprint under
    which that is cached.
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
    callback_url: str | None = None
    callback_owner: str | None = None
    refines: str = ""
    answers: str = ""

    @property
    def user_id(self) -> str | None:
        """The person whom the request is about, None where it is about none."""
        return self.request.get("userId")

    @property
    def callback(self) -> Callback | None:
        """Who is to be told of the end."""
        if self.callback_url is None:
            return None
        return Callback(self.callback_owner or self.organisation, self.callback_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A ledger entry as it was read. ``doc`` is what the stages before ``step`` have written.

    ``result`` is the answer's JSON text, None until the job succeeded; ``problem`` says why it
    did not. ``taken_at`` is the step of the task that took it up last, which may have run on since;
    None when none has. ``refined_by`` is the job that made a better answer after this one had ended, and
    ``refine_until_ms`` is until when such an answer may still come, None when none is under way.
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
    callbacks: Sequence[Callback] = ()
    user_id: str | None = None
    refines: str = ""
    answers: str = ""
    refined_by: str | None = None
    refine_until_ms: int | None = None
    taken_at: int | None = None

    @property
    def seed(self) -> str:
        """For chance: a job that refines another draws as that one did."""
        return self.refines or self.id

    @property
    def degraded_reasons(self) -> list[str]:
        """Why the answer is less than it could be."""
        return [stage["reason"] for stage in self.stages if stage.get("reason")]


@dataclass(frozen=True, slots=True)
class End:
    """How a job ended: the state, and the answer's JSON text or what was wrong."""

    state: State
    result: str | None = None
    problem: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A cached answer: its JSON text, and the job that computed it."""

    job_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Room:
    """How much may wait for the interactive workers before a job is refused: messages; and, of more
    than a few, how long the oldest has waited.
    """

    most_waiting: int
    few_waiting: int
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
    to have of the answer, as text, empty for nothing. ``refine_until_ms`` is until when a better
    answer may come, None when none is to be expected.
    """

    state: State
    stages: Sequence[Mapping[str, Any]]
    result: str | None = None
    problem: Mapping[str, Any] | None = None
    answer_ttl_s: int = 0
    stale_s: int = 0
    decision: str = ""
    refine_until_ms: int | None = None


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
