"""What the sweeper makes of overdue jobs, at times that the test sets."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from config.queues import INTERACTIVE
from flows.errors import StoreUnavailable
from flows.loader import load_flows
from tasks.leases import LONGEST_QUEUED_LEASE_MS, OVERTAKEN_MS, QUEUED_LEASE_MS, queued_lease_ms
from tasks.scheduled.sweep_ledger import sweep_ledger
from tasks.services import Services
from tasks.store.base import State
from tasks.store.in_memory import InMemoryLedger
from tests.factories import RecordingPublisher, new_job, services_of
from tests.fakes.stages import TEST_STAGES, flow

FLOWS = load_flows(
    json.dumps({"version": "1", "flows": {"plain": flow("test.mark", "test.answer")}}),
    TEST_STAGES,
)


@dataclass
class World:
    """A ledger, a broker and a clock."""

    now_s: float = 1_000.0
    publisher: RecordingPublisher = field(default_factory=RecordingPublisher)

    def __post_init__(self) -> None:
        self.ledger = InMemoryLedger(now_s=lambda: self.now_s)
        flows = SimpleNamespace(at=lambda version: FLOWS)
        self.services: Services = services_of(flows, ledger=self.ledger, publisher=self.publisher)

    def accept(self, **changes: Any) -> str:
        return self.ledger.accept(new_job(**changes), QUEUED_LEASE_MS).job_id

    def run(self, job_id: str) -> None:
        """A worker of the interactive queue takes the job up."""
        assert self.ledger.start(job_id, 0, 1, INTERACTIVE) is not None

    def later(self, milliseconds: float) -> None:
        self.now_s += milliseconds / 1000


@pytest.fixture
def world() -> World:
    return World()


def test_lost_message_in_a_busy_queue_is_found(world: World) -> None:
    """A job whose queue is never empty is published again once a later one has been started before it."""
    world.publisher.waiting = 100
    lost = world.accept()
    world.later(OVERTAKEN_MS + 1)
    world.run(world.accept())
    world.later(QUEUED_LEASE_MS)

    assert sweep_ledger(world.services) == {"published": 1}

    assert world.publisher.published == [(lost, 0, 2)]


def test_job_that_was_just_overtaken_waits(world: World) -> None:
    """Two that were accepted at nearly the same time may be published in the other order."""
    world.publisher.waiting = 100
    world.accept()
    world.later(OVERTAKEN_MS)
    world.run(world.accept())
    world.later(QUEUED_LEASE_MS)

    assert sweep_ledger(world.services) == {"waits": 1}
    assert world.publisher.published == []


def test_jobs_wait_for_workers_that_are_gone(world: World) -> None:
    """While nobody serves a queue its jobs keep their messages and attempts, however long it takes."""
    world.publisher.waiting = 1
    job_id = world.accept()

    for _ in range(20):
        world.later(LONGEST_QUEUED_LEASE_MS)
        assert sweep_ledger(world.services) == {"waits": 1}

    assert (world.ledger.read(job_id).state, world.ledger.read(job_id).attempt) == (State.QUEUED, 1)


def test_message_that_is_known_to_be_lost(world: World) -> None:
    """A job whose message could not be read is published again at the next sweep of a busy queue."""
    world.publisher.waiting = 100
    world.run(world.accept())
    named = world.accept()
    world.ledger.release(named)

    assert sweep_ledger(world.services) == {"published": 1}
    assert world.publisher.published == [(named, 0, 2)]


def test_publishing_again_starts_the_wait_anew(world: World) -> None:
    """A job that was published again is not overtaken by what was started before."""
    world.publisher.waiting = 100
    world.accept()
    world.later(OVERTAKEN_MS + 1)
    world.run(world.accept())
    world.later(QUEUED_LEASE_MS)
    sweep_ledger(world.services)
    world.later(QUEUED_LEASE_MS)

    assert sweep_ledger(world.services) == {"waits": 1}


def test_one_job_that_nobody_understands(world: World) -> None:
    """What goes wrong with one job does not keep the others from their next attempt."""
    bad, good = world.accept(version="bad"), world.accept()
    world.later(QUEUED_LEASE_MS)
    broken = SimpleNamespace(at=lambda version: FLOWS if version == "1" else 1 / 0)
    services = services_of(broken, ledger=world.ledger, publisher=world.publisher)

    assert sweep_ledger(services) == {"not_understood": 1, "published": 1}

    assert world.publisher.published == [(good, 0, 2)]
    assert world.ledger.read(bad).state is State.QUEUED


def test_step_that_its_flow_does_not_have(world: World) -> None:
    """A job at a step that there is none of ends on the dead-letter list."""
    job_id = world.accept()
    started = world.ledger.start(job_id, 0, 1)
    assert started is not None
    world.ledger.checkpoint(started, 9, {}, [], 0)

    assert sweep_ledger(world.services) == {"buried": 1}
    assert [job.id for job in world.ledger.dead(10)] == [job_id]


def test_sweep_ends_when_the_broker_is_away(world: World) -> None:
    """Nobody is helped then, and no attempts are used up by trying."""

    class Away(RecordingPublisher):
        def backlog(self, queue: str) -> int:
            raise StoreUnavailable("away")

    job_id = world.accept()
    world.later(QUEUED_LEASE_MS)

    with pytest.raises(StoreUnavailable):
        sweep_ledger(services_of(SimpleNamespace(at=lambda v: FLOWS), ledger=world.ledger, publisher=Away()))
    assert world.ledger.read(job_id).attempt == 1


def test_long_queues_are_looked_at_more_seldom() -> None:
    """The next look at a job that waits is after as long as it has waited, within bounds."""
    looks = [queued_lease_ms(waited_ms) for waited_ms in (0, 3_000, 10_000, 3_600_000)]

    assert looks == [3_000, 3_000, 10_000, 30_000]
