"""Entry point of a worker that also knows the badly behaved stages: ``celery -A tests.fakes.worker``."""

import os

from config.settings import Settings
from tasks.embedded_redis import redis_url_of
from tasks.scheduled import SCHEDULE
from tasks.worker_app import make_worker
from tests.fakes.stages import TEST_STAGES

settings = Settings.from_env(os.environ)
app = make_worker(settings, redis_url_of(settings), TEST_STAGES, SCHEDULE)
