"""Qdrant's own engine and a real model for the tests of this folder, where they are installed."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tasks.store.database import open_database
from tests.fakes.upstream_server import UpstreamServer
from tests.real_model.running import model_server
from tests.vectors import Place, vectors_at

ENGINE = ("qdrant_edge", "qdrant_client")
MODEL = ("xllamacpp", "gguf", "all_minilm_l6_v2")


def skip_without(*modules: str) -> None:
    """Skip where one of these is not installed."""
    if missing := [name for name in modules if importlib.util.find_spec(name) is None]:
        pytest.skip(f"{', '.join(missing)} not installed; make test-vectors installs it and runs these tests")


@pytest.fixture
def engine_server(tmp_path: Path) -> UpstreamServer:
    """Qdrant's engine behind HTTP, not begun."""
    skip_without(*ENGINE)
    from tests.real_vectors.engine import EngineServer

    (tmp_path / "shards").mkdir()
    return EngineServer(tmp_path / "shards")


@pytest.fixture(scope="session")
def model_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a real embedding model answers; the server ends with the tests."""
    skip_without(*MODEL)
    with model_server(tmp_path_factory.mktemp("minilm"), "tests.real_vectors.minilm") as url:
        yield url


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Engine]:
    opened = open_database(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def place(store: Engine, engine_server: UpstreamServer) -> Iterator[Place]:
    """The service over the engine."""
    with vectors_at(store, engine_server) as found:
        yield found
