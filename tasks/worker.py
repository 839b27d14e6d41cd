"""Entry point of workers and beat: ``celery -A tasks.worker ...`` (``manage.py worker`` says it for you)."""

import logging.config
import os
import sys

from celery.signals import setup_logging, worker_init

from config.logs import logging_config
from config.settings import Settings
from flows.registry import STAGES
from tasks.embedded_redis import redis_url_of
from tasks.scheduled import SCHEDULE
from tasks.warm_up import warm_up
from tasks.worker_app import make_worker

settings = Settings.from_env(os.environ)
app = make_worker(settings, redis_url_of(settings), STAGES, SCHEDULE)


@worker_init.connect
def before_first_job(**_: object) -> None:
    """Read what every job would wait for."""
    warm_up()


@setup_logging.connect
def configure_logging(**_: object) -> None:
    """Keep Celery from installing its own handlers."""
    process = "beat" if "beat" in sys.argv else "worker"
    logging.config.dictConfig(logging_config(process, settings.log_level))
