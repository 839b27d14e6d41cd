"""What a batch does to people who ask meanwhile, and how fast it goes.

Starts a whole service of its own on free ports, begins a batch, and asks for learning paths at a steady rate
whatever the answers take (open loop, each for another person, so that nothing is cached). Every few seconds
the batch's worker is held (SIGSTOP) or let go on, or held beside a loop that does nothing but use the time
that nobody wants: no machine is the same a minute later, so what is compared must be seconds apart. Prints
percentiles of all and the members a second, and with ``--to-the-end`` how long the whole batch took. Run:
``PYTHONPATH=. .venv/bin/python tests/benchmarks/batch_beside_people.py``.
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
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import local
from time import monotonic, perf_counter, sleep
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
SETTLE_S = 0.7  #: What was under way when a worker was held or let go is left out.
LOOK_AT_MODELS_S = 60  #: What is trained less often is no part of a start.


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--members", type=int, default=10_000)
    arguments.add_argument("--rounds", type=int, default=12)
    arguments.add_argument("--seconds", type=float, default=5.0, help="of each of the three parts of a round")
    arguments.add_argument("--rate", type=float, default=20.0, help="requests a second beside the batch")
    arguments.add_argument("--to-the-end", action="store_true", help="wait for the batch, with people asking")
    given = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # As a Ctrl-C does: the service ends with us.
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as url:
        people = _people(Path(folder), given.members)
        load = Load(url, given.rate)
        load.during(_trained(url))
        batch_url = url + _begin(url, people)
        load.during(_for(SETTLE_S))
        _print(_in_turns(load, _batch_workers(folder), given.rounds, given.seconds))
        if given.to_the_end:
            load.during(_ended(batch_url))
        batch = requests.get(batch_url, timeout=30).json()
        print(f"{batch['counts']}, begun {batch['startedAt']}, ended {batch['finishedAt']}")


def _in_turns(load: "Load", workers: list[int], rounds: int, seconds: float) -> dict[str, list[float]]:
    runs: dict[str, list[float]] = {"held": [], "held, a loop": [], "at work": []}
    try:
        for _ in range(rounds):
            _signal(workers, signal.SIGSTOP)
            runs["held"] += _settled(load, seconds)
            with burner():
                runs["held, a loop"] += _settled(load, seconds)
            _signal(workers, signal.SIGCONT)
            runs["at work"] += _settled(load, seconds)
    finally:
        _signal(workers, signal.SIGCONT)
    return runs


def _settled(load: "Load", seconds: float) -> list[float]:
    load.during(_for(SETTLE_S))
    return load.during(_for(seconds))


def _signal(workers: list[int], number: signal.Signals) -> None:
    for pid in workers:
        os.kill(pid, number)


def _batch_workers(folder: str) -> list[int]:
    """The worker of the batch queue and its child."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # It ended while we looked.
            ours = f"DATA_DIR={folder}\0".encode() in (entry / "environ").read_bytes()
            if ours and b"--queues\0batch\0" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


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
    print(f"{'batch (ms)':16}{'requests':>10}{'p50':>8}{'p95':>8}{'p99':>8}{'p95 moved by':>15}")
    held = _percentile(runs["held"], 0.95)
    for name, values in runs.items():
        figures = "".join(f"{_percentile(values, share):8.1f}" for share in (0.50, 0.95, 0.99))
        print(f"{name:16}{len(values):>10}{figures}{_percentile(values, 0.95) / held - 1:>+15.1%}")


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    main()
