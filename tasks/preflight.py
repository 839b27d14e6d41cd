"""What cannot be safe is refused at the start, with a sentence that says what to change.

A server that does not answer refuses nothing: whether to start without it is for each process to
decide, and one that comes back is what it was.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import click
import redis

from config.queues import QUEUES, QueuePolicy
from config.settings import Settings, SettingsError
from tasks.clients.vectors import vectors_hint
from tasks.embedded_redis import redis_url_of

SCHEMES = ("redis", "rediss", "unix")
OLDEST_REDIS = (6, 2)
ANSWER_TIMEOUT_S = 2.0


def check_start(settings: Settings, warn: Callable[[str], None] | None = None) -> None:
    """Check queues, address and server; raises SettingsError for what must not start."""
    url = redis_url_of(settings)
    check_policies(QUEUES)
    check_scheme(url)
    if hint := vectors_hint(settings):
        (warn or _warn)(hint)
    try:
        with redis.Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=ANSWER_TIMEOUT_S,
            socket_connect_timeout=ANSWER_TIMEOUT_S,
        ) as client:
            check_server(client, warn or _warn)
    except (redis.ConnectionError, redis.TimeoutError) as error:
        (warn or _warn)(f"Redis does not answer, so nobody knows whether it can be used: {error}")


def check_policies(queues: Mapping[str, QueuePolicy]) -> None:
    """Raise SettingsError for limits that would not hold."""
    for name, policy in queues.items():
        limited = policy.soft_time_limit_s is not None or policy.time_limit_s is not None
        if limited and policy.pool != "prefork":
            raise SettingsError(
                f"queue {name}: the pool {policy.pool} ignores time limits; use prefork, or take the limits"
                " away (config/queues.py)"
            )


def check_scheme(url: str) -> None:
    """Raise SettingsError for an address that is not one server. The address may hold a password."""
    scheme = urlsplit(url).scheme
    if scheme not in SCHEMES or "," in urlsplit(url).netloc:
        raise SettingsError(
            f"REDIS_URL begins with {scheme}://: it must name one server, as redis:// or rediss://; a cluster"
            " cannot be used, since jobs are changed by scripts over several keys"
        )


def check_server(client: "redis.Redis", warn: Callable[[str], None]) -> None:
    """Raise SettingsError for a server that would lose jobs; ``warn`` of one that may."""
    info = client.info()
    _check_version(info)
    if info.get("cluster_enabled"):
        raise SettingsError(
            "REDIS_URL names a server in cluster mode: jobs are changed by scripts over several keys; use one"
            " with cluster-enabled no"
        )
    policy = info.get("maxmemory_policy") or _configured(client, "maxmemory-policy")
    if policy is None:
        warn("Redis does not tell its maxmemory-policy: make sure that it is noeviction, or jobs get lost")
    elif policy != "noeviction":
        raise SettingsError(
            f"Redis evicts keys ({policy}) when its memory is full, and jobs with them: set maxmemory-policy"
            " noeviction, and use another server for caches"
        )
    if not info.get("aof_enabled"):
        warn(
            "Redis has no append-only file: when it ends, the jobs accepted since its last snapshot are lost;"
            " set appendonly yes, and at most one second of them is"
        )


def _check_version(info: Mapping[str, Any]) -> None:
    version = str(info.get("redis_version", "0.0"))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        raise SettingsError(f"Redis {version} is too old: use 6.2 or newer, or Valkey")


def _configured(client: "redis.Redis", name: str) -> str | None:
    """A parameter of the server; None where nobody may ask, as with managed ones."""
    try:
        return cast(dict[str, str], client.config_get(name)).get(name)
    except redis.ResponseError:
        return None


def _warn(sentence: str) -> None:
    click.echo(f"warning: {sentence}", err=True)
