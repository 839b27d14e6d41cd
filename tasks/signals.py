"""Celery's signals, turned into calls of ours. Connected in workers only."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from celery import signals
from celery.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded

from config.queues import stage_task
from flows.errors import NeverRan, StageError, StageTimeout, StoreUnavailable, WorkerLost
from tasks.broker import report_message, unreadable
from tasks.poison import poisoned
from tasks.recovery import stage_died
from tasks.services import Services

log = logging.getLogger(__name__)

STAGE_TASKS = stage_task("")
CUT_OFF = (SoftTimeLimitExceeded, TimeLimitExceeded)


def connect(services: Callable[[], Services]) -> None:
    """Record the ends of stage tasks that their runner could not record itself, and who is there."""
    ends = StageEnds(services)
    signals.task_failure.connect(ends.failed, weak=False)
    signals.task_retry.connect(ends.let_go, weak=False)
    signals.task_revoked.connect(ends.revoked, weak=False)
    signals.task_unknown.connect(ends.unknown, weak=False)
    signals.task_rejected.connect(ends.rejected, weak=False)
    unreadable.connect(ends.unreadable, weak=False)

    def on_heartbeat(sender: Any, **_: Any) -> None:
        _announce(services(), sender.eventer.hostname)

    def on_ready(sender: Any, **_: Any) -> None:
        _announce(services(), sender.hostname)

    signals.heartbeat_sent.connect(on_heartbeat, weak=False)
    signals.worker_ready.connect(on_ready, weak=False)


class StageEnds:
    """What Celery tells about tasks that ended, or will never run; each method receives one signal."""

    def __init__(self, services: Callable[[], Services]) -> None:
        self._services = services

    def failed(self, sender: Any, exception: BaseException, args: Any, **_: Any) -> None:
        """It was cut off, its process ended, or it could not even be called with its arguments."""
        cut_off = isinstance(exception, CUT_OFF)
        self._died(sender.name, args, StageTimeout(str(exception)) if cut_off else WorkerLost(str(exception)))

    def let_go(self, sender: Any, request: Any, reason: Any, **_: Any) -> None:
        """The worker gave it up, since it stops or has lost the broker."""
        self._died(sender.name, request.args, WorkerLost(f"the worker let go of it: {reason}"))

    def revoked(self, request: Any, **_: Any) -> None:
        """Somebody took it back, or it had expired."""
        self._died(request.name, request.args, NeverRan("the task was revoked or had expired"))

    def unknown(self, message: Any, name: str, **_: Any) -> None:
        """No task has that name here."""
        try:
            args = message.payload[0]
        except Exception:  # Whatever it is, it is not a message of ours.
            args = None
        if name.startswith(STAGE_TASKS) and args is not None:
            self._died(name, args, NeverRan(f"no worker knows the task {name}"))
        else:
            report_message(message, f"no worker knows the task {name}")

    def rejected(self, message: Any, exc: Exception | None, **_: Any) -> None:
        """It is no task at all."""
        report_message(message, f"not a task: {exc or 'no task is named'}")

    def unreadable(self, reason: str, body: str, **_: Any) -> None:
        """Nobody can say what it is."""
        poisoned(self._services(), "", reason, body)

    def _died(self, name: str, args: Any, error: StageError) -> None:
        if not name.startswith(STAGE_TASKS):
            return
        if not _is_ours(args):
            reason = f"not the arguments of a stage: {error}"
            poisoned(self._services(), name, reason, repr(args))
            return
        job_id, step, attempt = args
        log.warning("stage_died", extra={"job_id": job_id, "step": step, "reason": error.code})
        try:
            stage_died(self._services(), job_id, step, attempt, error)
        except StoreUnavailable as away:  # Nobody renews its lease any more: the sweeper takes it up.
            log.warning("end_not_recorded", extra={"job_id": job_id, "error": str(away)})


def _is_ours(args: Any) -> bool:
    """True for the id of a job, a step and an attempt: what the arguments of every stage task are."""
    return (
        isinstance(args, Sequence)
        and not isinstance(args, str)
        and [type(arg) for arg in args] == [str, int, int]
    )


def _announce(services: Services, name: str) -> None:
    """Say that this worker is there; without Redis nobody could read it anyway."""
    try:
        services.presence.seen(name)
    except StoreUnavailable as error:
        log.warning("presence_not_told", extra={"error": str(error)})
