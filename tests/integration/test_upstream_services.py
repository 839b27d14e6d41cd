"""Memory, PBML and entitlements service as processes of their own, over one durable store."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from config.settings import Settings
from flows.errors import EntitlementsNotFound
from tasks.clients.memory_service import HttpMemoryBank
from tasks.clients.pbml_service import HttpPatterns
from tasks.clients.upstreams import make_upstreams
from tasks.entitlement_source import entitlement_source
from tasks.store.database import ensure_organisation, open_database
from tasks.store.sourced_entitlements import replace_entitlements
from tests.fakes.service import PlainCaller
from tests.memories import NOW, remembered
from tests.pattern_events import skills
from tests.sourced import NOON, sourced

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-sixteen-or-more"
PORTS = {
    "memory-service": "MEMORY_SERVICE_PORT",
    "pbml-service": "PBML_SERVICE_PORT",
    "entitlements-service": "ENTITLEMENTS_SERVICE_PORT",
}

pytestmark = pytest.mark.timeout(120)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(folder: Path) -> dict[str, str]:
    """Ports of their own, and a data folder that is empty."""
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "API_KEYS")}
    ports = {variable: str(free_port()) for variable in PORTS.values()}
    return env | ports | {"DATA_DIR": str(folder), "UPSTREAM_TOKEN": TOKEN}


def until_ready(process: "subprocess.Popen[bytes]", url: str) -> None:
    """Wait for the readiness probe; a process that has ended is a failure."""
    for _ in range(300):
        assert process.poll() is None
        try:
            if requests.get(f"{url}/health/ready", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    pytest.fail(f"{url} is not ready")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder, which the services make their store in."""
    return tmp_path_factory.mktemp("upstreams")


@pytest.fixture(scope="module")
def services(folder: Path) -> Iterator[dict[str, str]]:
    """The addresses of all, started at once from an empty folder."""
    env = environment(folder)
    started = {
        name: subprocess.Popen(
            [sys.executable, "manage.py", name], cwd=ROOT, env=env, stdout=subprocess.DEVNULL
        )
        for name in PORTS
    }
    urls = {name: f"http://127.0.0.1:{env[variable]}" for name, variable in PORTS.items()}
    try:
        for name, process in started.items():
            until_ready(process, urls[name])
        yield urls
    finally:
        for process in started.values():
            process.send_signal(signal.SIGTERM)
        ended = [process.wait(20) for process in started.values()]
    assert ended == [0] * len(PORTS)


def test_the_memory_service_remembers(services: dict[str, str]) -> None:
    """What is added is recalled, for who has the token."""
    bank = HttpMemoryBank(PlainCaller(services["memory-service"], TOKEN))
    assert bank.add("acme", [remembered("1")]).stored == 1
    assert [each.memory.id for each in bank.recall("acme", "ann", "useEffect", 5, now=NOW)] == ["1"]
    assert bank.recall("rival", "ann", "useEffect", 5, now=NOW) == []


def test_the_pbml_service_finds_patterns(services: dict[str, str]) -> None:
    """A person's own history is enough for a candidate."""
    patterns = HttpPatterns(PlainCaller(services["pbml-service"], TOKEN))
    found = patterns.candidates_for("acme", "ann", skills("ann", "abcabda"), 5)
    assert (found[0].type, found[0].id) == ("skill", "b")
    assert patterns.resolutions_for("acme", "ann", "KeyError: 'a'", 5) == []


def test_the_entitlements_service_is_a_source(services: dict[str, str], folder: Path) -> None:
    """What one installation has stored another one reads, and an unchanged state once only."""
    engine = open_database(f"sqlite:///{folder / 'learning.db'}")
    with engine.begin() as connection:
        ensure_organisation(connection, "acme")
        replace_entitlements(connection, sourced("acme"), NOON)
    engine.dispose()
    env = {"ENTITLEMENTS_URL": services["entitlements-service"], "ENTITLEMENTS_TOKEN": TOKEN}
    upstreams = make_upstreams(Settings.from_env(env), lambda *_: None)
    source = entitlement_source(Settings.from_env(env), upstreams)
    assert source is not None
    first = source.fetch("acme", None)
    assert first.found == sourced("acme")
    assert source.fetch("acme", first.etag).found is None
    with pytest.raises(EntitlementsNotFound):
        source.fetch("rival", None)
    upstreams["entitlements"].close()


@pytest.mark.parametrize("name", PORTS)
def test_they_say_how_they_are(services: dict[str, str], name: str) -> None:
    """Health names the store, metrics are served, and without the token nothing is answered."""
    report = requests.get(f"{services[name]}/health", timeout=10).json()
    assert (report["status"], report["dependencies"]["database"]["dialect"]) == ("ok", "sqlite")
    assert requests.get(f"{services[name]}/metrics", timeout=10).ok
    paths = requests.get(f"{services[name]}/openapi.json", timeout=10).json()["paths"]
    assert [requests.post(services[name] + path, json={}, timeout=10).status_code for path in paths] == [
        401
    ] * len(paths)


@pytest.mark.parametrize("name", PORTS)
def test_beyond_loopback_they_want_a_token(name: str, tmp_path: Path) -> None:
    """Without one they do not start, and say which variable is missing."""
    env = {k: v for k, v in environment(tmp_path).items() if k != "UPSTREAM_TOKEN"} | {"HOST": "0.0.0.0"}
    command = [sys.executable, "manage.py", name]
    ended = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "HOST=0.0.0.0 can be reached from other machines: set UPSTREAM_TOKEN" in ended.stderr
