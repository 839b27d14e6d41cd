"""What three times the load does: goodput, refusals, latencies, and how soon it is over.

Starts a service of its own on free ports, finds out its most answers a second with a closed loop, and
then asks in an open loop for as many and for three times as many, every request a cache miss. An answer
counts as good when it came with 200 within half a second of when its request was due. Takes about
two minutes. Run: ``.venv/bin/python tests/benchmarks/overload.py``.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import perf_counter, sleep
from uuid import uuid4

import requests

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks.open_loop import Load, Reply, percentile

ROOT = Path(__file__).parents[2]
GOOD_S = 0.5
DRAIN_LIMIT_S = 60.0


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=15.0)
    arguments.add_argument("--settle", type=float, default=20.0, help="seconds in which models are trained")
    arguments.add_argument("--clients", type=int, default=6, help="of the closed loop")
    given = arguments.parse_args()
    with service() as url:
        sleep(given.settle)
        asyncio.run(measure(url, given.clients, given.seconds))


async def measure(url: str, clients: int, seconds: float) -> None:
    """The most, then once and three times as much."""
    load = Load(f"{url}/api/recommendations/learning-path", bodies())
    await load.run_closed(clients, 4)  # Warm.
    replies = await load.run_closed(clients, seconds)
    most = max(1.0, good(replies) / seconds)
    show(f"closed loop, {clients} clients", replies, seconds, most)
    for times in (1, 3):
        replies = await load.run(most * times, seconds)
        ended = perf_counter()
        show(f"{times}x = {most * times:.0f}/s for {seconds:g} s", replies, seconds, most)
        print(f"    normal again after {await drained(load, ended):.2f} s")
    load.close()


def show(title: str, replies: list[Reply], seconds: float, most: float) -> None:
    """Print one run."""
    rate = good(replies) / seconds
    ok = [reply.seconds * 1000 for reply in replies if reply.status == 200]
    shed = [reply.seconds * 1000 for reply in replies if reply.status == 429]
    print(f"{title}: goodput {rate:.0f}/s = {rate / most:.0%} of the most")
    late = sum(reply.status == 200 for reply in replies) - good(replies)
    print(f"    {late} answers came later than {GOOD_S:g} s")
    print(f"    statuses {dict(Counter(reply.status for reply in replies))}")
    print(f"    sources  {dict(Counter(reply.source for reply in replies if reply.status == 200))}")
    for name, values in (("200", ok), ("429", shed)):
        figures = ", ".join(f"{percentile(values, share):.0f}" for share in (0.5, 0.95, 0.99, 1))
        print(f"    {name}: p50, p95, p99, max = {figures} ms")


def good(replies: list[Reply]) -> int:
    """Answers in time."""
    return sum(reply.status == 200 and reply.seconds <= GOOD_S for reply in replies)


async def drained(load: Load, since: float) -> float:
    """Seconds until ten requests in a row, one after the other, are answered by jobs of their own."""
    in_a_row = 0
    while in_a_row < 10 and perf_counter() - since < DRAIN_LIMIT_S:
        (reply,) = await load.run(1, 1)
        in_a_row = in_a_row + 1 if (reply.status, reply.source) == (200, "miss") else 0
    return perf_counter() - since


def bodies() -> Iterator[bytes]:
    """Requests that nobody made before."""
    run = uuid4().hex
    for number in count():
        request = {"userId": f"{run}-{number}", "currentSkill": "junior", "goal": "fullstack"}
        yield json.dumps({**request, "timeframe": "3months"}).encode()


@contextmanager
def service(**settings: str) -> Iterator[str]:
    """A whole service on free ports, with its data in a folder that goes away with it."""
    port, flower = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "PORT": str(port), "FLOWER_PORT": str(flower), "DATA_DIR": folder, **settings}
        process = subprocess.Popen([sys.executable, str(ROOT / "manage.py"), "up"], cwd=ROOT, env=env)
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def wait_until_healthy(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Until all of it answers, two minutes at most."""
    until = perf_counter() + 120
    while perf_counter() < until and process.poll() is None:
        try:
            if requests.get(f"{url}/health", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        sleep(0.5)
    sys.exit("the service did not come up")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
