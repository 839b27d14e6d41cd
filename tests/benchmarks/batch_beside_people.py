"""What a batch does to people who ask meanwhile, and how fast it goes.

Starts a whole service of its own on free ports, asks it for learning paths at a steady rate whatever the
answers take (open loop, each for another person, so that nothing is cached): alone, then beside a process
that does nothing but use the time that nobody wants, as the least that any batch would cost, and then while
a batch runs, and that several times over, since no machine is the same a minute later. Prints percentiles of
all and the members a second. Run: ``PYTHONPATH=. .venv/bin/python tests/benchmarks/batch_beside_people.py``.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import local
from time import monotonic, perf_counter, sleep
from typing import Any
from uuid import uuid4

import requests
from sqlalchemy import insert

from tasks.store.database import open_database
from tasks.store.tables import users

ROOT = Path(__file__).parents[2]
ORGANISATION = "demo"
GOALS = ("fullstack", "backend", "frontend", "devops", "python")
LONGEST_S = 900.0  #: After this long a batch is given up.
TRAINED_WITHIN_S = 180.0
LOOK_EVERY_S = 0.5
LOOK_AT_MODELS_S = 60  #: What is trained less often is no part of a start.


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--members", type=int, default=2000, help="of all batches together")
    arguments.add_argument("--rounds", type=int, default=4, help="batches that the members are spread over")
    arguments.add_argument("--rate", type=float, default=20.0, help="requests a second beside the batch")
    arguments.add_argument(
        "--alone", type=float, default=15.0, help="seconds of these per round, without a batch"
    )
    given = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # As a Ctrl-C does: the service ends with us.
    runs: dict[str, list[float]] = {name: [] for name in ("alone", "beside a loop", "beside a batch")}
    speeds = []
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as url:
        people = _people(Path(folder), given.members // given.rounds)
        load = Load(url, given.rate)
        load.during(_trained(url))
        for _ in range(given.rounds):
            runs["alone"] += load.during(_for(given.alone))
            with burner():
                runs["beside a loop"] += load.during(_for(given.alone))
            batch_url = url + _begin(url, people)
            runs["beside a batch"] += load.during(_ended(batch_url))
            speeds.append(_members_a_second(requests.get(batch_url, timeout=30).json()))
    _print(runs)
    print(f"members a second, batch by batch: {', '.join(f'{speed:.0f}' for speed in speeds)}")


class Load:
    """Requests at a steady rate, sent when their time has come whether others were answered or not."""

    def __init__(self, url: str, rate: float) -> None:
        self._url, self._every_s = f"{url}/api/recommendations/learning-path", 1 / rate
        self._sessions = local()

    def during(self, over: Callable[[], bool]) -> list[float]:
        """Milliseconds of each request, from when it was due, until something is over."""
        asked: list[Future[float]] = []
        begun = perf_counter()
        with ThreadPoolExecutor(32) as threads:
            while not over():
                due = begun + len(asked) * self._every_s
                sleep(max(0.0, due - perf_counter()))
                asked.append(threads.submit(self._ask, due, len(asked)))
        return [future.result() for future in asked]

    def _ask(self, due: float, number: int) -> float:
        if not hasattr(self._sessions, "session"):
            self._sessions.session = requests.Session()
        goal = GOALS[number % len(GOALS)]
        body = {"userId": uuid4().hex, "currentSkill": "junior", "goal": goal, "timeframe": "3months"}
        answer = self._sessions.session.post(self._url, json=body, timeout=30)
        if answer.status_code not in (200, 202):
            sys.exit(f"no answer: {answer.status_code} {answer.text[:500]}")
        return (perf_counter() - due) * 1000


@contextmanager
def burner() -> Iterator[None]:
    """A loop without memory, files or network, that stands back as the batch worker does."""
    loop = (
        "import os; os.nice(10); os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"
    )
    process = subprocess.Popen([sys.executable, "-c", loop])
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def service(folder: Path) -> Iterator[str]:
    """A whole service with its data in a folder; everything is ended afterwards."""
    port, flower = _free_port(), _free_port()
    apart = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")}
    env = apart | {"DATA_DIR": str(folder), "PORT": str(port), "FLOWER_PORT": str(flower)}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("Ctrl-C"):
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _people(folder: Path, count: int) -> list[str]:
    ids = [f"bench-{number}" for number in range(count)]
    engine = open_database(f"sqlite:///{folder / 'learning.db'}")
    with engine.begin() as connection:
        connection.execute(insert(users), [{"organisation_id": ORGANISATION, "id": id_} for id_ in ids])
    engine.dispose()
    return ids


def _begin(url: str, people: list[str]) -> str:
    body = {"orgId": ORGANISATION, "userIds": people, "goal": "fullstack", "timeframe": "3months"}
    answer = requests.post(f"{url}/api/batches/learning-paths", json=body, timeout=30)
    if answer.status_code != 202:
        sys.exit(f"no batch: {answer.status_code} {answer.text[:500]}")
    return answer.headers["Location"]


def _for(seconds: float) -> Callable[[], bool]:
    until = monotonic() + seconds
    return lambda: monotonic() >= until


def _trained(url: str) -> Callable[[], bool]:
    """A new service trains its models in its second minute, which would be taken for what a batch does."""
    given_up = monotonic() + TRAINED_WITHIN_S

    def trained() -> bool:
        if monotonic() > given_up:
            sys.exit(f"no models after {TRAINED_WITHIN_S:g} s")
        schedules = requests.get(f"{url}/api/schedules", timeout=30).json()["schedules"]
        often = [job for job in schedules if job["queue"] == "training" and job["everyS"] <= LOOK_AT_MODELS_S]
        return all(job["counts"]["runs"] > 0 and job["runningSince"] is None for job in often)

    return _now_and_then(trained)


def _ended(batch_url: str) -> Callable[[], bool]:
    """A batch that takes too long is given up."""
    given_up = monotonic() + LONGEST_S

    def ended() -> bool:
        if monotonic() > given_up:
            sys.exit(f"not done after {LONGEST_S:g} s: {batch_url}")
        return requests.get(batch_url, timeout=30).json()["finishedAt"] is not None

    return _now_and_then(ended)


def _now_and_then(look: Callable[[], bool]) -> Callable[[], bool]:
    """Looks no more often than every half second; False in between."""
    next_s = monotonic() + LOOK_EVERY_S

    def looked() -> bool:
        nonlocal next_s
        if monotonic() < next_s:
            return False
        next_s = monotonic() + LOOK_EVERY_S
        return look()

    return looked


def _print(runs: Mapping[str, list[float]]) -> None:
    print(f"{'milliseconds':16}{'requests':>10}{'p50':>8}{'p95':>8}{'p99':>8}{'p95 moved by':>15}")
    alone = _percentile(runs["alone"], 0.95)
    for name, values in runs.items():
        figures = "".join(f"{_percentile(values, share):8.1f}" for share in (0.50, 0.95, 0.99))
        print(f"{name:16}{len(values):>10}{figures}{_percentile(values, 0.95) / alone - 1:>+15.1%}")


def _members_a_second(ended: dict[str, Any]) -> float:
    begun, finished = (datetime.fromisoformat(ended[name]) for name in ("startedAt", "finishedAt"))
    return ended["counts"]["succeeded"] / (finished - begun).total_seconds()


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    main()
