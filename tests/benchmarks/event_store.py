"""How fast events are stored and read again.

Appends events in batches of 1,000, as ``POST /api/events`` takes them, and prints events/s; then
sends the same again, and asks for one person's newest and for all of them in pages. Run:
``PYTHONPATH=. .venv/bin/python tests/benchmarks/event_store.py`` (SQLite in a folder of its own),
``--postgresql`` for a private PostgreSQL, ``--url`` for a database of one's own.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import TypeVar

from flows.signals.events import Event, Kind
from tasks.store.database import open_database, upgrade
from tasks.store.events import StoredEvents
from tests.postgres import new_database, private_server

T = TypeVar("T")

BATCH = 1000
PEOPLE = 200
START = datetime(2025, 1, 1, tzinfo=UTC)
ORGANISATION = "benchmark"


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url")
    arguments.add_argument("--postgresql", action="store_true")
    arguments.add_argument("--events", type=int, default=100_000)
    given = arguments.parse_args()
    with database(given.url, given.postgresql) as url:
        upgrade(url)
        engine = open_database(url)
        print(f"{engine.dialect.name}, {given.events:,} events in batches of {BATCH:,}")
        measure(StoredEvents(engine), given.events)
        engine.dispose()


@contextmanager
def database(url: str | None, on_postgresql: bool) -> Iterator[str]:
    """The database to measure on."""
    if url:
        yield url
    elif on_postgresql:
        with private_server() as server, new_database(server) as fresh:
            yield fresh
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/learning.db"


def measure(store: StoredEvents, count: int) -> None:
    """Write, write again, read."""
    batches = [[event(number) for number in range(n, n + BATCH)] for n in range(0, count, BATCH)]
    for name in ("new", "duplicates"):
        seconds, _ = timed(lambda: [store.append(batch) for batch in batches])
        ms = seconds / len(batches) * 1000
        print(f"append {name:12}{count / seconds:12,.0f} events/s{ms:10.1f} ms a batch")
    people = [f"person-{number}" for number in range(PEOPLE)]
    seconds, _ = timed(lambda: [store.of_user(ORGANISATION, person, limit=100) for person in people])
    print(f"newest 100 of a person {seconds / PEOPLE * 1000:10.2f} ms")
    seconds, read = timed(lambda: sum(len(page) for page in store.since(ORGANISATION, START)))
    print(f"all in pages       {read / seconds:12,.0f} events/s")


def event(number: int) -> Event:
    """An event with a text and data as an IDE sends them."""
    return Event(
        id=f"{number * 2_654_435_761 % 2**32:08x}-{number}",  # Arrives in no order, as a UUID would.
        organisation=ORGANISATION,
        user_id=f"person-{number % PEOPLE}",
        kind=Kind.ERROR_HIT,
        at=START + timedelta(seconds=number),
        session_id=f"session-{number // 100}",
        skill="react-hooks",
        item="react-maximum-update-depth",
        success=number % 3 == 0,
        text="Warning: Maximum update depth exceeded. This can happen when a component calls setState.",
        data={"language": "JavaScript", "lines": number % 200},
    )


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and what came of it."""
    started = perf_counter()
    result = work()
    return perf_counter() - started, result


if __name__ == "__main__":
    main()
