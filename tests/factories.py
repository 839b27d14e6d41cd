"""Jobs and services for tests, with what does not matter filled in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from flows.model import Flow
from tasks.store.base import NewJob


def new_job(**changes: Any) -> NewJob:
    """A job of the flow ``plain`` that nobody has seen before."""
    fields: dict[str, Any] = {
        "id": uuid4().hex,
        "organisation": "demo",
        "flow": "plain",
        "version": "1",
        "request": {"userId": "u"},
        "fingerprint": uuid4().hex,
        "created_ms": 1_000,
        "deadline_ms": 2_000,
        "run_lease_ms": 60_000,
        "request_id": "request-1",
    }
    return NewJob(**{**fields, **changes})


@dataclass
class RecordingPublisher:
    """Publishes nowhere and remembers what it was given."""

    waiting: int = 0
    published: list[tuple[str, int, int]] = field(default_factory=list)

    def publish(self, flow: Flow, job_id: str, *, step: int, attempt: int) -> None:
        """Remember the call."""
        self.published.append((job_id, step, attempt))

    def backlog(self, queue: str) -> int:
        """As many as the test says."""
        return self.waiting


def reasons(stages: Sequence[dict[str, Any]]) -> list[str]:
    """The reasons in stage records."""
    return [stage["reason"] for stage in stages if "reason" in stage]
