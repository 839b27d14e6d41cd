"""The service as a newcomer starts it: one command, real processes, and nothing left afterwards."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]
SAMPLE = {"userId": "dev-123", "currentSkill": "junior", "goal": "fullstack", "timeframe": "3months"}

pytestmark = pytest.mark.timeout(120)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Running:
    """A service under test."""

    process: "subprocess.Popen[str]"
    env: dict[str, str]
    said: str

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.env['PORT']}"


def manage(env: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The whole service on free ports, from an empty data folder."""
    env = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")}
    env |= {
        "DATA_DIR": str(tmp_path_factory.mktemp("service data")),
        "PORT": str(free_port()),
        "STREAMS_PORT": str(free_port()),
        "FLOWER_PORT": str(free_port()),
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Ctrl-C"):
            break
    yield Running(process, env, said)
    process.terminate()
    process.wait(15)
    process.stdout.close()


def processes_of(data_dir: str) -> list[int]:
    """Processes that were started with this data folder, or work in it as Redis does."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            started = f"DATA_DIR={data_dir}\0".encode() in (entry / "environ").read_bytes()
            if started or (entry / "cwd").resolve().is_relative_to(data_dir):
                found.append(int(entry.name))
        except (OSError, ValueError):  # No process, or it ended while we looked.
            continue
    return found


def test_says_what_runs_where(service: Running) -> None:
    """A start ends with where everything is and a request to try."""
    assert service.base in service.said
    assert f":{service.env['FLOWER_PORT']}" in service.said
    assert "curl -s" in service.said
    assert "goals" in service.said
    assert "demo data" in service.said


def test_first_request(service: Running) -> None:
    """The sample request is answered as it stands, from the demo data."""
    answer = requests.post(f"{service.base}/api/recommendations/learning-path", json=SAMPLE, timeout=10)

    assert answer.status_code == 200
    body = answer.json()
    assert body["degraded"] is False
    assert body["path"][0]["week"] == 1
    assert {"id": "javascript-fundamentals", "source": "observed"} in body["assumedKnown"]


def test_idle_connections_shut_nobody_out(service: Running) -> None:
    """Connections that clients keep open hold no thread, and the next client is served beside them."""
    with ExitStack() as held:
        for _ in range(300):
            held.enter_context(socket.create_connection(("127.0.0.1", int(service.env["PORT"])), timeout=10))

        answer = requests.post(f"{service.base}/api/recommendations/learning-path", json=SAMPLE, timeout=10)

    assert answer.status_code == 200


def test_poll(service: Running) -> None:
    """A request in poll mode gets a URL, and the URL gets the result."""
    request = {**SAMPLE, "userId": "polling"}
    asked = requests.post(
        f"{service.base}/api/recommendations/learning-path?mode=poll", json=request, timeout=10
    )
    assert asked.status_code == 202

    job = requests.get(
        service.base + asked.headers["Location"], headers={"Prefer": "wait=10"}, timeout=15
    ).json()

    assert job["status"] == "succeeded"
    assert job["result"]["decisionId"] == job["id"]


def test_events(service: Running) -> None:
    """The events of a job come from the front and from the process for streams, with the same bytes."""
    request = {**SAMPLE, "userId": "watching"}
    asked = requests.post(
        f"{service.base}/api/recommendations/learning-path?mode=poll", json=request, timeout=10
    )
    streams = f"http://127.0.0.1:{service.env['STREAMS_PORT']}"
    assert streams in service.said

    first, again = (
        requests.get(base + asked.json()["links"]["events"], timeout=20) for base in (service.base, streams)
    )

    assert first.headers["Content-Type"] == again.headers["Content-Type"] == "text/event-stream"
    events = [line.removeprefix("event: ") for line in again.text.splitlines() if line.startswith("event: ")]
    assert events == ["queued", *["stage"] * 5, "ended"]
    assert first.text.replace(": still here\n\n", "") == again.text


def test_everything_is_healthy(service: Running) -> None:
    """Every dependency answers, and the metrics of the workers are collected with the front's."""
    health = requests.get(f"{service.base}/health", timeout=10).json()
    metrics = requests.get(f"{service.base}/metrics", timeout=10).text

    assert health["status"] == "ok", health
    assert set(health["dependencies"]) == {
        "redis",
        "broker",
        "database",
        "workers",
        "schedules",
        "flows",
        "upstreams",
    }
    assert 'learning_stage_seconds_count{flow="learning_path",stage="explain",status="ok"}' in metrics


def test_flower_shows_the_workers(service: Running) -> None:
    """Flower knows every worker, and shows them to the operator alone."""
    url = f"http://127.0.0.1:{service.env['FLOWER_PORT']}/"
    login = ("operator", (Path(service.env["DATA_DIR"]) / "operator-password").read_text("utf-8"))
    assert requests.get(url, timeout=10).status_code == 401

    expected = {"interactive", "llm", "refine", "batch", "scheduled", "training", "upkeep", "webhooks"}

    shown: set[str] = set()
    for _ in range(100):  # Flower hears of a worker with its next heartbeat.
        page = requests.get(url, auth=login, timeout=10).text
        shown = {queue for queue in expected if f"{queue}@" in page}
        if shown == expected:
            break
        time.sleep(0.05)

    assert shown == expected


def test_second_start_on_a_busy_port(service: Running, tmp_path: Path) -> None:
    """A second start says in one line which port is taken, and changes nothing."""
    second = manage({**service.env, "DATA_DIR": str(tmp_path)}, "up")

    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"PORT={service.env['PORT']}" in second.stderr


def test_second_start_on_the_same_data(service: Running) -> None:
    """Two services never share a data folder."""
    ports = {name: str(free_port()) for name in ("PORT", "STREAMS_PORT", "FLOWER_PORT")}
    env = {**service.env, **ports}

    second = manage(env, "up")

    assert second.returncode == 1
    assert "is in use by another service" in second.stderr


def test_catalogue_imported_while_the_service_runs(service: Running) -> None:
    """A catalogue imported from another terminal can be planned from at once."""
    example = ROOT / "tests" / "fixtures" / "catalogue.json"
    imported = manage(service.env, "catalogue", "import", "json", str(example), "--as", "ours")
    assert imported.returncode == 0, imported.stderr
    request = {
        "userId": "u",
        "currentSkill": "mid",
        "goal": "barista",
        "timeframe": "4weeks",
        "catalogue": "ours",
    }

    answer = requests.post(f"{service.base}/api/recommendations/learning-path", json=request, timeout=10)

    assert answer.status_code == 200, answer.text
    assert [skill["id"] for week in answer.json()["path"] for skill in week["skills"]] == [
        "grinding",
        "espresso",
    ]


def test_job_can_be_looked_into(service: Running) -> None:
    """The ledger entry of a job can be printed from another terminal."""
    answer = requests.post(f"{service.base}/api/recommendations/learning-path", json=SAMPLE, timeout=10)

    shown = manage(service.env, "jobs", "show", answer.headers["X-Job-Id"])

    assert shown.returncode == 0, shown.stderr
    assert f"{answer.headers['X-Job-Id']}: succeeded" in shown.stdout


def redis_process(data_dir: str) -> int:
    """The pid of the embedded Redis."""
    folder = Path(data_dir) / "redis"
    (found,) = (pid for pid in processes_of(data_dir) if Path(f"/proc/{pid}/cwd").resolve() == folder)
    return found


def test_redis_that_died_is_started_again(service: Running) -> None:
    """When the embedded Redis is killed it comes back with its data, and the service with it."""
    first = requests.post(f"{service.base}/api/recommendations/learning-path", json=SAMPLE, timeout=10)
    pid = redis_process(service.env["DATA_DIR"])

    os.kill(pid, signal.SIGKILL)

    for _ in range(300):
        if requests.get(f"{service.base}/health", timeout=10).status_code == 200:
            break
        time.sleep(0.05)
    assert redis_process(service.env["DATA_DIR"]) != pid
    job = requests.get(f"{service.base}/api/jobs/{first.headers['X-Job-Id']}", timeout=10)
    assert job.json()["status"] == "succeeded"
    request = {**SAMPLE, "userId": "after-the-restart"}
    again = requests.post(
        f"{service.base}/api/recommendations/learning-path?mode=sync", json=request, timeout=40
    )
    assert again.status_code == 200, again.text


def test_stop_leaves_nothing_behind(service: Running) -> None:
    """One SIGTERM ends every process of the service; the jobs are there after the next start."""
    answer = requests.post(f"{service.base}/api/recommendations/learning-path", json=SAMPLE, timeout=10)
    assert len(processes_of(service.env["DATA_DIR"])) >= 7

    service.process.send_signal(signal.SIGTERM)
    service.process.wait(10)

    assert service.process.returncode == 0
    for _ in range(50):  # A killed child may take a moment to leave the process table.
        if not processes_of(service.env["DATA_DIR"]):
            break
        time.sleep(0.02)
    assert processes_of(service.env["DATA_DIR"]) == []
    again = manage(service.env, "jobs", "show", answer.headers["X-Job-Id"])
    assert "no embedded Redis is running" in again.stderr
