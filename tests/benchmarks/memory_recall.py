"""How fast the memory bank recalls, by size and by how common the words of the query are.

Fills one organisation with 100,000 memories, and 20 with 5,000 each, and asks for fitting ones with
rare, usual and only common words, with a long context, and with none. Run:
``PYTHONPATH=. .venv/bin/python tests/benchmarks/memory_recall.py`` (SQLite in a folder of its own),
``--postgresql`` for a private PostgreSQL, ``--url`` for a database of one's own.
"""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import quantiles
from time import perf_counter, process_time

from sqlalchemy import Engine, insert

from flows.memory.model import Memory, MemoryKind, Visibility
from tasks.store.database import open_database, upgrade
from tasks.store.demo_errors import ERRORS
from tasks.store.memories import StoredMemories
from tasks.store.tables import team_members, teams
from tests.benchmarks.event_store import database

NOW = datetime(2025, 6, 1, tzinfo=UTC)
PEOPLE = 200
VOCABULARY = 20_000  #: Names in people's code; the n-th is used 1/n as often as the first.
BATCH = 1_000
LARGE, SMALL = {"large": 100_000}, {f"small-{number}": 5_000 for number in range(20)}

FULL = f"{ERRORS[0].doing}\n{ERRORS[0].message}"
COMMON = "error when the component is rendered"


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url")
    arguments.add_argument("--postgresql", action="store_true")
    arguments.add_argument("--queries", type=int, default=400, help="of each kind")
    given = arguments.parse_args()
    for sizes in (LARGE, SMALL):
        with database(given.url, given.postgresql) as url:
            upgrade(url)
            engine = open_database(url)
            print(f"{engine.dialect.name}, {len(sizes)} x {max(sizes.values()):,} memories")
            fill(engine, sizes)
            measure(StoredMemories(engine), list(sizes), given.queries)
            engine.dispose()


def fill(engine: Engine, sizes: dict[str, int]) -> None:
    """Write the memories of all organisations, and a team of ten for every person."""
    random, bank, started = Random(1), StoredMemories(engine), perf_counter()
    for organisation, size in sizes.items():
        for first in range(0, size, BATCH):
            bank.add(
                organisation, [memory(organisation, n, size, random) for n in range(first, first + BATCH)]
            )
        with engine.begin() as connection:
            names = [
                {"organisation_id": organisation, "id": str(n), "name": "-"} for n in range(PEOPLE // 10)
            ]
            connection.execute(insert(teams), names)
            connection.execute(insert(team_members), list(members(organisation)))
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    print(f"  add                 {sum(sizes.values()) / (perf_counter() - started):10,.0f} memories/s")


def members(organisation: str) -> Iterator[dict[str, str]]:
    """Teams of ten."""
    for number in range(PEOPLE):
        yield {
            "organisation_id": organisation,
            "team_id": str(number // 10),
            "user_id": f"person-{number}",
        }


def memory(organisation: str, number: int, of: int, random: Random) -> Memory:
    """A solution as editors report it: an error that recurs, names that hardly do, common words."""
    case = random.choice(ERRORS)
    names = " ".join(name(random) for _ in range(12))
    return Memory(
        id=f"{number * 2_654_435_761 % 2**32:08x}",
        organisation=organisation,
        user_id=f"person-{random.randrange(PEOPLE)}",
        kind=random.choice(list(MemoryKind)),
        title=case.message.replace("{name}", name(random)),
        text=f"{case.fix} The error came when the component was rendered: {names}",
        error=case.message,
        skill=case.skill_id,
        success=random.choice([True, True, False, None]),
        visibility=random.choice(list(Visibility)),
        at=NOW - timedelta(days=700 * (of - number) / of),
    )


def name(random: Random) -> str:
    """A name from a vocabulary with few common and many rare ones (Zipf)."""
    rank = int(VOCABULARY ** random.random())
    return f"load{'abcdefghij'[rank % 10].upper()}rder{rank}"


def measure(bank: StoredMemories, organisations: list[str], queries: int) -> None:
    """Ask, kind by kind."""
    random = Random(2)
    first = [timed(bank, organisation, random, "first") for organisation in organisations]
    print(f"  first of an organisation, which counts words {max(first)[0]:9.2f} ms at most")
    kinds = {
        "rare name": lambda: name(random),
        "error message": lambda: random.choice(ERRORS).message,
        "context and error": lambda: FULL,
        "names and words": lambda: " ".join([COMMON, *(name(random) for _ in range(4))]),
        "only common words": lambda: COMMON,
        "no words": lambda: "",
    }
    everything: list[tuple[float, float]] = []
    for kind, query in kinds.items():
        taken = [timed(bank, random.choice(organisations), random, query()) for _ in range(queries)]
        everything += taken
        show(kind, taken)
    show("all", everything)


def timed(bank: StoredMemories, organisation: str, random: Random, query: str) -> tuple[float, float]:
    """Milliseconds of one recall: on the clock, and of this process's CPU (a server has its own)."""
    person = f"person-{random.randrange(PEOPLE)}"
    started, busy = perf_counter(), process_time()
    bank.recall(organisation, person, query, 10, now=NOW)
    return (perf_counter() - started) * 1000, (process_time() - busy) * 1000


def show(kind: str, taken: list[tuple[float, float]]) -> None:
    """One line."""
    clock, cpu = (quantiles(column, n=100) for column in zip(*taken, strict=True))
    on_the_clock = f"p50 {clock[49]:7.2f}   p95 {clock[94]:7.2f} ms"
    print(f"  {kind:20} {on_the_clock}   CPU p50 {cpu[49]:6.2f}   p95 {cpu[94]:6.2f} ms")


if __name__ == "__main__":
    main()
