"""Publishing what is left of a job as a Celery chain: task names and ids, nothing else."""

from typing import Any, Protocol

from celery import Celery, chain
from kombu.exceptions import OperationalError

from config.queues import INTERACTIVE, QUEUES, stage_task
from flows.errors import StoreUnavailable
from flows.model import Flow


class Publisher(Protocol):
    """Hands a job's remaining steps to the workers."""

    def publish(self, flow: Flow, job_id: str, *, step: int, attempt: int, lane: str = INTERACTIVE) -> None:
        """Publish the steps from ``step`` on; raises StoreUnavailable."""
        ...

    def backlog(self, queue: str) -> int:
        """Messages that wait in a queue; raises StoreUnavailable."""
        ...


class ChainPublisher:
    """Publishes to the broker. Needs no task to be registered: signatures go by name."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def publish(self, flow: Flow, job_id: str, *, step: int, attempt: int, lane: str = INTERACTIVE) -> None:
        options = {} if lane == INTERACTIVE else _options_of(lane)
        signatures = (
            self._app.signature(
                stage_task(flow.steps[index].stage.type),
                args=(job_id, index, attempt),
                immutable=True,
                options=options,
            )
            for index in range(step, len(flow.steps))
        )
        try:
            chain(*signatures, app=self._app).apply_async()
        except OperationalError as error:
            raise StoreUnavailable(f"the broker does not answer: {error}") from error

    def backlog(self, queue: str) -> int:
        try:
            with self._app.pool.acquire(block=True) as connection:
                # Not passively: kombu then asks for the list without our key prefix.
                declared = connection.default_channel.queue_declare(queue)
                return int(declared.message_count)
        except OperationalError as error:
            raise StoreUnavailable(f"the broker does not answer: {error}") from error


def _options_of(lane: str) -> dict[str, Any]:
    """Queue and limits that take the place of those of the stages' own queues."""
    policy = QUEUES[lane]
    limits = {"soft_time_limit": policy.soft_time_limit_s, "time_limit": policy.time_limit_s}
    return {"queue": lane, **limits}
