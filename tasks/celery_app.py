"""The Celery application: all its settings, each with its reason. Nothing connects here."""

from collections.abc import Mapping
from typing import Any

from celery import Celery
from kombu.entity import Queue

from config import keys
from config.queues import QUEUES, stage_task
from flows.model import Stage

#: A web thread gives up on the broker at once: the ledger has the job, the sweeper publishes it.
FRONT_TRANSPORT: Mapping[str, Any] = {
    "socket_timeout": 0.2,
    "socket_connect_timeout": 0.2,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}

#: Kombu restores unacknowledged messages on its own clock (by default every 100 s whatever the
#: visibility timeout says), so both of its knobs are turned to one second.
WORKER_TRANSPORT: Mapping[str, Any] = {
    "visibility_timeout": 15,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
    "health_check_interval": 5,
}


def make_celery(broker_url: str, stages: Mapping[str, Stage], transport: Mapping[str, Any]) -> Celery:
    """A Celery app that knows queues and routes, but no task and no schedule."""
    app = Celery("learning-service", broker=broker_url, set_as_current=False)
    routes = {stage_task(stage.type): {"queue": stage.queue} for stage in stages.values()}
    app.conf.update(
        broker_transport_options={**transport, "global_keyprefix": keys.PREFIX},
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # A worker outlives any outage of the broker.
        broker_channel_error_retry=True,  # READONLY after a failover is an outage too.
        task_queues=[Queue(name) for name in QUEUES],  # type: ignore[no-untyped-call]
        task_routes=routes,
        task_create_missing_queues=False,  # A misspelt queue is an error and not a place to lose jobs.
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,  # The ledger has the outcome; there is no result backend.
        task_store_errors_even_if_ignored=False,
        task_publish_retry=False,
        task_acks_late=True,
        task_reject_on_worker_lost=False,  # The runner records the loss and decides by the flow.
        worker_prefetch_multiplier=1,  # A message that waits in a busy worker waits for nothing.
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_hijack_root_logger=False,
        worker_timer_precision=0.1,
        task_send_sent_event=False,
        event_queue_expires=60,
        timezone="UTC",
        beat_scheduler="redbeat.RedBeatScheduler",
        beat_max_loop_interval=1,
        redbeat_redis_url=broker_url,
        redbeat_key_prefix=keys.BEAT_PREFIX,
        redbeat_lock_timeout=10,
    )
    return app
