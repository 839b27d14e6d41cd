"""The ledger in Redis: one hash per job, one sorted set of leases, one string per answer.

Every change of a job is one Lua script, so it happens whole or not at all.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import redis

from config import keys
from flows.errors import JobNotFound, StoreUnavailable
from flows.model import Doc
from tasks.store.base import Accepted, Answer, Job, NewJob, Outcome, Overdue, State

LUA = Path(__file__).parent / "lua"


class RedisLedger:
    """Implements :class:`tasks.store.base.Ledger`. The client must decode responses."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client
        self._accept = self._script("accept")
        self._start = self._script("start")
        self._checkpoint = self._script("checkpoint")
        self._finish = self._script("finish")
        self._cancel = self._script("cancel")
        self._overdue = self._script("overdue")
        self._revive = self._script("revive")
        self._bury = self._script("bury")
        self._forget = self._script("forget")

    def _script(self, name: str) -> Callable[..., Any]:
        return script(self._client, name)

    def cached(self, fingerprint: str) -> Answer | None:
        with translated():
            text = cast(str | None, self._client.get(keys.answer(fingerprint)))
        return Answer(text[: keys.JOB_ID_LENGTH], text[keys.JOB_ID_LENGTH :]) if text else None

    def accept(self, job: NewJob, lease_ms: int) -> Accepted:
        fields: dict[str, str | int] = {
            "id": job.id,
            "organisation": job.organisation,
            "flow": job.flow,
            "version": job.version,
            "state": State.QUEUED,
            "step": 0,
            "attempt": 1,
            "created_ms": job.created_ms,
            "deadline_ms": job.deadline_ms,
            "run_lease_ms": job.run_lease_ms,
            "request_id": job.request_id,
            "lane": job.lane,
            "fingerprint": job.fingerprint,
            "doc": _dumps({"request": job.request}),
        }
        if job.refines:
            fields |= {"refines": job.refines, "answers": job.answers}
        flat = [part for pair in fields.items() for part in pair]
        of_person = [keys.jobs_of(job.organisation, job.user_id)] if job.user_id else []
        with translated():
            job_id = self._accept(
                keys=[keys.job(job.id), keys.in_flight(job.fingerprint), keys.LEASES, *of_person],
                args=[job.id, keys.JOB_PREFIX, lease_ms, keys.JOB_RETENTION_S, *flat],
            )
        return Accepted(job_id, joined=job_id != job.id)

    def start(self, job_id: str, step: int, attempt: int) -> Job | None:
        with translated():
            flat = self._start(keys=[keys.job(job_id), keys.LEASES], args=[job_id, step, attempt])
        return _job(dict(zip(flat[::2], flat[1::2], strict=True))) if flat else None

    def checkpoint(
        self, job: Job, step: int, doc: Doc, stages: Sequence[Mapping[str, Any]], lease_ms: int
    ) -> bool:
        with translated():
            saved = self._checkpoint(
                keys=[keys.job(job.id), keys.LEASES],
                args=[job.id, job.attempt, step, _dumps(doc), _dumps(stages), lease_ms],
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
                    *([keys.job(job.refines)] if job.refines else []),
                ],
                args=[
                    job.id,
                    job.attempt,
                    outcome.state,
                    _dumps(outcome.stages),
                    outcome.result or "",
                    _dumps(outcome.problem) if outcome.problem else "",
                    outcome.answer_ttl_s,
                    keys.JOB_RETENTION_S,
                    outcome.decision,
                    keys.PENDING_DECISIONS_KEPT,
                    job.refines,
                ],
            )
        return bool(ended)

    def cancel(self, job_id: str) -> bool:
        job = self.read(job_id)
        with translated():
            ended = self._cancel(
                keys=[keys.job(job_id), keys.LEASES, keys.in_flight(job.fingerprint), keys.FINISHED],
                args=[job_id, keys.JOB_RETENTION_S],
            )
        return bool(ended)

    def read(self, job_id: str) -> Job:
        with translated():
            fields = cast(dict[str, str], self._client.hgetall(keys.job(job_id)))
        if not fields:
            raise JobNotFound(f"no job {job_id}: it never was, or its {keys.JOB_RETENTION_S} s are over")
        return _job(fields)

    def overdue(self, limit: int) -> Sequence[Overdue]:
        with translated():
            rows = self._overdue(keys=[keys.LEASES], args=[keys.JOB_PREFIX, limit])
        return [
            Overdue(job_id, flow, version, State(state), int(step), int(attempt), lane)
            for job_id, flow, version, state, step, attempt, lane in rows
        ]

    def revive(self, overdue: Overdue, lease_ms: int, *, count_attempt: bool) -> int | None:
        with translated():
            attempt = self._revive(
                keys=[keys.job(overdue.job_id), keys.LEASES],
                args=[overdue.job_id, overdue.attempt, lease_ms, int(count_attempt)],
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
                ],
                args=[
                    job.id,
                    overdue.attempt,
                    _dumps(problem),
                    keys.DEAD_LETTERS_KEPT,
                    keys.JOB_RETENTION_S,
                ],
            )
        return bool(buried)

    def outdate(self, organisation: str, user_id: str) -> None:
        self._forget_of(organisation, user_id, jobs_too=False)

    def forget(self, organisation: str, user_id: str) -> int:
        return self._forget_of(organisation, user_id, jobs_too=True)

    def _forget_of(self, organisation: str, user_id: str, *, jobs_too: bool) -> int:
        with translated():
            found = self._forget(
                keys=[keys.jobs_of(organisation, user_id), keys.LEASES, keys.FINISHED],
                args=[keys.JOB_PREFIX, keys.ANSWER_PREFIX, keys.IN_FLIGHT_PREFIX, int(jobs_too)],
            )
        return int(found)


def script(client: "redis.Redis", name: str) -> Callable[..., Any]:
    """A Lua script of this package, with what all of them share before it."""
    prelude = (LUA / "prelude.lua").read_text("utf-8")
    return client.register_script(prelude + (LUA / f"{name}.lua").read_text("utf-8"))


@contextmanager
def translated() -> Iterator[None]:
    """Say a lost Redis in our own words."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise StoreUnavailable(f"Redis does not answer: {error}") from error


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _job(fields: Mapping[str, str]) -> Job:
    finished = fields.get("finished_ms")
    return Job(
        id=fields["id"],
        organisation=fields["organisation"],
        flow=fields["flow"],
        version=fields["version"],
        state=State(fields["state"]),
        step=int(fields["step"]),
        attempt=int(fields["attempt"]),
        created_ms=int(fields["created_ms"]),
        deadline_ms=int(fields["deadline_ms"]),
        request_id=fields["request_id"],
        fingerprint=fields["fingerprint"],
        lane=fields["lane"],
        finished_ms=int(finished) if finished else None,
        doc=json.loads(fields.get("doc") or "{}"),
        stages=json.loads(fields.get("stages") or "[]"),
        result=fields.get("result") or None,
        problem=json.loads(fields["problem"]) if fields.get("problem") else None,
        refines=fields.get("refines", ""),
        answers=fields.get("answers", ""),
        refined_by=fields.get("refined_by", ""),
    )
