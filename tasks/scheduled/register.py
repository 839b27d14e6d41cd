"""The schedule as Celery tasks and beat entries."""

import logging
from collections.abc import Callable, Iterable

from celery import Celery, signals

from config.queues import QUEUES, scheduled_task
from flows.errors import StoreUnavailable
from tasks.scheduled.model import ScheduledJob
from tasks.scheduled.run import planned, run_tick
from tasks.services import Services

log = logging.getLogger(__name__)


def register_schedule(
    app: Celery, schedule: Iterable[ScheduledJob], services: Callable[[], Services]
) -> None:
    """Register one task per scheduled job and tell beat when to send it.

    A tick that was not run before the next one is due expires. A message is acknowledged before its
    job runs: one that ran longer than the visibility timeout would be delivered again, and what is
    lost with a worker comes back with the next tick.
    """
    entries = {}
    for job in schedule:
        name = scheduled_task(job.name)
        policy = QUEUES[job.queue]
        app.task(
            _task_body(job, services),
            name=name,
            acks_late=False,
            soft_time_limit=policy.soft_time_limit_s,
            time_limit=policy.time_limit_s,
        )
        options = {"queue": job.queue, "expires": job.every_s}
        entries[job.name] = {"task": name, "schedule": job.every_s, "options": options}
    app.conf.beat_schedule = entries


def _task_body(job: ScheduledJob, services: Callable[[], Services]) -> Callable[..., None]:
    def run(forced: bool = False) -> None:
        run_tick(job, services(), forced=forced)

    return run


def announce_at_start(schedule: Iterable[ScheduledJob], services: Callable[[], Services]) -> None:
    """Say what is to run when a beat or a worker starts, so that the front can show it."""
    jobs = tuple(schedule)

    def announce(**_: object) -> None:
        try:
            services().schedules.announce(map(planned, jobs))
        except StoreUnavailable as error:  # The next one that starts says it.
            log.warning("schedule_not_told", extra={"error": str(error)})

    signals.beat_init.connect(announce, weak=False)
    signals.worker_ready.connect(announce, weak=False)
