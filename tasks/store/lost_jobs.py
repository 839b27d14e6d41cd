"""Jobs whose message or worker is gone, in Redis: found, taken up again, given up, tried once more."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, cast

import redis

from config import keys
from flows.errors import JobNotFailed
from tasks.leases import MAX_ATTEMPTS
from tasks.store.base import Job, Overdue, State
from tasks.store.job_lists import RedisJobLists
from tasks.store.redis_calls import dumps, script, translated


class RedisLostJobs(RedisJobLists):
    """The part of :class:`tasks.store.in_redis.RedisLedger` that the sweeper and operators use."""

    def __init__(self, client: "redis.Redis") -> None:
        super().__init__(client)
        self._release = script(client, "release")
        self._overdue = script(client, "overdue")
        self._revive = script(client, "revive")
        self._bury = script(client, "bury")
        self._retry = script(client, "retry")

    @abstractmethod
    def read(self, job_id: str) -> Job:
        """The entry of a job."""

    def release(self, job_id: str, attempt: int | None = None) -> bool:
        with translated():
            released = self._release(
                keys=[keys.job(job_id), keys.LEASES], args=[job_id, "" if attempt is None else attempt]
            )
        return bool(released)

    def overdue(self, limit: int) -> Sequence[Overdue]:
        with translated():
            rows = self._overdue(keys=[keys.LEASES], args=[keys.JOB_PREFIX, limit])
        return [
            Overdue(
                job_id,
                flow,
                version,
                State(state),
                int(step),
                int(attempt),
                lane,
                int(queued_ms),
                int(waited_ms),
                int(last_attempt or MAX_ATTEMPTS),
            )
            for job_id, flow, version, state, step, attempt, lane, queued_ms, waited_ms, last_attempt in rows
        ]

    def revive(self, overdue: Overdue, lease_ms: int, *, count_attempt: bool) -> int | None:
        with translated():
            attempt = self._revive(
                keys=[keys.job(overdue.job_id), keys.LEASES],
                args=[overdue.job_id, overdue.attempt, lease_ms, int(count_attempt), keys.JOB_RETENTION_S],
            )
        return int(attempt) if attempt else None

    def bury(self, overdue: Overdue, problem: Mapping[str, Any]) -> bool:
        job = self.read(overdue.job_id)
        with translated():
            buried = self._bury(
                keys=[
                    keys.job(job.id),
                    keys.LEASES,
                    keys.in_flight(job.fingerprint),
                    keys.FINISHED,
                    keys.DEAD_LETTERS,
                    keys.WEBHOOK_OUTBOX,
                ],
                args=[
                    job.id,
                    overdue.attempt,
                    dumps(problem),
                    keys.DEAD_LETTERS_KEPT,
                    keys.JOB_RETENTION_S,
                ],
            )
        return bool(buried)

    def started_ms(self, queue: str) -> int:
        with translated():
            return int(cast(str | None, self._client.hget(keys.STARTED, queue)) or 0)

    def retry(self, job_id: str, lease_ms: int) -> Job:
        job = self.read(job_id)
        with translated():
            retried = job.state is State.FAILED and self._retry(
                keys=[
                    keys.job(job_id),
                    keys.LEASES,
                    keys.in_flight(job.fingerprint),
                    keys.DEAD_LETTERS,
                    keys.PROGRESS,
                ],
                args=[
                    job_id,
                    job.attempt,
                    MAX_ATTEMPTS,
                    dumps(job.stages[: job.step]),
                    lease_ms,
                    keys.JOB_RETENTION_S,
                ],
            )
        if not retried:
            raise JobNotFailed(f"job {job_id} is {job.state}: only a failed one can be tried once more")
        return self.read(job_id)
