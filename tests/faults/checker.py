"""What became of every job: the ledger, the file of effects and the channel of ends are read and compared.

Lost is a job that was accepted and has not ended once everything has calmed down, or is not there.
Its effects happened twice when the run of a process that nobody killed is in the file of effects twice,
or when its end was announced twice.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import redis

from config import keys
from config.queues import QUEUES
from tasks.store.base import State
from tests.faults.load import Answer

LONGEST_BACKLOG_S = 60.0
ENDED = frozenset(state for state in State if state.ended)


@dataclass(frozen=True, slots=True)
class Entry:
    """A job as the ledger has it in the end."""

    state: State
    attempt: int
    created_ms: int
    finished_ms: int
    code: str
    stages: str

    @property
    def took_s(self) -> float:
        """From its acceptance to its end, for each attempt that was lost on the way."""
        return (self.finished_ms - self.created_ms) / 1000 / max(1, self.attempt - 1)


@dataclass(frozen=True, slots=True)
class Account:
    """Every job of one fault. ``local`` counts answers that the front computed by itself, without a job;
    ``waiting`` has the messages that are left, by queue.
    """

    accepted: int
    finished: int
    local: int
    lost: tuple[str, ...]
    effects_twice: tuple[str, ...]
    runs_again: int
    entries: Mapping[str, Entry]
    waiting: Mapping[str, int]
    settled_s: float

    @property
    def failed(self) -> Counter[str]:
        """Jobs that ended without an answer, by code."""
        return Counter(
            e.code or str(e.state) for e in self.entries.values() if e.state is not State.SUCCEEDED
        )

    @property
    def slowest_s(self) -> float:
        """The longest that a job took, from its acceptance to its end, or per lost attempt."""
        return max((entry.took_s for entry in self.entries.values() if entry.state in ENDED), default=0.0)


@dataclass
class Ends:
    """Listens for the ends of jobs, on a connection of its own."""

    url: str
    told: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> "Ends":
        self._stopped, self._ready = Event(), Event()
        self._thread = Thread(target=self._run, name="ends", daemon=True)
        self._thread.start()
        self._ready.wait(2.0)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(2.0)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except (redis.RedisError, OSError):  # Redis is what many faults are about.
                self._stopped.wait(0.05)

    def _listen(self) -> None:
        with redis.Redis.from_url(self.url, decode_responses=True) as client, client.pubsub() as subscription:
            subscription.subscribe(keys.FINISHED)
            while not self._stopped.is_set():
                message = subscription.get_message(timeout=0.2)
                self._ready.set()
                if message and message["type"] == "message":
                    self.told[message["data"]] += 1


class Checker:
    """Compares what was promised with what is there, for the time since it was made."""

    def __init__(self, client: "redis.Redis", effects: Path, ends: Ends) -> None:
        self._client, self._effects, self._ends = client, effects, ends
        self._before = self._ids()
        self._effects_before = effects.stat().st_size if effects.exists() else 0

    def settle(self, answers: Iterable[Answer], seconds: float, known: Iterable[str] = ()) -> Account:
        """The account once no job is under way any more, or none has ended for so many seconds.

        ``known`` are jobs that were accepted in another way than by an answer.
        """
        settled_s = self._calm_down(seconds)
        asked = [answer for answer in answers if answer.accepted]
        entries = self._entries()
        by_front = {a.job_id for a in asked if a.status == 200 and a.job_id not in entries}
        promised = ({a.job_id for a in asked if a.job_id} - by_front) | set(known) | set(entries)
        ended = {job_id for job_id, entry in entries.items() if entry.state in ENDED}
        runs = self._runs()
        twice = {job_id for job_id, times in self._ends.told.items() if times > 1}
        return Account(
            accepted=len(promised),
            finished=len(ended),
            local=sum(1 for a in asked if a.job_id is None or a.job_id in by_front),
            lost=tuple(sorted(promised - ended)),
            effects_twice=tuple(sorted(twice)),
            runs_again=sum(times - 1 for times in runs.values()),
            entries=entries,
            waiting=self._waiting(),
            settled_s=settled_s,
        )

    def _calm_down(self, seconds: float) -> float:
        """A machine that is slow has a backlog; only when nothing ends any more is what is left lost."""
        started = moved = time.monotonic()
        before = -1
        while left := self._client.zcard(keys.LEASES):
            now = time.monotonic()
            if before < 0 or left < before:
                moved, before = now, left
            if now - moved > seconds or now - started > LONGEST_BACKLOG_S:
                break
            time.sleep(0.05)
        return time.monotonic() - started

    def _ids(self) -> set[str]:
        return {
            key.removeprefix(keys.JOB_PREFIX) for key in self._client.scan_iter(keys.JOB_PREFIX + "*", 1000)
        }

    def _entries(self) -> dict[str, Entry]:
        ids = sorted(self._ids() - self._before)
        with self._client.pipeline(transaction=False) as pipeline:
            for job_id in ids:
                pipeline.hmget(keys.job(job_id), *FIELDS)
            rows = pipeline.execute()
        return {job_id: _entry(row) for job_id, row in zip(ids, rows, strict=True) if row[0]}

    def _waiting(self) -> dict[str, int]:
        """Messages by queue, and those that a worker has and has not acknowledged; none that is empty."""
        lengths = {queue: int(self._client.llen(keys.PREFIX + queue)) for queue in QUEUES}
        lengths["unacked"] = int(self._client.hlen(keys.PREFIX + "unacked"))
        return {queue: length for queue, length in lengths.items() if length}

    def _runs(self) -> Counter[str]:
        """How often each job ran its effect."""
        if not self._effects.exists():
            return Counter()
        with self._effects.open("rb") as file:
            file.seek(self._effects_before)
            return Counter(line.split()[0].decode() for line in file)


FIELDS = ("state", "attempt", "created_ms", "finished_ms", "problem", "stages")


def _entry(row: list[str | None]) -> Entry:
    state, attempt, created, finished, problem, stages = (value or "" for value in row)
    code = problem.partition('"code":"')[2].partition('"')[0]
    return Entry(State(state), int(attempt), int(created), int(finished or 0), code, stages)
