"""How fast patterns are mined and asked for, and how large their state is.

Makes events of people who follow a few habits, the same every time, feeds them shuffled, and prints
figures in CPU time, so that what else runs on the machine matters little. Run:
``PYTHONPATH=. .venv/bin/python tests/benchmarks/pattern_mining.py``.
"""

import argparse
import json
import resource
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from time import process_time
from typing import TypeVar

from flows.intelligence.patterns.candidates import candidates
from flows.intelligence.patterns.miner import Miner
from flows.intelligence.patterns.resolutions import resolutions
from flows.intelligence.patterns.table import PatternTable
from flows.signals.events import Event, Kind

Result = TypeVar("Result")

SKILLS, ITEMS_PER_SKILL, ERRORS, FIXES = 120, 12, 80, 7
WORK = (
    Kind.CODE_WRITTEN,
    Kind.PROMPT_USED,
    Kind.PROMPT_ACCEPTED,
    Kind.EXERCISE_ATTEMPTED,
    Kind.EXERCISE_SOLVED,
    Kind.COURSE_STARTED,
    Kind.QUIZ_ANSWERED,
)
SESSION = 10  #: Events in a session.
HISTORY = 50  #: Events that come with a question.


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=100_000)
    arguments.add_argument("--people", type=int, default=500)
    arguments.add_argument("--organisations", type=int, default=3)
    given = arguments.parse_args()
    events = list(_events(given.events, given.people, given.organisations))
    Random(1).shuffle(events)
    print(f"{len(events)} events of {given.people} people in {given.organisations} organisations, shuffled")
    miner = _mine(events)
    _timed("take them all again", lambda: miner.add(events), len(events))
    state = json.dumps(miner.to_json(), separators=(",", ":")).encode()
    print(f"state: {len(state) / 1e6:.1f} MB of JSON, {len(zlib.compress(state)) / 1e6:.1f} MB compressed")
    print(f"process at its largest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    _ask(miner, events)


def _mine(events: Sequence[Event]) -> Miner:
    miner = Miner()
    _timed("take events", lambda: miner.add(events), len(events))
    organisations = sorted({event.organisation for event in events})
    people = sorted({(event.organisation, event.user_id) for event in events})
    mined = _timed(
        "mine organisations", lambda: [miner.of_organisation(name) for name in organisations], len(events)
    )
    overall = _timed("mine overall", miner.overall, len(events))
    _timed("mine people", lambda: [miner.of_person(*person) for person in people], len(events))
    counters = ", ".join(f"{len(table)} {table.scope.value}" for table in [*mined, overall])
    table_size = len(json.dumps(mined[0].to_json(), separators=(",", ":")))
    print(f"counters: {counters}; table of an organisation: {table_size / 1e6:.1f} MB of JSON")
    return miner


def _ask(miner: Miner, events: Sequence[Event]) -> None:
    histories: dict[tuple[str, str], list[Event]] = {}
    for event in sorted(events, key=lambda event: event.at):
        histories.setdefault((event.organisation, event.user_id), []).append(event)
    candidate_times, resolution_times = [], []
    for _ in range(3):
        for (organisation, person), history in histories.items():
            tables = _tables(miner, organisation, person)
            recent = history[-HISTORY:]
            candidate_times.append(_microseconds(lambda t=tables, h=recent: candidates(t, h, 10)))
            message = next(event.text for event in history if event.kind is Kind.ERROR_HIT)
            resolution_times.append(_microseconds(lambda t=tables, m=message: resolutions(t, m, 5)))
    for name, times in (("candidates", candidate_times), ("resolutions", resolution_times)):
        p50, p95, p99 = (sorted(times)[int(len(times) * share)] for share in (0.5, 0.95, 0.99))
        print(f"{name}, {len(times)} times: p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} microseconds")


def _tables(miner: Miner, organisation: str, person: str) -> list[PatternTable]:
    return [miner.of_person(organisation, person), miner.of_organisation(organisation), miner.overall()]


def _microseconds(call: Callable[[], object]) -> float:
    started = process_time()
    call()
    return (process_time() - started) * 1e6


def _timed(what: str, call: Callable[[], Result], events: int) -> Result:
    started = process_time()
    result = call()
    seconds = process_time() - started
    print(f"{what:20} {seconds:6.2f} s {events / seconds:10.0f} events/s")
    return result


def _events(count: int, people: int, organisations: int) -> Iterator[Event]:
    """Sessions of people who go from a skill mostly to a few others, and meet errors on the way."""
    random = Random(7)
    weights = [1 / (rank + 1) for rank in range(SKILLS)]
    start = datetime(2025, 1, 1, tzinfo=UTC)
    for session in range(count // SESSION):
        person = random.randrange(people)
        at = start + timedelta(hours=random.randrange(24 * 180))
        skill = random.choices(range(SKILLS), weights)[0]
        for number in range(SESSION):
            at += timedelta(seconds=random.randrange(20, 900))
            if random.random() < 0.4:
                skill = (skill * 3 + random.choice([1, 1, 2, 5])) % SKILLS
            kind, item, text = _happening(random, number, skill)
            yield Event(
                id=f"{session:08x}-{number:04x}-4000-8000-{random.randrange(2**48):012x}",
                organisation=f"org-{person % organisations}",
                user_id=f"user-{person}",
                kind=kind,
                at=at,
                session_id=f"session-{session}",
                skill=f"skill-{skill}",
                item=item,
                text=text,
            )


def _happening(random: Random, number: int, skill: int) -> tuple[Kind, str | None, str]:
    error = random.randrange(ERRORS)
    if number % 5 == 3:
        problem = "abcdefghij"[error % 10] * (1 + error // 10)
        return Kind.ERROR_HIT, None, f"TypeError: problem {problem} at line {random.randrange(999)}"
    if number % 5 == 4:
        return Kind.ERROR_RESOLVED, None, f"Apply fix {random.choice([error, skill]) % FIXES}"
    return random.choice(WORK), f"item-{skill}-{random.randrange(ITEMS_PER_SKILL)}", ""


if __name__ == "__main__":
    main()
