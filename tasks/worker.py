"""Entry point of workers and beat: ``celery -A tasks.worker ...`` (``manage.py worker`` says it for you)."""

import gc
import logging.config
import os
import sys

from celery.signals import setup_logging, worker_init

from config.logs import logging_config
from config.settings import Settings
from flows.catalogue.built_in import built_in_catalogue
from flows.registry import STAGES
from tasks.embedded_redis import redis_url_of
from tasks.scheduled import SCHEDULE
from tasks.worker_app import make_worker

settings = Settings.from_env(os.environ)
app = make_worker(settings, redis_url_of(settings), STAGES, SCHEDULE)


@worker_init.connect
def warm_up(**_: object) -> None:
    """Read the catalogue before the first job, and before a fork, so that children share it.

    What is there by then stays. Left to the collector, it would be gone through again whenever
    a job has made some thousands of objects, which takes ten times as long as the job.
    """
    built_in_catalogue()
    gc.collect()
    gc.freeze()


@setup_logging.connect
def configure_logging(**_: object) -> None:
    """Keep Celery from installing its own handlers."""
    process = "beat" if "beat" in sys.argv else "worker"
    logging.config.dictConfig(logging_config(process, settings.log_level))
