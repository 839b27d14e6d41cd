"""A server that misbehaves, and clients of it."""

import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from flows.upstreams.breaker import BreakerSettings
from flows.upstreams.retry import RetryPolicy
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tests.fakes.upstream_server import UpstreamServer

MakeClient = Callable[..., UpstreamClient]

#: Never opens, so that a test of something else does not meet it.
NEVER_OPENS = BreakerSettings(slow_s=60, in_a_row=10_000, least_calls=10_000)


@pytest.fixture
def server() -> Iterator[UpstreamServer]:
    """The server; behaves until it is told otherwise."""
    with UpstreamServer() as running:
        yield running


@pytest.fixture
def make_client(server: UpstreamServer) -> Iterator[MakeClient]:
    """Makes clients of the server, or of another ``url``; one attempt each unless ``retry`` is given."""
    made: list[UpstreamClient] = []

    def make(url: str | None = None, **more: Any) -> UpstreamClient:
        of_client = {name: more.pop(name) for name in ("resolver", "pause", "clock", "told") if name in more}
        chosen: dict[str, Any] = {"breaker": NEVER_OPENS, "retry": RetryPolicy(attempts=1), **more}
        settings = UpstreamSettings("fake", url or server.url, **chosen)
        made.append(UpstreamClient(settings, random=Random(7), **of_client))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, made for this run by openssl; skips without it."""
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "both.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=fake"
        f" -addext subjectAltName=IP:127.0.0.1 -keyout {folder}/key.pem -out {folder}/certificate.pem"
    )
    try:
        subprocess.run(command.split(), check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as reason:
        pytest.skip(f"openssl makes no certificate: {type(reason).__name__}")
    made.write_text((folder / "certificate.pem").read_text("utf-8") + (folder / "key.pem").read_text("utf-8"))
    return made


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[UpstreamServer]:
    """The server with TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with UpstreamServer(context) as running:
        yield running
