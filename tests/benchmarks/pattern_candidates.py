"""How well patterns alone foretell what people do next, on a course log in the format of MARS.

Leave-last-out: the patterns are mined from all but the last course of each person, who is then
asked about; all courses that the person has not seen are candidates. The constants of
``flows.intelligence.patterns`` were chosen with ``--validate``, which takes each person's newest
course out first and asks for the one before it. Run:
``PYTHONPATH=. .venv/bin/python tests/benchmarks/pattern_candidates.py [--validate] [--people 3]``.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from math import log2
from pathlib import Path

from flows.intelligence.patterns.candidates import candidates
from flows.intelligence.patterns.event_log import Retention
from flows.intelligence.patterns.miner import Miner
from flows.intelligence.patterns.mining import MiningLimits
from flows.intelligence.patterns.table import PatternTable
from flows.signals.events import Event, Kind

LOG = Path(__file__).parents[3] / "shared" / "data" / "interactions" / "mars_interactions.csv"
CUT_OFF = 10
EVERYBODY = 1_000_000


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--file", type=Path, default=LOG)
    arguments.add_argument("--people", type=int, default=3, help="fewest people behind a pattern")
    arguments.add_argument(
        "--validate", action="store_true", help="leave the newest of each person out first"
    )
    given = arguments.parse_args()
    histories = _histories(given.file)
    if given.validate:
        histories = {person: events[:-1] for person, events in histories.items()}
    asked = {person: events for person, events in histories.items() if len(events) >= 2}
    miner = Miner(
        Retention(people_per_organisation=EVERYBODY, events_per_person=EVERYBODY),
        MiningLimits(people=given.people),
    )
    for person, events in histories.items():
        miner.add(events[:-1] if person in asked else events)
    table = miner.of_organisation("all")
    gains = list(_gains(table, asked, given.people))
    ndcg, recall = sum(gains) / len(asked), sum(gain > 0 for gain in gains) / len(asked)
    print(f"{len(asked)} people, {len(table)} counters, k = {given.people}:", end=" ")
    print(f"NDCG@{CUT_OFF} {ndcg:.3f}, Recall@{CUT_OFF} {recall:.3f}")


def _histories(file: Path) -> Mapping[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    with file.open(encoding="utf-8") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            found[row["user_id"]].append(
                Event(
                    id=str(number),
                    organisation="all",
                    user_id=row["user_id"],
                    kind=Kind.COURSE_COMPLETED,
                    at=datetime.fromisoformat(row["created_at"]).replace(tzinfo=UTC),
                    item=row["item_id"],
                )
            )
    return {person: sorted(events, key=lambda event: event.at) for person, events in found.items()}


def _gains(table: PatternTable, asked: Mapping[str, list[Event]], people: int) -> Iterator[float]:
    """Of each person 1 / log2(1 + place) of the course that was left out, 0 when it is not found."""
    for events in asked.values():
        found = candidates([table], events[:-1], CUT_OFF, types=("course",), people=people)
        ids = [candidate.id for candidate in found]
        yield 1 / log2(ids.index(str(events[-1].item)) + 2) if events[-1].item in ids else 0.0


if __name__ == "__main__":
    main()
