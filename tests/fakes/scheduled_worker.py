"""Entry point of a worker and a beat with jobs for tests: ``celery -A tests.fakes.scheduled_worker``.

``test_tick`` notes the tick that it ran for, ``test_fail`` fails.
"""

import os

import redis

from config.keys import PREFIX, scheduled_runs
from config.settings import Settings
from flows.registry import STAGES
from tasks.embedded_redis import redis_url_of
from tasks.redis_client import fast_client
from tasks.scheduled.model import ScheduledJob
from tasks.services import Services
from tasks.worker_app import make_worker

TICKED = f"{PREFIX}test:ticked"
EVERY_S = 0.5

settings = Settings.from_env(os.environ)
client = fast_client(redis_url_of(settings))


def note_tick(_: Services) -> str:
    """Note the tick that was claimed; the one worker of the test claims no other one meanwhile."""
    tick = str(client.hget(scheduled_runs("test_tick"), "tick"))
    client.rpush(TICKED, tick)
    return tick


def fail(_: Services) -> None:
    """Fail."""
    raise redis.DataError("on purpose")


SCHEDULE = (
    ScheduledJob("test_tick", every_s=EVERY_S, run=note_tick),
    ScheduledJob("test_fail", every_s=EVERY_S, run=fail),
)
app = make_worker(settings, redis_url_of(settings), STAGES, SCHEDULE)
