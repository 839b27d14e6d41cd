"""One request to a flow, with all that goes with it while it is answered."""

from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic, time
from typing import Any

from app.preferences import Preference
from app.timing import Timing
from config import keys
from flows.fingerprint import fingerprint
from flows.job_id import new_job_id
from flows.model import Flow
from tasks.store.base import Callback, Job, NewJob, Once, State


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is asked of which flow, how long its client waits, and under which Idempotency-Key."""

    flow: Flow
    request: dict[str, Any]
    preference: Preference
    request_id: str
    once: Once | None = None
    callback: Callback | None = None
    timing: Timing = field(default_factory=Timing)
    asked_s: float = field(default_factory=monotonic)
    created_ms: int = field(default_factory=lambda: int(time() * 1000))

    @cached_property
    def fingerprint(self) -> str:
        """What makes two requests equal."""
        return fingerprint(self.flow.name, self.flow.version, self.request)

    @property
    def wait_s(self) -> float:
        """How long the client is to wait at most, in seconds."""
        return self.flow.budget_ms / 1000 if self.preference.wait_s is None else self.preference.wait_s

    @property
    def left_s(self) -> float:
        """How much of that is left."""
        return max(0.0, self.asked_s + self.wait_s - monotonic())

    @property
    def person(self) -> str | None:
        """Whom the request is about, None where it is about nobody."""
        user_id = self.request.get("userId")
        return keys.person(self.request["organisation"], user_id) if user_id else None

    def new_job(self) -> NewJob:
        """The job that answers this."""
        return NewJob(
            id=new_job_id(),
            organisation=self.request["organisation"],
            flow=self.flow.name,
            version=self.flow.version,
            request=self.request,
            fingerprint=self.fingerprint,
            created_ms=self.created_ms,
            deadline_ms=self.created_ms + max(self.flow.budget_ms, int(self.wait_s * 1000)),
            request_id=self.request_id,
            once=self.once,
            callback_url=self.callback.url if self.callback else None,
            callback_owner=self.callback.organisation if self.callback else None,
        )

    def job(self, job_id: str, state: State) -> Job:
        """A job of this request as it is before anything has run."""
        return Job(
            id=job_id,
            organisation=self.request["organisation"],
            flow=self.flow.name,
            version=self.flow.version,
            state=state,
            step=0,
            attempt=1,
            created_ms=self.created_ms,
            deadline_ms=self.created_ms + self.flow.budget_ms,
            request_id=self.request_id,
            fingerprint=self.fingerprint,
        )
