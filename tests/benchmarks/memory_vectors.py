"""What finding memories by meaning adds to a recall, and what an idle look at the index costs.

A question goes to an embedding model and to a Qdrant that really listen, both fakes in threads of this
process, so their own work is a part of the figures; then with one of them dead, hanging or slow. Run:
``PYTHONPATH=. .venv/bin/python tests/benchmarks/memory_vectors.py``, ``--postgresql`` for a private one.
"""

import argparse
from random import Random
from statistics import quantiles
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, insert, select

from flows.memory.port import MemoryBank
from tasks.memory_vectors.reconciler import MemoryIndex
from tasks.store.database import open_database, upgrade
from tasks.store.memories import StoredMemories
from tasks.store.tables import memories, memory_vectors
from tasks.store.vector_claims import State
from tests.benchmarks.event_store import database
from tests.benchmarks.memory_recall import FULL, NOW, fill, memory
from tests.vectors import Place, vectors_at

MODES: dict[str, tuple[str, dict[str, Any]]] = {
    "both well": ("model", {"mode": "normal"}),
    "model 500": ("model", {"mode": "status", "status": 500}),
    "model hangs": ("model", {"mode": "hang"}),
    "model 40 ms late": ("model", {"mode": "slow", "wait_s": 0.04}),
    "Qdrant closes": ("qdrant", {"mode": "close"}),
    "Qdrant hangs": ("qdrant", {"mode": "hang"}),
}
INDEXED = 100  #: The fake looks at each point.


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--postgresql", action="store_true")
    arguments.add_argument("--queries", type=int, default=300, help="of each mode")
    arguments.add_argument("--memories", type=int, default=100_000, help="for the idle look")
    given = arguments.parse_args()
    with database(None, given.postgresql) as url:
        upgrade(url)
        engine = open_database(url)
        random, bank = Random(1), StoredMemories(engine)
        bank.add("small", [memory("small", n, INDEXED, random) for n in range(INDEXED)])
        with vectors_at(engine, MEMORY_VECTORS_MS="25") as place:
            place.vectors.index.reconcile(600.0)
            compare(engine, place, given.queries)
            idle(engine, place, given.memories)
        engine.dispose()


def compare(engine: Engine, place: Place, queries: int) -> None:
    """Recalls by words alone, and in every mode."""
    print(f"{'recall of 10':20} {'p50':>7} {'p95':>7} {'p99':>7}   ms, of {INDEXED} memories")
    print(f"{'words alone':20} {timed(StoredMemories(engine), queries)}")
    for name, (who, how) in MODES.items():
        server = getattr(place, who)
        server.behave(**how)
        print(f"{name:20} {timed(place.again().bank, queries)}", flush=True)
        server.behave("normal")


def timed(bank: MemoryBank, queries: int) -> str:
    """Percentiles in milliseconds."""
    took = []
    for _ in range(queries):
        started = perf_counter()
        bank.recall("small", "person-1", FULL, 10, now=NOW)
        took.append((perf_counter() - started) * 1000)
    cuts = quantiles(took, n=100)
    return " ".join(f"{cuts[place - 1]:7.1f}" for place in (50, 95, 99))


def idle(engine: Engine, place: Place, size: int) -> None:
    """A run over a bank of which every memory is indexed."""
    fill(engine, {"large": size})
    index = place.vectors.index
    collection, _ = index.counts()
    with engine.begin() as connection:
        rows = connection.execute(select(memories.c.organisation_id, memories.c.number)).all()
        more = {"collection": collection, "state": State.INDEXED.value, "claim": "", "at": NOW}
        connection.execute(
            insert(memory_vectors),
            [
                {"organisation_id": row.organisation_id, "number": row.number, **more}
                for row in rows
                if row.organisation_id == "large"
            ],
        )
    place.qdrant.also = len(rows) - len(place.points())
    took = [_run(index) for _ in range(5)]
    print(f"idle look at {len(rows):,} memories: {min(took):.0f} to {max(took):.0f} ms")


def _run(index: MemoryIndex) -> float:
    started = perf_counter()
    assert not index.reconcile(600.0)
    return (perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
