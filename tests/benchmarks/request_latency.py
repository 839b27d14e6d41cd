"""Where the time of an uncached request goes, hop by hop.

Asks a running service for learning paths, one after the other, each for another person so
that nothing is cached, and prints percentiles of the whole request and of every entry of
``Server-Timing``. Run: ``.venv/bin/python tests/benchmarks/request_latency.py`` while ``make up`` runs.
"""

import argparse
import re
import sys
from time import perf_counter
from uuid import uuid4

import requests

GOALS = ("fullstack", "backend", "frontend", "devops", "python")
WARM_UP = 20
ENTRY = re.compile(r"([\w.]+);dur=([\d.]+)")


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", default="http://127.0.0.1:3005")
    arguments.add_argument("--requests", type=int, default=200)
    given = arguments.parse_args()
    hops: dict[str, list[float]] = {}
    with requests.Session() as session:
        for number in range(WARM_UP + given.requests):
            measured = _ask(session, given.url, GOALS[number % len(GOALS)])
            if number >= WARM_UP:
                for hop, milliseconds in measured.items():
                    hops.setdefault(hop, []).append(milliseconds)
    print(f"{given.requests} sequential uncached requests, milliseconds")
    print(f"{'':24}{'p50':>8}{'p95':>8}{'p99':>8}")
    for hop, values in hops.items():
        figures = "".join(f"{_percentile(values, share):8.2f}" for share in (0.50, 0.95, 0.99))
        print(f"{hop:24}{figures}")


def _ask(session: requests.Session, url: str, goal: str) -> dict[str, float]:
    body = {"userId": uuid4().hex, "currentSkill": "junior", "goal": goal, "timeframe": "3months"}
    started = perf_counter()
    response = session.post(f"{url}/api/recommendations/learning-path", json=body, timeout=30)
    whole = (perf_counter() - started) * 1000
    if response.status_code != 200 or response.headers["X-Cache"] != "miss":
        sys.exit(f"not an uncached answer: {response.status_code} {response.text[:500]}")
    timing = {name: float(ms) for name, ms in ENTRY.findall(response.headers["Server-Timing"])}
    stages = sum(ms for name, ms in timing.items() if "." in name or name == "explain")
    return {"request": whole, **timing, "wait less stages": timing["wait"] - stages}


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    main()
