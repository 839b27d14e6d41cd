"""A Celery app that can work: tasks, schedule and signals on top of queues and routes."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, worker_process_init
from kombu.common import maybe_declare

from config.queues import BATCH
from config.settings import Settings
from flows.errors import ServiceError
from flows.model import Stage
from tasks import signals
from tasks.batches.pacing import keep_pace
from tasks.celery_app import WORKER_TRANSPORT, make_celery, serve
from tasks.scheduled.model import ScheduledJob
from tasks.scheduled.register import announce_at_start, register_schedule
from tasks.services import Services, build_services, once_per_process
from tasks.stage_task import register_stages

log = logging.getLogger(__name__)


def make_worker(
    settings: Settings, redis_url: str, stages: Mapping[str, Stage], schedule: Iterable[ScheduledJob]
) -> Celery:
    """The app of a worker that knows these stages and this schedule. Connects at first use."""
    app = make_celery(redis_url, stages, WORKER_TRANSPORT)
    app.conf.update(broker_transport="tasks.broker:Transport", worker_consumer="tasks.broker:Consumer")
    services = once_per_process(lambda: build_services(settings, redis_url, app, stages))
    register_stages(app, stages, services)
    jobs = tuple(schedule)
    register_schedule(app, jobs, services)
    announce_at_start(jobs, services)
    signals.connect(services)

    def on_init(options: Mapping[str, Any], **_: Any) -> None:
        queues = _names(options["queues"])
        serve(app, queues)
        if BATCH in queues:
            keep_pace(lambda: services().pace)

    def on_process_init(**_: Any) -> None:
        _warm_up(app, services())

    celeryd_init.connect(on_init, weak=False)
    worker_process_init.connect(on_process_init, weak=False)
    return app


def _warm_up(app: Celery, services: Services) -> None:
    """Connect before the first job comes, whose limits leave no time for that: not to publish, either."""
    try:
        services.flows.current()
        with app.producer_pool.acquire() as producer:
            for queue in app.amqp.queues.values():
                maybe_declare(queue, producer.channel)  # type: ignore[no-untyped-call]
    except (ServiceError, *app.connection_for_write().connection_errors) as error:
        log.warning("not_warmed_up", extra={"error": str(error)})  # It will be tried again with each job.


def _names(queues: str | Iterable[str]) -> list[str]:
    """The queues of a worker's command line."""
    return queues.split(",") if isinstance(queues, str) else list(queues)
