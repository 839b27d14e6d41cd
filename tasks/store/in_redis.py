"""The ledger in Redis: one hash per job, one sorted set of leases, one string per answer.

Every change of a job is one Lua script, so it happens whole or not at all.
"""

from collections.abc import Callable, Mapping, Sequence
from time import time
from typing import Any, cast
from uuid import uuid4

import redis

from config import keys
from config.queues import INTERACTIVE
from flows.errors import IdempotencyKeyReused
from flows.model import Doc
from tasks.store.base import (
    Accepted,
    Answer,
    Callback,
    End,
    How,
    Job,
    NewJob,
    Outcome,
    Room,
    check_callbacks,
)
from tasks.store.job_entry import callback_line, end_of, fields_of, job_of
from tasks.store.lost_jobs import RedisLostJobs
from tasks.store.missing import missing_job
from tasks.store.redis_calls import dumps, script
from tasks.store.redis_calls import translated as translated


class RedisLedger(RedisLostJobs):
    """Implements :class:`tasks.store.ledger.Ledger`. The client must decode responses.

    ``now_s`` is only asked how old an unknown id is; leases go by the server's time.
    """

    def __init__(self, client: "redis.Redis", now_s: Callable[[], float] = time) -> None:
        super().__init__(client)
        self._now_s = now_s
        self._accept = self._script("accept")
        self._start = self._script("start")
        self._renew = self._script("renew")
        self._progress = self._script("progress")
        self._checkpoint = self._script("checkpoint")
        self._finish = self._script("finish")
        self._cancel = self._script("cancel")
        self._forget = self._script("forget")
        self._stale = self._script("stale")
        self._callback = self._script("callback")

    def _script(self, name: str) -> Callable[..., Any]:
        return script(self._client, name)

    def cached(self, fingerprint: str) -> Answer | None:
        with translated():
            text = cast(str | None, self._client.get(keys.answer(fingerprint)))
        return Answer(text[: keys.JOB_ID_LENGTH], text[keys.JOB_ID_LENGTH :]) if text else None

    def stale(self, fingerprint: str) -> Answer | None:
        with translated():
            found = self._stale(keys=[keys.stale(fingerprint)], args=[keys.JOB_PREFIX])
        return Answer(*found) if found else None

    def accept(self, job: NewJob, lease_ms: int, room: Room | None = None) -> Accepted:
        flat = [part for pair in fields_of(job).items() for part in pair]
        once = job.once
        of_person = [keys.jobs_of(job.organisation, job.user_id)] if job.user_id else []
        with translated():
            how, *found = self._accept(
                keys=[
                    keys.job(job.id),
                    keys.in_flight(job.fingerprint),
                    keys.LEASES,
                    keys.queue(INTERACTIVE),
                    keys.answer(job.fingerprint),
                    keys.stale(job.fingerprint),
                    keys.idempotency(once.organisation, once.key) if once else "",
                    keys.RECENT_JOBS,
                    *of_person,
                ],
                args=[
                    job.id,
                    keys.JOB_PREFIX,
                    lease_ms,
                    keys.JOB_RETENTION_S,
                    once.digest if once else "",
                    keys.IDEMPOTENCY_S,
                    room.most_waiting if room else "",
                    room.few_waiting if room else "",
                    room.longest_wait_ms if room else "",
                    keys.RECENT_JOBS_KEPT,
                    *flat,
                ],
            )
        accepted = _accepted(how, found)
        if job.callback and accepted.how in (How.JOINED, How.REPLAYED, How.CACHED):
            self.add_callback(accepted.job_id, job.callback)
        return accepted

    def add_callback(self, job_id: str, callback: Callback) -> None:
        with translated():
            found = self._callback(
                keys=[keys.job(job_id), keys.WEBHOOK_OUTBOX],
                args=[job_id, callback_line(callback), keys.CALLBACKS_PER_JOB],
            )
        if found is None:
            raise missing_job(job_id, self._now_s())
        check_callbacks(int(found))

    def start(self, job_id: str, step: int, attempt: int, queue: str = "") -> Job | None:
        with translated():
            flat = self._start(
                keys=[keys.job(job_id), keys.LEASES, keys.STARTED],
                args=[job_id, step, attempt, queue, uuid4().hex],
            )
        return job_of(dict(zip(flat[::2], flat[1::2], strict=True))) if flat else None

    def renew(self, job: Job, lease_ms: int) -> bool:
        with translated():
            renewed = self._renew(keys=[keys.job(job.id), keys.LEASES], args=[job.id, job.attempt, lease_ms])
        return bool(renewed)

    def progress(
        self, job: Job, step: int, doc: Doc, stages: Sequence[Mapping[str, Any]], lease_ms: int
    ) -> bool:
        return self._save(self._progress, job, step, doc, stages, lease_ms)

    def checkpoint(
        self, job: Job, step: int, doc: Doc, stages: Sequence[Mapping[str, Any]], lease_ms: int
    ) -> bool:
        return self._save(self._checkpoint, job, step, doc, stages, lease_ms)

    def _save(
        self,
        save: Callable[..., Any],
        job: Job,
        step: int,
        doc: Doc,
        stages: Sequence[Mapping[str, Any]],
        lease_ms: int,
    ) -> bool:
        with translated():
            saved = save(
                keys=[keys.job(job.id), keys.LEASES, keys.PROGRESS],
                args=[job.id, job.attempt, step, dumps(doc), dumps(stages), lease_ms],
            )
        return bool(saved)

    def finish(self, job: Job, outcome: Outcome) -> bool:
        with translated():
            ended = self._finish(
                keys=[
                    keys.job(job.id),
                    keys.LEASES,
                    keys.in_flight(job.fingerprint),
                    keys.answer(job.answers or job.fingerprint),
                    keys.FINISHED,
                    keys.PENDING_DECISIONS,
                    keys.LOST_DECISIONS,
                    keys.stale(job.answers or job.fingerprint),
                    keys.WEBHOOK_OUTBOX,
                    *([keys.job(job.refines), keys.PROGRESS] if job.refines else []),
                ],
                args=[
                    job.id,
                    job.attempt,
                    outcome.state,
                    dumps(outcome.stages),
                    outcome.result or "",
                    dumps(outcome.problem) if outcome.problem else "",
                    outcome.answer_ttl_s,
                    keys.JOB_RETENTION_S,
                    outcome.decision,
                    keys.PENDING_DECISIONS_KEPT,
                    outcome.stale_s,
                    job.refines,
                    outcome.refine_until_ms or "",
                ],
            )
        return bool(ended)

    def cancel(self, job_id: str) -> bool:
        job = self.read(job_id)
        with translated():
            ended = self._cancel(
                keys=[
                    keys.job(job_id),
                    keys.LEASES,
                    keys.in_flight(job.fingerprint),
                    keys.FINISHED,
                    keys.WEBHOOK_OUTBOX,
                ],
                args=[job_id, keys.JOB_RETENTION_S],
            )
        return bool(ended)

    def read(self, job_id: str) -> Job:
        with translated():
            fields = cast(dict[str, str], self._client.hgetall(keys.job(job_id)))
        if not fields:
            raise missing_job(job_id, self._now_s())
        return job_of(fields)

    def ends(self, job_ids: Sequence[str]) -> Mapping[str, End | None]:
        with translated(), self._client.pipeline(transaction=False) as pipeline:
            for job_id in job_ids:
                pipeline.hmget(keys.job(job_id), "state", "result", "problem")
            found = pipeline.execute()
        return {
            job_id: end_of(state, result, problem)
            for job_id, (state, result, problem) in zip(job_ids, found, strict=True)
            if state
        }

    def let_go(self, job_ids: Sequence[str]) -> None:
        with translated(), self._client.pipeline(transaction=False) as pipeline:
            for job_id in job_ids:
                pipeline.expire(keys.job(job_id), keys.COLLECTED_JOB_S)
            pipeline.execute()

    def outdate(self, organisation: str, user_id: str) -> None:
        self._forget_of(organisation, user_id, jobs_too=False)

    def forget(self, organisation: str, user_id: str) -> int:
        return self._forget_of(organisation, user_id, jobs_too=True)

    def _forget_of(self, organisation: str, user_id: str, *, jobs_too: bool) -> int:
        with translated():
            found = self._forget(
                keys=[
                    keys.jobs_of(organisation, user_id),
                    keys.LEASES,
                    keys.FINISHED,
                    keys.OUTDATED,
                    keys.WEBHOOK_OUTBOX,
                ],
                args=[
                    keys.JOB_PREFIX,
                    keys.ANSWER_PREFIX,
                    keys.IN_FLIGHT_PREFIX,
                    keys.STALE_PREFIX,
                    keys.person(organisation, user_id),
                    int(jobs_too),
                ],
            )
        return int(found)


def _accepted(how: str, found: Sequence[str]) -> Accepted:
    """What the script returned; raises IdempotencyKeyReused."""
    if how == "reused":
        raise IdempotencyKeyReused("this Idempotency-Key was sent with another request before")
    job_id, text = (*found, None, None)[:2]
    answer = Answer(job_id, text) if job_id and text else None
    return Accepted(job_id or "", How(how), answer)
