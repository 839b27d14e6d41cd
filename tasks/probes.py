"""Asking each dependency whether it is there."""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from platform import python_version
from typing import Any

import redis
import sqlalchemy

from config import VERSION
from config.queues import IN_THE_BACKGROUND, QUEUES
from flows.errors import PortUnavailable, StoreUnavailable
from tasks.clients.upstreams import upstreams_report
from tasks.services import Services
from tasks.store.breaker_states import BreakerStates
from tasks.store.database import revision
from tasks.store.in_redis import translated

LIBRARIES = ("celery", "kombu", "redis", "flask", "sqlalchemy")

Probe = Callable[[], Mapping[str, Any]]


def probes(client: "redis.Redis", engine: sqlalchemy.Engine, services: Services) -> dict[str, Probe]:
    """One probe per dependency; each raises ServiceError when it does not answer."""
    return {
        "redis": lambda: _redis(client),
        "broker": lambda: {"waiting": {queue: services.publisher.backlog(queue) for queue in QUEUES}},
        "database": lambda: probe_database(engine),
        "workers": lambda: _workers(services),
        "schedules": lambda: _schedules(services),
        "flows": lambda: {"version": next(iter(services.flows.current().values())).version},
        "upstreams": lambda: upstreams_report(services.upstreams, BreakerStates(client)),
    }


def versions() -> dict[str, str]:
    """Versions of the service, the interpreter and the libraries that matter."""
    found = {name: version(name) for name in LIBRARIES}
    return {"learning-service": VERSION, "python": python_version(), **found}


def _redis(client: "redis.Redis") -> Mapping[str, Any]:
    with translated():
        info = client.info("server")
    return {"version": info.get("valkey_version") or info["redis_version"]}


def _workers(services: Services) -> Mapping[str, Any]:
    present = services.presence.present()
    missing = [queue for queue in QUEUES if queue not in IN_THE_BACKGROUND and not present.get(queue)]
    if missing:
        raise StoreUnavailable(f"no worker serves {', '.join(missing)}")
    return {"present": present}


def _schedules(services: Services) -> Mapping[str, Any]:
    """Which scheduled jobs have not begun for three periods. No answer waits for one of them."""
    return {"overdue": [state.planned.name for state in services.schedules.table() if state.overdue]}


def probe_database(engine: sqlalchemy.Engine) -> Mapping[str, Any]:
    """Dialect and revision of the durable store; raises PortUnavailable."""
    try:
        return {"dialect": engine.dialect.name, "revision": revision(engine)}
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise PortUnavailable(f"the database does not answer: {type(error).__name__}") from error
