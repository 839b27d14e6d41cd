"""What Celery's events for Flower cost on the interactive path.

Asks a running service for uncached learning paths, one after the other, while events are switched on and
off by remote control in turns, and prints the percentiles of both and the ratio of their medians round
by round. Run while ``make up`` runs:
``REDIS_URL=$(cat .data/redis/url) .venv/bin/python tests/benchmarks/task_events.py``
"""

import argparse
import os
from statistics import median
from time import perf_counter, sleep
from uuid import uuid4

import requests

from flows.registry import STAGES
from tasks.celery_app import WORKER_TRANSPORT, make_celery

GOALS = ("fullstack", "backend", "frontend", "devops", "python")
SETTLES_S = 0.5  #: A worker hears of a change within this.


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", default="http://127.0.0.1:3005")
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("--requests", type=int, default=100, help="per round and side")
    given = arguments.parse_args()
    control = make_celery(os.environ["REDIS_URL"], STAGES, WORKER_TRANSPORT).control
    sides: dict[str, list[float]] = {"on": [], "off": []}
    ratios = []
    with requests.Session() as session:
        for number in range(given.rounds):
            medians = {}
            for side in ("on", "off") if number % 2 else ("off", "on"):
                (control.enable_events if side == "on" else control.disable_events)()
                sleep(SETTLES_S)
                took = [_ask(session, given.url, at) for at in range(given.requests)]
                sides[side] += took
                medians[side] = median(took)
            ratios.append(medians["on"] / medians["off"])
    control.enable_events()
    for side, took in sides.items():
        shown = "".join(f"{sorted(took)[int(len(took) * share)]:8.2f}" for share in (0.50, 0.95, 0.99))
        print(f"events {side:4} p50, p95, p99 ms {shown}")
    print(
        f"on/off, medians of {given.rounds} rounds: {min(ratios):.3f} {median(ratios):.3f} {max(ratios):.3f}"
    )


def _ask(session: requests.Session, url: str, number: int) -> float:
    goal = GOALS[number % len(GOALS)]
    body = {"userId": uuid4().hex, "currentSkill": "junior", "goal": goal, "timeframe": "3months"}
    started = perf_counter()
    response = session.post(f"{url}/api/recommendations/learning-path", json=body, timeout=30)
    response.raise_for_status()
    return (perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
