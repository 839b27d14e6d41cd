"""How soon many clients hear of the end of their jobs, and what holding them costs.

Starts a private Redis and a streams process, connects clients of both transports, some to each job, ends
the jobs one after the other, and prints how long after the end the last event was there, the memory of
the process before, with and after its clients, and how many events it sends a second when all jobs end
at once. Bounded to a minute or two. Run: ``PYTHONPATH=. .venv/bin/python tests/benchmarks/streams.py``.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from tornado.websocket import websocket_connect

from tasks.descriptors import allow_descriptors
from tasks.embedded_redis import EmbeddedRedis, find_server
from tasks.redis_client import fast_client
from tasks.store.base import Job, Outcome, State
from tasks.store.in_redis import RedisLedger
from tests.factories import new_job

HOST, PORT = "127.0.0.1", 3997
AT_ONCE = 50  #: Connections that are made at the same time.
PAUSE_S = 0.01  #: Between two jobs that end.
RESULT = '{"text":"' + "x" * 10_000 + '"}'
DONE = Outcome(state=State.SUCCEEDED, stages=[{"type": "a", "status": "ok", "ms": 1.0}] * 5, result=RESULT)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sse", type=int, default=1_000)
    arguments.add_argument("--web-sockets", type=int, default=200)
    arguments.add_argument("--jobs", type=int, default=300)
    given = arguments.parse_args()
    allow_descriptors(given.sse + given.web_sockets)
    with tempfile.TemporaryDirectory() as folder:
        redis_server = EmbeddedRedis(Path(folder), find_server())
        url = redis_server.start()
        try:
            with streams_process(folder, url) as pid:
                ledger = RedisLedger(fast_client(url))
                for at_once in (False, True):
                    asyncio.run(measure(ledger, pid, given, at_once=at_once))
                print(f"memory afterwards            {memory_mb(pid):8.1f} MB")
        finally:
            redis_server.stop()


@contextmanager
def streams_process(folder: str, url: str) -> Iterator[int]:
    """The process under test; gives its pid."""
    env = {
        **os.environ,
        "DATA_DIR": folder,
        "REDIS_URL": url,
        "STREAMS_PORT": str(PORT),
        "LOG_LEVEL": "WARNING",
    }
    process = subprocess.Popen([sys.executable, "-m", "app.streams"], env=env)
    try:
        for _ in range(200):
            try:
                requests.get(f"http://{HOST}:{PORT}/health", timeout=1).raise_for_status()
                break
            except requests.RequestException:
                time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def cpu_s(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def running(ledger: RedisLedger) -> Job:
    """A job that a worker has taken up."""
    job = new_job()
    ledger.accept(job, 60_000)
    started = ledger.start(job.id, 0, 1)
    assert started is not None
    return started


async def measure(ledger: RedisLedger, pid: int, given: argparse.Namespace, *, at_once: bool) -> None:
    """Connect everybody, end the jobs, and say what came of it."""
    jobs = [running(ledger) for _ in range(given.jobs)]
    before, gate = memory_mb(pid), asyncio.Semaphore(AT_ONCE)
    heard: dict[str, list[float]] = {"sse": [], "websocket": []}
    ready: asyncio.Queue[None] = asyncio.Queue()
    ended: dict[str, float] = {}

    async def follow(transport: str, job_id: str) -> None:
        async with gate:
            connected = await (events if transport == "sse" else web_socket)(job_id)
        await ready.put(None)
        at = await connected
        heard[transport].append((at - ended[job_id]) * 1000)

    names = ["sse"] * given.sse + ["websocket"] * given.web_sockets
    started = time.perf_counter()
    clients = [asyncio.create_task(follow(name, jobs[n % len(jobs)].id)) for n, name in enumerate(names)]
    for _ in clients:
        await ready.get()
    print(f"{len(clients)} clients of {len(jobs)} jobs, there after {time.perf_counter() - started:.1f} s")
    print(f"memory before, with them     {before:8.1f} MB {memory_mb(pid):8.1f} MB")
    used, started = cpu_s(pid), time.perf_counter()
    for job in jobs:
        ended[job.id] = time.perf_counter()
        await asyncio.to_thread(ledger.finish, job, DONE)
        await asyncio.sleep(0 if at_once else PAUSE_S)
    await asyncio.gather(*clients)
    seconds = time.perf_counter() - started
    how = "as fast as they can" if at_once else f"every {PAUSE_S * 1000:g} ms and more"
    print(f"jobs end {how}: {seconds:.2f} s in all, {cpu_s(pid) - used:.2f} s of the processor")
    for name, values in heard.items():
        values.sort()
        shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
        figures = (f"{at} {values[int(len(values) * share)]:7.1f}" for at, share in shares.items())
        print(f"{name:10} end to event, ms: {'  '.join(figures)}")


async def events(job_id: str) -> "asyncio.Task[float]":
    """Connect, and go on in a task that ends with the time at which the last event was there."""
    reader, writer = await asyncio.open_connection(HOST, PORT)
    writer.write(f"GET /api/jobs/{job_id}/events HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    await reader.readuntil(b"event: queued")

    async def last() -> float:
        await reader.readuntil(b"event: ended")
        at = time.perf_counter()
        writer.close()
        return at

    return asyncio.create_task(last())


async def web_socket(job_id: str) -> "asyncio.Task[float]":
    """As :func:`events`, over a WebSocket."""
    client = await websocket_connect(f"ws://{HOST}:{PORT}/ws/jobs/{job_id}")
    await client.read_message()

    async def last() -> float:
        while '"ended"' not in str(await client.read_message())[:40]:
            pass
        at = time.perf_counter()
        client.close()
        return at

    return asyncio.create_task(last())


if __name__ == "__main__":
    main()
