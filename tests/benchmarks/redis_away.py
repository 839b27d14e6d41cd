"""How long requests take while Redis is silent or gone, and how soon all is as before.

Starts a service of its own and asks it 20 times a second, every request a cache miss, while its Redis is
there, stopped by SIGSTOP (connections come about and nothing is answered), and ended. Takes about two
minutes. Run: ``.venv/bin/python tests/benchmarks/redis_away.py``.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter, sleep

import redis

sys.path.insert(0, str(Path(__file__).parents[2]))
from tasks.embedded_redis import EmbeddedRedis, find_server
from tests.benchmarks.open_loop import Load, Reply, percentile
from tests.benchmarks.overload import bodies, drained, service


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=10.0)
    arguments.add_argument("--rate", type=float, default=20.0)
    arguments.add_argument("--settle", type=float, default=20.0, help="seconds in which models are trained")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedRedis(Path(folder), find_server())
        try:
            with service(REDIS_URL=server.start()) as url:
                sleep(given.settle)
                asyncio.run(measure(url, server, given.rate, given.seconds))
        finally:
            server.stop()


async def measure(url: str, server: EmbeddedRedis, rate: float, seconds: float) -> None:
    """With Redis, then with each fault and after it."""
    load = Load(f"{url}/api/recommendations/learning-path", bodies())
    show("there", await load.run(rate, seconds))
    with redis.Redis.from_url(server.url) as client:
        process: int = client.info("server")["process_id"]
    os.kill(process, signal.SIGSTOP)
    show("silent", await load.run(rate, seconds))
    os.kill(process, signal.SIGCONT)
    await show_recovery(load)
    server.stop()
    show("refused", await load.run(rate, seconds))
    server.start()
    await show_recovery(load)
    load.close()


async def show_recovery(load: Load) -> None:
    """How long until ten requests in a row are answered by jobs of their own."""
    seconds = await drained(load, perf_counter())
    print(f"    as before after {seconds:.2f} s")


def show(title: str, replies: list[Reply]) -> None:
    """Print one run."""
    times = [reply.seconds * 1000 for reply in replies]
    figures = ", ".join(f"{percentile(times, share):.0f}" for share in (0.5, 0.95, 0.99, 1))
    found = Counter((reply.status, reply.source) for reply in replies)
    print(f"Redis {title}: p50, p95, p99, max = {figures} ms; {dict(found)}")


if __name__ == "__main__":
    main()
