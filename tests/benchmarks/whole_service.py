"""The whole embedded service on free ports, for benchmarks that load it."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from uuid import uuid4

import requests

ROOT = Path(__file__).parents[2]
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? ([\d.e+-]+)$", re.MULTILINE)
_local = threading.local()


@dataclass(frozen=True, slots=True)
class Service:
    """A service that runs: where it is, and where its data lies."""

    url: str
    data_dir: str

    def metric(self, name: str) -> Counter[str]:
        """The samples of a metric by their labels, flows added up."""
        found: Counter[str] = Counter()
        for metric, labels, value in SAMPLE.findall(requests.get(f"{self.url}/metrics", timeout=10).text):
            if metric == name:
                found[re.sub(r'flow="[^"]*",?', "", labels)] += float(value)  # type: ignore[assignment]
        return found

    def processes(self, command: str) -> list[int]:
        """Processes of this service whose command line holds these words."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                ours = f"DATA_DIR={self.data_dir}\0".encode() in (entry / "environ").read_bytes()
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if ours and command in line:
                    found.append(int(entry.name))
            except (OSError, ValueError):  # No process, or it ended while we looked.
                continue
        return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def whole_service(**env: str) -> Iterator[Service]:
    """The service with these settings, from an empty data folder; all of it ends with the block."""
    with tempfile.TemporaryDirectory() as folder:
        given = {
            name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")
        }
        given |= {"DATA_DIR": folder, "PORT": str(_free_port()), "FLOWER_PORT": str(_free_port()), **env}
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"], cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if line.startswith("Ctrl-C"):
                    break
            else:
                sys.exit(f"the service did not start:\n{said}")
            yield Service(f"http://127.0.0.1:{given['PORT']}", folder)
        finally:
            process.terminate()
            process.wait(30)
            if process.stdout is not None:
                process.stdout.close()


@dataclass
class Load:
    """What came of requests: milliseconds from the moment at which each was due, statuses, reasons."""

    ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        """Milliseconds that this share of the requests did not take longer than."""
        return sorted(self.ms)[min(len(self.ms) - 1, int(len(self.ms) * share))] if self.ms else 0.0


def load(
    service: Service, per_second: float, seconds: float, threads: int = 64, wait_s: int | None = None
) -> Load:
    """Ask for recommendations for people whom nobody knows, at a steady rate whatever comes back."""
    headers = {} if wait_s is None else {"Prefer": f"wait={wait_s}"}
    done, lock = Load(), threading.Lock()
    started = perf_counter() + 0.2

    def ask(number: int) -> None:
        due = started + number / per_second
        sleep(max(0.0, due - perf_counter()))
        status, body = _ask(service, headers)
        took_ms = (perf_counter() - due) * 1000
        with lock:
            done.ms.append(took_ms)
            done.statuses[status] += 1
            done.reasons.update(body.get("degradedReasons", []))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(ask, range(int(per_second * seconds))))
    return done


def _ask(service: Service, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
    sent = {"userId": uuid4().hex, "goal": "fullstack"}
    try:
        answer = _local.session.post(
            f"{service.url}/api/recommendations", json=sent, headers=headers, timeout=30
        )
        return answer.status_code, answer.json()
    except requests.RequestException:
        return 0, {}
