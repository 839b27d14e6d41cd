"""Decisions on their way from the end of their job into the durable store."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Engine, select

from flows.decisions.text import to_text
from flows.errors import PortUnavailable, StoreUnavailable
from tasks.decision_log import BATCH, DecisionLog
from tasks.scheduled.store_decisions import store_decisions
from tasks.services import Services
from tasks.store.database import open_database
from tasks.store.decisions import StoredDecisions
from tasks.store.pending_decisions import InMemoryPendingDecisions
from tasks.store.tables import decisions
from tests.decisions import a_decision


class CrashesBeforeRemoval(InMemoryPendingDecisions):
    """The process ends, or Redis goes away, between storing and taking out."""

    def remove(self, ids: Collection[str]) -> None:
        """Never gets there."""
        raise StoreUnavailable("gone")


class Scheduled:
    """The services, as far as the job needs them."""

    def __init__(self, log: DecisionLog) -> None:
        self.decisions = log


@pytest.fixture
def pending() -> InMemoryPendingDecisions:
    return InMemoryPendingDecisions(most=2 * BATCH + 50)


@pytest.fixture
def log(engine: Engine, pending: InMemoryPendingDecisions) -> DecisionLog:
    return DecisionLog(pending, StoredDecisions(engine))


def stored(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(decisions.c.id).order_by(decisions.c.id)).scalars())


def left(pending: InMemoryPendingDecisions) -> list[str]:
    return [id_ for batch in pending.batches(1000) for id_ in batch]


def put(pending: InMemoryPendingDecisions, *ids: str) -> None:
    for id_ in ids:
        pending.put(id_, to_text(a_decision(id_)))


def counted(fate: str) -> float:
    return REGISTRY.get_sample_value("learning_decisions_total", {"fate": fate}) or 0.0


def test_all_that_wait_are_stored(
    engine: Engine, log: DecisionLog, pending: InMemoryPendingDecisions
) -> None:
    """However many batches it takes, everything is stored and nothing waits any more."""
    ids = [f"{number:04}" for number in range(2 * BATCH + 7)]
    put(pending, *ids)
    assert log.move() == {"stored": 2 * BATCH + 7}
    assert (stored(engine), left(pending)) == (ids, [])
    assert log.move() == {}


def test_a_crash_loses_and_doubles_nothing(engine: Engine) -> None:
    """What was stored and not taken out is moved again, and is there once."""
    crashing = CrashesBeforeRemoval()
    put(crashing, "d-1", "d-2")
    with pytest.raises(StoreUnavailable):
        DecisionLog(crashing, StoredDecisions(engine)).move()
    after = InMemoryPendingDecisions()
    put(after, *left(crashing), "d-3")
    assert DecisionLog(after, StoredDecisions(engine)).move() == {"stored": 1, "known": 2}
    assert stored(engine) == ["d-1", "d-2", "d-3"]


def test_a_bad_one_keeps_no_other_out(
    engine: Engine, log: DecisionLog, pending: InMemoryPendingDecisions
) -> None:
    """One that cannot be read, or that the database refuses, is given up; the rest is stored."""
    put(pending, "d-1", "d-2")
    pending.put("d-3", "no decision")
    pending.put("d-4", to_text(a_decision("d-4", flow=None)))
    before = counted("refused")
    assert log.move() == {"stored": 2, "refused": 2}
    assert (stored(engine), left(pending)) == (["d-1", "d-2"], [])
    assert counted("refused") == before + 2


def test_what_found_no_place_is_counted(log: DecisionLog, pending: InMemoryPendingDecisions) -> None:
    """A queue that was full shows in the metric."""
    before = counted("lost"), counted("stored")
    put(pending, *(f"{number:04}" for number in range(2 * BATCH + 60)))
    assert log.move() == {"stored": 2 * BATCH + 50, "lost": 10}
    assert (counted("lost"), counted("stored")) == (before[0] + 10, before[1] + 2 * BATCH + 50)


def test_without_a_database_they_wait(tmp_path: Path, pending: InMemoryPendingDecisions) -> None:
    """The scheduled job tries again the next time, with everything still there."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    log = DecisionLog(pending, StoredDecisions(open_database(f"sqlite:///{folder}")))
    put(pending, "d-1")
    with pytest.raises(PortUnavailable):
        log.move()
    assert store_decisions(cast(Services, Scheduled(log))) == {}
    assert left(pending) == ["d-1"]


def test_the_scheduled_job_moves(engine: Engine, log: DecisionLog, pending: InMemoryPendingDecisions) -> None:
    """It says what it did."""
    put(pending, "d-1")
    assert store_decisions(cast(Services, Scheduled(log))) == {"stored": 1}
    assert stored(engine) == ["d-1"]


def test_one_that_still_waits_is_found(
    engine: Engine, log: DecisionLog, pending: InMemoryPendingDecisions
) -> None:
    """Feedback may come before the next move; moving it later is no second entry."""
    put(pending, "d-1", "d-2")
    found = log.find("acme", ["d-1", "nothing"])
    assert {id_: decision.user_id for id_, decision in found.items()} == {"d-1": "ann"}
    assert stored(engine) == ["d-1"]
    assert log.move() == {"stored": 1, "known": 1}
    assert sorted(log.find("acme", ["d-1", "d-2"])) == ["d-1", "d-2"]


def test_one_that_waits_is_nobody_elses(
    engine: Engine, log: DecisionLog, pending: InMemoryPendingDecisions
) -> None:
    """Another organisation does not find it, and asking changes nothing."""
    put(pending, "d-1")
    assert log.find("rival", ["d-1"]) == {}
    assert (stored(engine), left(pending)) == ([], ["d-1"])


class Recording(InMemoryPendingDecisions):
    """Remembers what was taken out in which step."""

    def __init__(self) -> None:
        super().__init__()
        self.removed: list[int] = []

    def batches(self, size: int) -> Iterator[Mapping[str, str]]:
        """In batches of two, whatever was asked."""
        return super().batches(2)

    def remove(self, ids: Collection[str]) -> None:
        """Take out and remember."""
        self.removed.append(len(ids))
        super().remove(ids)


def test_each_batch_is_taken_out_by_itself(engine: Engine) -> None:
    """A move that is cut off has done what it has done."""
    pending = Recording()
    put(pending, "d-1", "d-2", "d-3")
    assert DecisionLog(pending, StoredDecisions(engine)).move() == {"stored": 3}
    assert pending.removed == [2, 1]
