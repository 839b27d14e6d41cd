"""How exactly a call of an upstream ends at its deadline, what it leaves behind, and what a call costs.

Calls a server in another process, which misbehaves in every way of ``tests.fakes.upstream_server``, many
times each with a short deadline. Prints how much later than that the calls came back, beside a plain sleep
of the same length, and the threads, sockets and memory that came with them. Then a storm of time-outs
against the breaker, and the time of a good call beside that of a bare ``requests`` session. Run:
``PYTHONPATH=. .venv/bin/python tests/benchmarks/upstream_deadline.py``.
"""

import argparse
import os
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from statistics import median
from time import perf_counter, sleep
from typing import Any

import requests

from flows.errors import BreakerOpen, PortUnavailable
from flows.upstreams.breaker import BreakerSettings
from flows.upstreams.retry import RetryPolicy
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tests.fakes.upstream_server import UpstreamServer, silent_url

NEVER_OPENS = BreakerSettings(slow_s=60, in_a_row=10**9, least_calls=10**9)
MODES: dict[str, dict[str, Any]] = {
    "slow": {"mode": "slow", "wait_s": 5},
    "hang": {"mode": "hang"},
    "stall": {"mode": "stall"},
    "drip 20 ms": {"mode": "drip", "wait_s": 0.02},
    "drip 0.5 ms": {"mode": "drip", "wait_s": 0.0005},
    "drip headers": {"mode": "drip_headers", "wait_s": 0.005},
    "500, retried": {"mode": "status", "status": 500},
    "bad JSON": {"mode": "bad_json"},
    "huge": {"mode": "huge", "size": 10**9},
    "close mid-body": {"mode": "close_mid_body"},
}


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, default=200)
    arguments.add_argument("--deadline-ms", type=float, default=100)
    given = arguments.parse_args()
    deadline_s = given.deadline_ms / 1000
    print(f"{given.calls} calls each, deadline {given.deadline_ms:g} ms; ms after the deadline")
    print(f"{'mode':16}{'p50':>9}{'p99':>9}{'worst':>9}  threads  sockets  peak KB")
    show("a plain sleep", [_seconds(lambda: sleep(deadline_s)) - deadline_s for _ in range(given.calls)])
    for name, behaviour in MODES.items():
        with misbehaving(behaviour) as url:
            measure(name, url, given.calls, deadline_s)
    with silent_url() as url:
        measure("no connection", url, given.calls, deadline_s)
    storm(deadline_s)
    good_calls(given.calls * 10)


@contextmanager
def misbehaving(behaviour: dict[str, Any]) -> Iterator[str]:
    """The address of a server in a process of its own."""
    ours, theirs = Pipe()
    process = Process(target=_serve, args=(behaviour, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("stop")
        process.join(10)


def _serve(behaviour: dict[str, Any], other: Connection) -> None:
    with UpstreamServer() as server:
        server.behave(**behaviour)
        other.send(server.url)
        other.recv()


def measure(name: str, url: str, calls: int, deadline_s: float) -> None:
    """How late calls are that should end with their deadline, or before it."""
    policy = RetryPolicy(attempts=1000, first_wait_s=0.005, longest_wait_s=0.005)
    client = UpstreamClient(UpstreamSettings("bench", url, NEVER_OPENS, policy, most_bytes=100_000))
    _fails(client, deadline_s)
    before = _state()
    late = [_seconds(lambda: _fails(client, deadline_s)) - deadline_s for _ in range(calls)]
    after = _state()
    client.close()
    show(name, late, "".join(f"{b - a:+9d}" for a, b in zip(before, after, strict=True)))


def show(name: str, late_s: list[float], more: str = "") -> None:
    """One line of the table."""
    late_ms = sorted(seconds * 1000 for seconds in late_s)
    figures = (median(late_ms), late_ms[int(len(late_ms) * 0.99)], late_ms[-1])
    print(f"{name:16}" + "".join(f"{figure:9.2f}" for figure in figures) + more, flush=True)


def _seconds(call: Callable[[], Any]) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started


def _fails(client: UpstreamClient, deadline_s: float) -> None:
    try:
        client.call("GET", "/", None, deadline_s=deadline_s)
    except PortUnavailable:
        pass


def _state() -> tuple[int, int, int]:
    """Threads, sockets, and the most memory used so far in KB."""
    targets = []
    for entry in os.scandir("/proc/self/fd"):
        try:
            targets.append(os.readlink(entry.path))
        except OSError:
            pass  # The one of the listing.
    sockets = sum(target.startswith("socket:") for target in targets)
    return threading.active_count(), sockets, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def storm(deadline_s: float) -> None:
    """How long time-outs go on before the breaker opens, and what a call costs then."""
    with misbehaving({"mode": "hang"}) as url:
        client = UpstreamClient(UpstreamSettings("storm", url, BreakerSettings(slow_s=deadline_s)))
        started, asked = perf_counter(), 0
        while True:
            try:
                client.call("GET", "/", None, deadline_s=deadline_s)
            except BreakerOpen:
                break
            except PortUnavailable:
                asked += 1
        print(
            f"storm: the breaker is open after {perf_counter() - started:.2f} s, {asked} calls of one caller"
        )
        print(f"a call that is not made takes {_median_us(lambda: _fails(client, deadline_s), 1000):.0f} us")


def good_calls(calls: int) -> None:
    """What all this costs when all is well."""
    with misbehaving({"mode": "normal"}) as url:
        client = UpstreamClient(UpstreamSettings("good", url, NEVER_OPENS))
        ours = _median_us(lambda: client.call("POST", "/", {"a": 1}, deadline_s=5), calls)
        session = requests.Session()
        session.trust_env = False
        bare = _median_us(lambda: session.post(url, json={"a": 1}, timeout=5).json(), calls)
        print(f"a good call takes {ours:.0f} us, with requests alone {bare:.0f} us (with the server's share)")


def _median_us(call: Callable[[], Any], times: int) -> float:
    return median(_seconds(call) for _ in range(times)) * 1e6


if __name__ == "__main__":
    main()
