"""Entry point of the front: ``granian --interface wsgi app.wsgi:application`` (``manage.py front``)."""

import logging.config
import os

from prometheus_client import REGISTRY

from app.answer_memory import AnswerMemory
from app.factory import create_app
from app.front import make_front
from app.health import Health
from app.parts import Parts
from config.logs import logging_config
from config.settings import Settings
from flows.registry import STAGES
from tasks.celery_app import FRONT_TRANSPORT, make_celery
from tasks.completion import RedisListener, WaiterTable
from tasks.embedded_redis import redis_url_of
from tasks.operator_login import login_of
from tasks.probes import probes, versions
from tasks.redis_client import listening_client
from tasks.redis_guard import RedisGuard, guarded_client
from tasks.services import build_services
from tasks.store.database import open_database
from tasks.warm_up import warm_up

settings = Settings.from_env(os.environ)
logging.config.dictConfig(logging_config("front", settings.log_level))
redis_url = redis_url_of(settings)
celery = make_celery(redis_url, STAGES, FRONT_TRANSPORT)
waiters, memory = WaiterTable(), AnswerMemory()
guard = RedisGuard(waiters.tell_all)
services = build_services(settings, redis_url, celery, STAGES, guard)
RedisListener(listening_client(redis_url), waiters, memory).start()
parts = Parts(
    make_front(services, waiters, memory, settings.web_threads),
    Health(
        probes(guarded_client(redis_url, guard), open_database(settings.database_url), services), versions()
    ),
)
warm_up()
application = create_app(settings, parts, REGISTRY, login_of(settings))
