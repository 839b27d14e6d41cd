"""A Celery app that can work: tasks, schedule and signals on top of queues and routes."""

from collections.abc import Iterable, Mapping

from celery import Celery

from config.settings import Settings
from flows.model import Stage
from tasks import signals
from tasks.celery_app import WORKER_TRANSPORT, make_celery
from tasks.scheduled.model import ScheduledJob
from tasks.scheduled.register import announce_at_start, register_schedule
from tasks.services import build_services, once_per_process
from tasks.stage_task import register_stages


def make_worker(
    settings: Settings, redis_url: str, stages: Mapping[str, Stage], schedule: Iterable[ScheduledJob]
) -> Celery:
    """The app of a worker that knows these stages and this schedule. Connects at first use."""
    app = make_celery(redis_url, stages, WORKER_TRANSPORT)
    services = once_per_process(lambda: build_services(settings, redis_url, app, stages))
    register_stages(app, stages, services)
    jobs = tuple(schedule)
    register_schedule(app, jobs, services)
    announce_at_start(jobs, services)
    signals.connect(services)
    return app
