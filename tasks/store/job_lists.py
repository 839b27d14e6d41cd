"""What an operator looks through, in Redis: jobs by age, the dead ones, and what nobody could read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import cast

import redis

from config import keys
from tasks.store.base import JobSummary, PoisonMessage, State
from tasks.store.redis_calls import translated

FIELDS = (
    "id",
    "organisation",
    "flow",
    "state",
    "step",
    "attempt",
    "lane",
    "created_ms",
    "finished_ms",
    "problem",
)


class RedisJobLists:
    """Implements :class:`tasks.store.ledger.JobLists`. The client must decode responses."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client

    def recent(self, start: int, limit: int) -> Sequence[JobSummary]:
        with translated():
            ids = cast(list[str], self._client.zrevrange(keys.RECENT_JOBS, start, start + limit - 1))
        return self._summaries(ids)

    def dead(self, limit: int) -> Sequence[JobSummary]:
        with translated():
            ids = cast(list[str], self._client.lrange(keys.DEAD_LETTERS, 0, limit - 1))
        return self._summaries(ids)

    def record_poison(self, message: PoisonMessage) -> None:
        with translated(), self._client.pipeline(transaction=False) as pipeline:
            pipeline.lpush(keys.POISON, json.dumps(asdict(message)))
            pipeline.ltrim(keys.POISON, 0, keys.POISON_KEPT - 1)
            pipeline.execute()

    def poison(self, limit: int) -> Sequence[PoisonMessage]:
        with translated():
            texts = cast(list[str], self._client.lrange(keys.POISON, 0, limit - 1))
        return [PoisonMessage(**json.loads(text)) for text in texts]

    def _summaries(self, ids: Sequence[str]) -> Sequence[JobSummary]:
        """One line for each that is still there, in the same order."""
        with translated(), self._client.pipeline(transaction=False) as pipeline:
            for job_id in ids:
                pipeline.hmget(keys.job(job_id), *FIELDS)
            rows = [dict(zip(FIELDS, values, strict=True)) for values in pipeline.execute()]
        return [_summary(row) for row in rows if row["id"]]


def _summary(row: Mapping[str, str | None]) -> JobSummary:
    problem, finished = row["problem"], row["finished_ms"]
    return JobSummary(
        id=row["id"] or "",
        organisation=row["organisation"] or "",
        flow=row["flow"] or "",
        state=State(row["state"] or ""),
        step=int(row["step"] or 0),
        attempt=int(row["attempt"] or 0),
        lane=row["lane"] or "",
        created_ms=int(row["created_ms"] or 0),
        finished_ms=int(finished) if finished else None,
        reason=json.loads(problem)["code"] if problem else None,
    )
