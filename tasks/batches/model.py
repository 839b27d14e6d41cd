"""A batch: one flow for many people, each of them a member with an end of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from flows.fingerprint import fingerprint
from tasks.store.base import State

MOST_MEMBERS = 10_000

#: The flow behind ``POST /api/batches/learning-paths``. It has limits for a worker that stands back, and
#: its answers are not cached: they are kept with the batch, and ten thousand of them would fill Redis.
LEARNING_PATHS = "batch_learning_path"


class BatchState(StrEnum):
    """Where a batch is."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """True when no member will be started any more, unless it is retried."""
        return self in (BatchState.FINISHED, BatchState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """A batch to be opened. ``goals`` has those of people who have one of their own; ``digest`` says which
    requests are equal, for ``idempotency_key``.
    """

    organisation: str
    id: str
    request: Mapping[str, Any]
    user_ids: Sequence[str]
    created_at: datetime
    flow: str = LEARNING_PATHS
    goals: Mapping[str, str] = field(default_factory=dict)
    callback_url: str | None = None
    idempotency_key: str | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch as it is stored. ``request`` is what its members' requests have in common.

    ``counts`` has a number for every state of a member. ``members`` is how many there were at first: who
    was erased since is in no state any more.
    """

    organisation: str
    id: str
    flow: str
    request: Mapping[str, Any]
    state: BatchState
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    members: int
    ended_before: int
    callback_url: str | None
    counts: Mapping[State, int]

    @property
    def ended(self) -> int:
        """How many members have ended."""
        return sum(count for state, count in self.counts.items() if state.ended)

    @property
    def left(self) -> int:
        """How many members have not."""
        return sum(self.counts.values()) - self.ended

    @property
    def erased(self) -> int:
        """How many members are gone with the person that they were."""
        return self.members - sum(self.counts.values())

    @property
    def progress(self) -> float:
        """The share of members that have ended, 0 to 1."""
        there = self.ended + self.left
        return self.ended / there if there else 1.0

    def seconds_left(self, now: datetime) -> float | None:
        """Time until the last member ends, if the others take as long as those of this run so far did.

        None as long as nothing can be said; 0 when the batch has ended.
        """
        if self.state.ended:
            return 0.0
        done = self.ended - self.ended_before
        if self.started_at is None or done <= 0:
            return None
        return (now - self.started_at).total_seconds() / done * self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person of a batch. ``result`` is the answer's JSON text, where it was asked for."""

    position: int
    user_id: str
    job_id: str
    state: State
    goal: str | None
    attempts: int
    finished_at: datetime | None
    problem: Mapping[str, Any] | None
    result: str | None = None


@dataclass(frozen=True, slots=True)
class MemberEnd:
    """What came of a member's job."""

    position: int
    job_id: str
    state: State
    problem: Mapping[str, Any] | None = None
    result: str | None = None


def member_job(batch_id: str, position: int, attempt: int) -> str:
    """The id of the job for one attempt at one member: always the same, and nobody else's."""
    return fingerprint("batch member", batch_id, str(position), str(attempt))
