"""How much longer an answer takes by way of a service: memory bank and patterns, over a running server.

``python -m tests.benchmarks.services_over_http``: the server is Granian as it is started for real,
the engines work on a SQLite file, and one client asks at a time over a kept connection.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import requests

from tasks.clients.memory_service import HttpMemoryBank
from tasks.clients.pbml_service import HttpPatterns
from tasks.serving.patterns import TrainedPatterns
from tasks.store.database import open_database, upgrade
from tasks.store.events import StoredEvents
from tasks.store.memories import StoredMemories
from tasks.store.trained_models import StoredModels
from tests.integration.test_upstream_services import PORTS, environment, until_ready
from tests.memories import NOW, remembered
from tests.pattern_events import skills

ROOT = Path(__file__).parents[2]
TIMES = 300


class Kept:
    """A Caller over one connection that is kept open."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._session = url, requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def call(
        self, method: str, path: str, json: Mapping[str, Any], *, deadline_s: float, idempotent: bool
    ) -> Any:
        """The answer's JSON."""
        answer = self._session.request(method, self._url + path, json=json, timeout=30)
        answer.raise_for_status()
        return answer.json()


def measure(name: str, ask: Callable[[], object]) -> None:
    """Print p50 and p99 of a question, in milliseconds."""
    for _ in range(20):
        ask()
    taken = []
    for _ in range(TIMES):
        started = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
    cuts = quantiles(taken, n=100)
    print(f"{name:45} p50 {cuts[49]:6.2f} ms   p99 {cuts[98]:6.2f} ms")


def main() -> None:
    """Ask the engines, and then the same over HTTP."""
    with TemporaryDirectory() as folder:
        env = environment(Path(folder))
        url = f"sqlite:///{folder}/learning.db"
        upgrade(url)
        engine = open_database(url)
        bank = StoredMemories(engine)
        for start in range(0, 2_000, 100):
            bank.add(
                "acme",
                [remembered(str(n), f"part {n} of useEffect {n % 37}") for n in range(start, start + 100)],
            )
        patterns = TrainedPatterns(StoredModels(engine), StoredEvents(engine))
        started = [subprocess.Popen([sys.executable, "manage.py", name], cwd=ROOT, env=env) for name in PORTS]
        try:
            urls = [f"http://127.0.0.1:{env[variable]}" for variable in PORTS.values()]
            for process, address in zip(started, urls, strict=True):
                until_ready(process, address)
            callers = [Kept(address, env["UPSTREAM_TOKEN"]) for address in urls]
            for name, one in (("embedded", bank), ("http", HttpMemoryBank(callers[0]))):
                measure(
                    f"recall of 10 among 2,000, {name}",
                    lambda one=one: one.recall("acme", "ann", "useEffect 7", 10, now=NOW),
                )
            for events in (20, 100, 300):
                history = skills("ann", ["abcdefgh"[n * n % 8] for n in range(events)])
                for name, other in (("embedded", patterns), ("http", HttpPatterns(callers[1]))):
                    measure(
                        f"candidates from {events} events, {name}",
                        lambda other=other, history=history: other.candidates_for("acme", "ann", history, 30),
                    )
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(20)


if __name__ == "__main__":
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    main()
