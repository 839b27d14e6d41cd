"""What an operator looks through, in this process's memory."""

from collections.abc import Iterable, Sequence

from config import keys
from tasks.store.base import Job, JobSummary, PoisonMessage


class InMemoryJobLists:
    """Implements :class:`tasks.store.ledger.JobLists` over a ledger's own jobs, oldest first."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self.dead_letters: list[str] = []
        self._poison: list[PoisonMessage] = []

    def recent(self, start: int, limit: int) -> Sequence[JobSummary]:
        return self._summaries(list(reversed(self._jobs))[start : start + limit])

    def dead(self, limit: int) -> Sequence[JobSummary]:
        return self._summaries(self.dead_letters[:limit])

    def record_poison(self, message: PoisonMessage) -> None:
        self._poison = [message, *self._poison][: keys.POISON_KEPT]

    def poison(self, limit: int) -> Sequence[PoisonMessage]:
        return self._poison[:limit]

    def _summaries(self, ids: Iterable[str]) -> Sequence[JobSummary]:
        return [_summary(self._jobs[job_id]) for job_id in ids if job_id in self._jobs]


def _summary(job: Job) -> JobSummary:
    return JobSummary(
        id=job.id,
        organisation=job.organisation,
        flow=job.flow,
        state=job.state,
        step=job.step,
        attempt=job.attempt,
        lane=job.lane,
        created_ms=job.created_ms,
        finished_ms=job.finished_ms,
        reason=job.problem["code"] if job.problem else None,
    )
