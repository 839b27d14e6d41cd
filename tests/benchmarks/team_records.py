"""How long it takes to read a team of a hundred with forty skills each, and to move the demo's dates.

Run: ``PYTHONPATH=. .venv/bin/python tests/benchmarks/team_records.py``.
"""

import gc
import tempfile
from collections.abc import Callable
from datetime import date
from itertools import cycle
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import Engine, insert

from flows.catalogue.built_in import built_in_catalogue
from flows.intelligence.mastery import Mastery
from flows.intelligence.teams.tally import tally
from tasks.store.database import ensure_organisation, open_database, upgrade
from tasks.store.demo import load_demo, move_demo_dates
from tasks.store.learners import StoredLearners
from tasks.store.tables import team_members, teams
from tasks.store.team_records import StoredTeams

MEMBERS, SKILLS, TIMES = 100, 40, 200


def fill(engine: Engine) -> None:
    """One team, and as many people again who are in none."""
    catalogue = list(built_in_catalogue().skills)
    learners = StoredLearners(engine)
    for number in range(2 * MEMBERS):
        chosen = [catalogue[(number + 5 * step) % len(catalogue)] for step in range(SKILLS)]
        learners.record("acme", f"u{number}", {s: Mastery((number % 10) / 10, 9) for s in chosen})
    owned = {"organisation_id": "acme"}
    with engine.begin() as connection:
        ensure_organisation(connection, "acme")
        connection.execute(insert(teams), owned | {"id": "web", "name": "Web"})
        rows = [owned | {"team_id": "web", "user_id": f"u{number}"} for number in range(MEMBERS)]
        connection.execute(insert(team_members), rows)


def timed(name: str, run: Callable[[], object]) -> None:
    """Print percentiles of many runs, in milliseconds, by the clock and of processor time.

    The second is what the first comes to on a machine with nothing else to do.
    """
    wall, cpu = [], []
    for _ in range(TIMES):
        started, used = perf_counter(), process_time()
        run()
        wall.append((perf_counter() - started) * 1000)
        cpu.append((process_time() - used) * 1000)
    for kind, taken in (("clock", sorted(wall)), ("processor", sorted(cpu))):
        p50, p95, p99 = (taken[int(TIMES * share) - 1] for share in (0.5, 0.95, 0.99))
        print(f"{name:34} {kind:9} p50 {p50:6.2f}  p95 {p95:6.2f}  p99 {p99:6.2f} ms")


def main() -> None:
    """Measure on a database of its own."""
    catalogue = built_in_catalogue()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'learning.db'}"
        upgrade(url)
        engine = open_database(url)
        fill(engine)
        load_demo(engine, catalogue)
        records = StoredTeams(engine)
        gc.collect()
        gc.freeze()  # As a worker does.
        members = records.of("acme", "web").members
        timed(f"a team of {MEMBERS} x {SKILLS} skills", lambda: records.of("acme", "web"))
        timed(f"an organisation of {2 * MEMBERS}", lambda: records.of("acme", None))
        timed(f"counting {MEMBERS} members", lambda: tally(members, catalogue))
        days = cycle([date(2030, 1, 1), date(2030, 1, 2)])
        timed("moving the demo's dates by a day", lambda: move_demo_dates(engine, today=next(days)))
        engine.dispose()


if __name__ == "__main__":
    main()
