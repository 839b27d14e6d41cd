"""The Celery application: all its settings, each with its reason. Nothing connects here."""

from collections.abc import Collection, Mapping
from typing import Any

from celery import Celery
from kombu.entity import Queue

from config import keys
from config.queues import QUEUES, stage_task
from flows.model import Stage

#: A web thread gives up on the broker at once: the ledger has the job, the sweeper publishes it.
FRONT_TRANSPORT: Mapping[str, Any] = {
    "socket_timeout": 0.15,
    "socket_connect_timeout": 0.15,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}

#: Kombu restores unacknowledged messages on its own clock (by default every 100 s whatever the
#: visibility timeout says), so both of its knobs are turned to one second. Every command ends within
#: five seconds: a peer that was cut off without a word would hold a worker until TCP gives up. The
#: worker's own wait for a message is a BRPOP of one second, whose reply is only read when it is there.
WORKER_TRANSPORT: Mapping[str, Any] = {
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 5,
}

SHORTEST_VISIBILITY_S = 15

#: Workers whose tasks may take longer than a stop may finish what they are at for this long, less
#: than the supervisor's and Kubernetes' patience; then they let go of it and end in good order.
SOFT_SHUTDOWN_S = 3.0


def visibility_timeout_s(queue: str) -> int:
    """After how many seconds a message of this queue that nobody acknowledged is delivered again.

    Twice the hard limit, so that no task that is still allowed to run is delivered a second time. It
    would do no harm (the ledger starts nothing that is being run), but cost.
    """
    return max(SHORTEST_VISIBILITY_S, int(2 * (QUEUES[queue].time_limit_s or 0)))


def worker_transport(queues: Collection[str]) -> Mapping[str, Any]:
    """Options of a worker that serves these queues.

    By default all workers share one record of what is not acknowledged, and whoever has the shortest
    visibility timeout restores the messages of all. So each kind of worker has a record of its own.
    """
    name = "+".join(sorted(queues))
    return {
        **WORKER_TRANSPORT,
        "visibility_timeout": max(visibility_timeout_s(queue) for queue in queues),
        "unacked_key": f"unacked:{name}",
        "unacked_index_key": f"unacked:{name}:index",
        "unacked_mutex_key": f"unacked:{name}:mutex",
    }


def serve(app: Celery, queues: Collection[str]) -> None:
    """Set the transport of an app whose worker is about to serve these queues."""
    app.conf.broker_transport_options = _transport_options(worker_transport(queues))


def _transport_options(transport: Mapping[str, Any]) -> dict[str, Any]:
    return {**transport, "global_keyprefix": keys.PREFIX}


#: Beat waits as long for an answer as it sleeps between two ticks at most, and then tries again.
BEAT_CONNECTION: Mapping[str, Any] = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0}


def make_celery(broker_url: str, stages: Mapping[str, Stage], transport: Mapping[str, Any]) -> Celery:
    """A Celery app that knows queues and routes, but no task and no schedule."""
    app = Celery("learning-service", broker=broker_url, set_as_current=False)
    routes = {stage_task(stage.type): {"queue": stage.queue} for stage in stages.values()}
    app.conf.update(
        broker_transport_options=_transport_options(transport),
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
        # No task expires at its job's deadline: an answer that comes too late still warms the cache.
        worker_cancel_long_running_tasks_on_connection_loss=True,  # It will be delivered again: end it.
        worker_soft_shutdown_timeout=SOFT_SHUTDOWN_S,  # Of workers for which SIGTERM means that.
        worker_enable_soft_shutdown_on_idle=False,  # That is for tasks with a countdown. We have none.
        worker_hijack_root_logger=False,
        worker_timer_precision=0.1,
        task_send_sent_event=False,
        event_queue_expires=60,
        timezone="UTC",
        beat_scheduler="tasks.beat:PatientScheduler",
        beat_max_loop_interval=1,
        redbeat_redis_url=broker_url,
        redbeat_redis_options=BEAT_CONNECTION,
        redbeat_key_prefix=keys.BEAT_PREFIX,
        redbeat_lock_timeout=10,
    )
    return app
