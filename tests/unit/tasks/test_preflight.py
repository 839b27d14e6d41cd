"""What is refused at the start."""

from pathlib import Path
from typing import Any, cast

import pytest
import redis

from config.queues import QUEUES, QueuePolicy
from config.settings import Settings, SettingsError
from tasks.celery_app import visibility_timeout_s, worker_transport
from tasks.preflight import check_policies, check_scheme, check_server, check_start

GOOD = {"redis_version": "7.2.4", "cluster_enabled": 0, "maxmemory_policy": "noeviction", "aof_enabled": 1}


class Server:
    """A server that says of itself what the test wants, and forbids CONFIG as managed ones do."""

    def __init__(self, **says: Any) -> None:
        self._info = {name: value for name, value in {**GOOD, **says}.items() if value is not None}

    def info(self) -> dict[str, Any]:
        return self._info

    def config_get(self, name: str) -> dict[str, str]:
        raise redis.ResponseError("unknown command CONFIG")


def warnings_of(**says: Any) -> list[str]:
    said: list[str] = []
    check_server(cast("redis.Redis", Server(**says)), said.append)
    return said


def test_a_good_server_is_taken() -> None:
    """Nothing is said about a server that keeps what it is given."""
    assert warnings_of() == []


@pytest.mark.parametrize(
    ("says", "change"),
    [
        ({"maxmemory_policy": "allkeys-lru"}, "set maxmemory-policy noeviction"),
        ({"cluster_enabled": 1}, "cluster-enabled no"),
        ({"redis_version": "6.0.16"}, "use 6.2 or newer"),
    ],
)
def test_unsafe_server_is_refused(says: dict[str, Any], change: str) -> None:
    """The refusal says what to change."""
    with pytest.raises(SettingsError, match=change):
        warnings_of(**says)


@pytest.mark.parametrize(
    ("says", "warning"),
    [
        ({"aof_enabled": 0}, "set appendonly yes"),
        ({"maxmemory_policy": None}, "make sure that it is noeviction"),
    ],
)
def test_doubtful_server_is_warned_of(says: dict[str, Any], warning: str) -> None:
    """What may be well all the same is only warned of."""
    (said,) = warnings_of(**says)

    assert warning in said


@pytest.mark.parametrize(
    "url", ["redis-cluster://h:6379", "redis://a:6379,b:6379/0", "sentinel://h:26379", "h:6379"]
)
def test_address_that_is_not_one_server(url: str) -> None:
    """A cluster's address is refused before anything is asked of it."""
    with pytest.raises(SettingsError, match="one server"):
        check_scheme(url)


def test_limits_on_a_pool_that_ignores_them() -> None:
    """Only prefork ends a task at its limit."""
    with pytest.raises(SettingsError, match="queue q: the pool solo ignores time limits"):
        check_policies({"q": QueuePolicy(pool="solo", soft_time_limit_s=1)})


def test_our_policies_hold() -> None:
    """The queues of the service pass the check."""
    check_policies(QUEUES)


def test_no_task_outlives_its_visibility() -> None:
    """A message is not delivered again while its task is still allowed to run."""
    limits = {name: policy.time_limit_s or 0 for name, policy in QUEUES.items()}

    assert all(visibility_timeout_s(name) >= 2 * limit for name, limit in limits.items())


def test_workers_of_different_queues_keep_different_records() -> None:
    """Else the shortest visibility timeout of any worker would hold for all."""
    records = [worker_transport([name])["unacked_index_key"] for name in QUEUES]

    assert len(set(records)) == len(QUEUES)


def test_real_server_passes(redis_url: str, tmp_path: Path) -> None:
    """The embedded server is one that loses nothing."""
    said: list[str] = []

    check_start(Settings.from_env({"DATA_DIR": str(tmp_path), "REDIS_URL": redis_url}), said.append)

    assert said == []


def test_real_server_that_evicts_is_refused(redis_url: str, tmp_path: Path) -> None:
    """The policy is asked of the server itself."""
    settings = Settings.from_env({"DATA_DIR": str(tmp_path), "REDIS_URL": redis_url})
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            with pytest.raises(SettingsError, match="noeviction"):
                check_start(settings)
        finally:
            client.config_set("maxmemory-policy", "noeviction")


def test_server_that_is_away_refuses_nothing(tmp_path: Path) -> None:
    """A process may start before its server does."""
    said: list[str] = []

    check_start(
        Settings.from_env({"DATA_DIR": str(tmp_path), "REDIS_URL": "redis://127.0.0.1:1/0"}), said.append
    )

    assert len(said) == 1
    assert "does not answer" in said[0]


def test_vectors_that_are_half_set_up_are_warned_of(redis_url: str, tmp_path: Path) -> None:
    """The service starts without them, and says which variable is missing."""
    said: list[str] = []
    env = {"DATA_DIR": str(tmp_path), "REDIS_URL": redis_url, "QDRANT_URL": "http://127.0.0.1:1"}
    check_start(Settings.from_env(env | {"OLLAMA_URL": "http://127.0.0.1:1"}), said.append)
    assert said == ["memories are found by their words alone: EMBEDDING_MODEL must be set"]
