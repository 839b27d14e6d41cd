"""How much waits in the queues of the broker, and for how long, for whoever operates the service."""

import json
import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

import redis

from config import keys
from flows.job_id import created_ms_of
from tasks.store.redis_calls import translated


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Messages in one queue. ``oldest_ms`` is the age of the job of the next one to be taken, in
    milliseconds; None where nothing waits, or what waits belongs to no job.
    """

    queue: str
    waiting: int
    oldest_ms: float | None


class QueueDepths:
    """The queues, as Celery keeps them in Redis. The client must decode responses."""

    def __init__(self, client: "redis.Redis", queues: Collection[str]) -> None:
        self._client, self._queues = client, queues

    def look(self) -> list[QueueDepth]:
        """Every queue. Raises StoreUnavailable."""
        with translated(), self._client.pipeline(transaction=False) as pipeline:
            for queue in self._queues:
                pipeline.llen(keys.queue(queue))
                pipeline.lindex(keys.queue(queue), -1)  # Workers take from this end.
            pipeline.time()
            *found, (seconds, microseconds) = pipeline.execute()
        now_ms = seconds * 1000 + microseconds / 1000
        triples = zip(self._queues, found[::2], found[1::2], strict=True)
        return [QueueDepth(queue, waiting, _age_ms(message, now_ms)) for queue, waiting, message in triples]

    def since_started_s(self, queue: str) -> float:
        """Seconds since the newest of the jobs came into a queue that its workers have started; infinite
        where there was none. Raises StoreUnavailable.
        """
        with translated(), self._client.pipeline(transaction=False) as pipeline:
            pipeline.hget(keys.STARTED, queue)
            pipeline.time()
            queued_ms, (seconds, microseconds) = pipeline.execute()
        return math.inf if queued_ms is None else seconds + microseconds / 1e6 - int(queued_ms) / 1000


def _age_ms(message: str | None, now_ms: float) -> float | None:
    """The age of the job that a message belongs to."""
    job_id = _job_id(message) if message else None
    created_ms = created_ms_of(job_id) if job_id else None
    return None if created_ms is None else max(0.0, now_ms - created_ms)


def _job_id(message: str) -> str | None:
    """The first argument of the task, as Celery writes it beside the body; None for what has none."""
    try:
        headers = cast(dict[str, str], json.loads(message)["headers"])
        return headers["argsrepr"].split("'")[1]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None
