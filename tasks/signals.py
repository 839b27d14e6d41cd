"""Celery's signals, turned into calls of ours. Connected in workers only."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from celery import signals
from celery.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded

from config.queues import stage_task
from flows.errors import NeverRan, StageError, StageTimeout, StoreUnavailable, WorkerLost
from tasks.recovery import stage_died
from tasks.services import Services

log = logging.getLogger(__name__)

STAGE_TASKS = stage_task("")
CUT_OFF = (SoftTimeLimitExceeded, TimeLimitExceeded)


def connect(services: Callable[[], Services]) -> None:
    """Record the ends of stage tasks that their runner could not record itself."""

    def died(name: str, args: Sequence[Any], error: StageError) -> None:
        if name.startswith(STAGE_TASKS):
            job_id, step, attempt = args
            log.warning("stage_died", extra={"job_id": job_id, "step": step, "reason": error.code})
            stage_died(services(), job_id, step, attempt, error)

    def on_failure(sender: Any, exception: BaseException, args: Sequence[Any], **_: Any) -> None:
        cut_off = isinstance(exception, CUT_OFF)
        died(sender.name, args, StageTimeout(str(exception)) if cut_off else WorkerLost(str(exception)))

    def on_revoked(sender: Any, request: Any, **_: Any) -> None:
        died(sender.name, request.args, NeverRan("the task was revoked or had expired"))

    def on_unknown(message: Any, name: str, **_: Any) -> None:
        died(name, message.payload[0], NeverRan(f"no worker knows the task {name}"))

    def on_heartbeat(sender: Any, **_: Any) -> None:
        _announce(services(), sender.eventer.hostname)

    def on_ready(sender: Any, **_: Any) -> None:
        _announce(services(), sender.hostname)

    signals.heartbeat_sent.connect(on_heartbeat, weak=False)
    signals.worker_ready.connect(on_ready, weak=False)
    signals.task_failure.connect(on_failure, weak=False)
    signals.task_revoked.connect(on_revoked, weak=False)
    signals.task_unknown.connect(on_unknown, weak=False)


def _announce(services: Services, name: str) -> None:
    """Say that this worker is there; without Redis nobody could read it anyway."""
    try:
        services.presence.seen(name)
    except StoreUnavailable as error:
        log.warning("presence_not_told", extra={"error": str(error)})
