"""What the log of decisions adds to a job, and how fast decisions reach the durable store.

Plans a learning path over the built-in catalogue, makes its decision, ends jobs with and without
it on a private Redis, and moves the decisions into a new SQLite file.
Run: ``PYTHONPATH=. .venv/bin/python tests/benchmarks/decision_log.py``.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

from flows.catalogue.built_in import built_in_catalogue
from flows.deadline import Deadline
from flows.decisions.reading import decision_of
from flows.decisions.text import to_text
from flows.loader import BUILT_IN_FILE, load_flows
from flows.registry import STAGES
from flows.requests.learning_path import learning_path
from flows.run import run_step
from tasks.decision_log import DecisionLog
from tasks.embedded_redis import EmbeddedRedis, find_server
from tasks.outcome import success
from tasks.redis_client import fast_client
from tasks.store.base import NewJob
from tasks.store.database import open_database, upgrade
from tasks.store.decisions import StoredDecisions
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.in_redis import RedisLedger
from tasks.store.ledger import Ledger
from tasks.store.pending_decisions import RedisPendingDecisions
from tests.ports import make_ports

SENT = {"currentSkill": "junior", "goal": "fullstack", "timeframe": "3months"}
FLOW = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)["learning_path"]


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--jobs", type=int, default=2000)
    jobs = arguments.parse_args().jobs
    doc, stages = _planned()
    fields = {"decision_id": "0" * 32, "organisation": "demo", "flow": "f", "flow_version": "1"}

    def make() -> str:
        return to_text(decision_of(doc, stages, asked_ms=0, ended_ms=1.0, **fields))

    print(f"decision of a learning path: {len(make())} bytes, {_median_us(make, jobs):.0f} us to make")
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedRedis(Path(folder), find_server())
        server.start()
        try:
            _with_redis(server.url, f"sqlite:///{folder}/learning.db", doc, stages, jobs)
        finally:
            server.stop()


def _planned() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    catalogues = InMemoryCatalogues(built_in_catalogue)
    ports = make_ports(catalogues=catalogues, learners=InMemoryLearners())
    doc: dict[str, Any] = {"request": learning_path("demo", {**SENT, "userId": "ann"}, catalogues)}
    stages = []
    for step in FLOW.steps:
        run = run_step(step, doc, ports, Deadline.after(60_000))
        doc.update(run.updates)
        stages.append(run.record())
    return doc, stages


def _with_redis(
    url: str, database: str, doc: dict[str, Any], stages: list[dict[str, Any]], jobs: int
) -> None:
    with fast_client(url) as client:
        ledger = RedisLedger(client)
        without, with_one = [], []
        for _ in range(jobs):  # In turn, so that both see the same machine.
            without.append(_end_us(ledger, doc, stages, logged=False))
            with_one.append(_end_us(ledger, doc, stages, logged=True))
        print(f"end of a job, median: {median(without):.0f} us without, {median(with_one):.0f} us with")
        used = client.info("memory")["used_memory_human"]
        print(f"{client.hlen('lsvc:decisions:pending')} waiting, Redis uses {used} with their jobs")
        upgrade(database)
        engine = open_database(database)
        started = perf_counter()
        moved = DecisionLog(RedisPendingDecisions(client), StoredDecisions(engine)).move()
        seconds = perf_counter() - started
        print(f"moved {moved} in {seconds:.2f} s: {sum(moved.values()) / seconds:.0f} a second")
        engine.dispose()


def _end_us(ledger: Ledger, doc: dict[str, Any], stages: list[dict[str, Any]], *, logged: bool) -> float:
    job = NewJob(
        id=uuid4().hex,
        organisation="demo",
        flow=FLOW.name,
        version=FLOW.version,
        request=doc["request"],
        fingerprint=uuid4().hex,
        created_ms=0,
        deadline_ms=0,
        run_lease_ms=60_000,
        request_id="r",
    )
    taken = ledger.start(ledger.accept(job, 60_000).job_id, 0, 1)
    assert taken is not None
    outcome = success(taken, FLOW, doc, stages)
    outcome = outcome if logged else replace(outcome, decision="")
    started = perf_counter()
    ledger.finish(taken, outcome)
    return (perf_counter() - started) * 1e6


def _median_us(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        started = perf_counter()
        work()
        taken.append((perf_counter() - started) * 1e6)
    return median(taken)


if __name__ == "__main__":
    main()
