"""A real model server for the tests of this folder, where one is installed (``make test-model``)."""

import importlib.util
from collections.abc import Iterator

import pytest

from flows.upstreams.breaker import BreakerSettings
from flows.upstreams.retry import RetryPolicy
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tasks.clients.model_server import ModelServer
from tasks.clients.reranker import UpstreamReranker
from tests.real_model.running import model_server


@pytest.fixture(scope="session")
def model_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the model answers; the server ends with the tests."""
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("no model is installed; make test-model installs one and runs these tests")
    with model_server(tmp_path_factory.mktemp("model")) as url:
        yield url


@pytest.fixture
def client(model_url: str) -> Iterator[UpstreamClient]:
    """The service's own client, as patient as a test needs it."""
    settings = UpstreamSettings("llm", model_url, BreakerSettings(slow_s=60), RetryPolicy(attempts=1))
    opened = UpstreamClient(settings)
    yield opened
    opened.close()


@pytest.fixture
def reranker(client: UpstreamClient) -> UpstreamReranker:
    """The service's own reranker over it."""
    return UpstreamReranker(ModelServer(client, client, "gemma-3-270m", "llamacpp"))
