"""The feeder as logic: a real store, a ledger in memory, and a feeder that is cut off anywhere."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from config.queues import BATCH
from flows.catalogue.built_in import built_in_catalogue
from flows.errors import FlowError, StoreUnavailable
from flows.loader import BUILT_IN_FILE, load_flows
from flows.model import Flow
from flows.registry import STAGES
from tasks.batches import feeder
from tasks.batches.feeder import feed
from tasks.batches.model import Batch, BatchState
from tasks.batches.view import finished_data
from tasks.scheduled.feed_batches import feed_batches
from tasks.services import Services
from tasks.store.base import Outcome, State
from tasks.store.batch_feeding import BatchFeeding
from tasks.store.batches import StoredBatches
from tasks.store.database import open_database
from tasks.store.in_memory import InMemoryLedger
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.webhooks.outgoing import Webhooks
from tests.batches import REQUEST, new_batch, put_people
from tests.factories import RecordingPublisher, services_of
from tests.ports import make_ports

FLOWS = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)
GOAL = {**REQUEST, "goal": "fullstack"}


class CutOff(BaseException):
    """The process of a feeder ends here, as by a kill."""


class Flows:
    """The flows of the service."""

    def current(self) -> Mapping[str, Flow]:
        return FLOWS


@dataclass
class World:
    """Everything around the feeder, and where it is to be cut off."""

    services: Services
    engine: Engine
    ledger: InMemoryLedger
    publisher: RecordingPublisher
    told: list[tuple[str, str, str, Mapping[str, Any]]] = field(default_factory=list)

    def open(self, *user_ids: str, known: bool = True, **changes: Any) -> Batch:
        """A batch of acme's for people whom acme knows."""
        new = new_batch(*user_ids, **{"request": GOAL, **changes})
        if known:
            put_people(self.engine, str(new.request["orgId"]), user_ids)
        return self.services.batches.open(new)[0]

    def work(self, *, most: int = 10**6, outcome: Outcome | None = None) -> int:
        """End the jobs that were published, each once, as a worker would; returns how many."""
        done = 0
        for job_id, step, attempt in self.publisher.published[:most]:
            job = self.ledger.start(job_id, step, attempt)
            if job is not None:
                user = job.doc["request"]["userId"]
                answer = Outcome(state=State.SUCCEEDED, stages=[], result=f'{{"of":"{user}"}}')
                done += self.ledger.finish(job, outcome or answer)
        del self.publisher.published[:most]
        return done

    def states(self, batch: Batch) -> list[str]:
        return [member.state.value for member in self.members(batch)]

    def members(self, batch: Batch) -> Sequence[Any]:
        return self.services.batches.members(batch.organisation, batch.id, limit=10**4, results=True)

    def now(self, batch: Batch) -> Batch:
        return self.services.batches.get(batch.organisation, batch.id)


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """An empty one."""
    engine, ledger, publisher = open_database(sqlite_url), InMemoryLedger(), RecordingPublisher()
    made = World(
        services_of(
            Flows(),
            ledger=ledger,
            publisher=publisher,
            batches=StoredBatches(engine),
            feeding=BatchFeeding(engine),
            ports=make_ports(catalogues=InMemoryCatalogues(built_in_catalogue)),
        ),
        engine,
        ledger,
        publisher,
    )
    tell = lambda *said: made.told.append(said)  # noqa: E731
    made.services = replace(made.services, webhooks=cast(Webhooks, SimpleNamespace(enqueue=tell)))
    yield made
    engine.dispose()


def until_finished(world: World, batch: Batch) -> int:
    """Turns and work until the batch has finished; returns how many jobs were done."""
    done = 0
    for _ in range(50):
        feed(world.services)
        done += world.work()
        if world.now(batch).state is BatchState.FINISHED:
            return done
    raise AssertionError(f"not finished: {world.now(batch)}")


def test_a_batch_from_beginning_to_end(world: World) -> None:
    """Everybody gets a job on the batch lane, and the job's result; the batch says when it was done."""
    batch = world.open("ann", "bob")

    assert feed(world.services) == {"started": 2}
    assert world.states(batch) == ["running", "running"]
    jobs = [world.ledger.read(member.job_id) for member in world.members(batch)]
    assert {(job.lane, job.flow, job.organisation) for job in jobs} == {
        (BATCH, "batch_learning_path", "acme")
    }
    world.work()
    assert feed(world.services) == {"succeeded": 2}
    feed(world.services)

    assert [member.result for member in world.members(batch)] == ['{"of":"ann"}', '{"of":"bob"}']
    assert (world.now(batch).state, world.now(batch).progress) == (BatchState.FINISHED, 1.0)


def test_what_a_member_is_asked_for(world: World) -> None:
    """What all have in common, each with their own level and, where there is one, their own goal."""
    request = {**GOAL, "hoursPerWeek": 4.5}
    batch = world.open("ann-mid", "bob", request=request, goals={"bob": "react-hooks"})
    feed(world.services)

    asked = [world.ledger.read(m.job_id).doc["request"] for m in world.members(batch)]

    assert [(r["userId"], r["currentSkill"], r["goal"], r["hoursPerWeek"], r["weeks"]) for r in asked] == [
        ("ann-mid", "mid", "fullstack", 4.5, 6),
        ("bob", "junior", "react-hooks", 4.5, 6),
    ]
    assert all(r["organisation"] == "acme" and "orgId" not in r for r in asked)


def test_people_of_another_organisation(world: World) -> None:
    """Whoever may ask for others' people has them looked up there, and a stated level goes for all."""
    batch = world.open("ann", request={**GOAL, "orgId": "rival", "currentSkill": "senior"})
    feed(world.services)
    asked = world.ledger.read(world.members(batch)[0].job_id).doc["request"]
    assert (asked["organisation"], asked["orgId"], asked["currentSkill"]) == ("acme", "rival", "senior")


def test_who_cannot_be_asked_for_fails_alone(world: World) -> None:
    """A person whom nobody knows and a goal that is none fail with what is wrong; the others go on."""
    put_people(world.engine, "acme", ["ann", "bob"])
    batch = world.open("ann", "nobody", "bob", known=False, goals={"bob": "fulstack"})

    assert until_finished(world, batch) == 1

    ann, nobody, bob = world.members(batch)
    assert (ann.state, ann.problem) == (State.SUCCEEDED, None)
    assert (nobody.state, nobody.problem["code"]) == (State.FAILED, "unknown_name")
    assert nobody.problem["detail"] == "unknown person 'nobody'"
    assert (bob.state, bob.problem["code"]) == (State.FAILED, "unknown_name")
    assert bob.problem["detail"].startswith("unknown goal 'fulstack'; nearest: fullstack")


def test_a_failed_job_is_its_member_s(world: World) -> None:
    """What was wrong with the job is wrong with the member; a job that was cancelled says so."""
    batch = world.open("ann", "bob")
    feed(world.services)
    said = {"code": "explain:unexpected_error", "detail": "stage failed"}
    world.work(most=1, outcome=Outcome(state=State.FAILED, stages=[], problem=said))
    world.ledger.cancel(world.members(batch)[1].job_id)
    feed(world.services)

    assert world.states(batch) == ["failed", "cancelled"]
    assert [member.problem["code"] for member in world.members(batch)] == [
        "explain:unexpected_error",
        "job_cancelled",
    ]


def test_no_more_than_the_window_is_under_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Part of the room that one batch does not need goes to another, and the window is never exceeded."""
    monkeypatch.setattr(feeder, "WINDOW", 10)
    monkeypatch.setattr(feeder, "CHUNK", 3)
    large, small = world.open(*(f"l{number}" for number in range(30))), world.open("s1", "s2")

    feed(world.services)

    assert (world.states(large).count("running"), world.states(small).count("running")) == (8, 2)
    world.work(most=4)
    feed(world.services)
    under_way = world.states(large).count("running") + world.states(small).count("running")
    assert under_way == 10
    assert 4 + until_finished(world, large) == 32
    assert world.now(small).state is BatchState.FINISHED


def test_batches_share_the_window_evenly(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who came first has no more than who came later."""
    monkeypatch.setattr(feeder, "WINDOW", 9)
    opened = [world.open(*(f"{name}{number}" for number in range(20))) for name in "abc"]
    feed(world.services)
    assert [world.states(batch).count("running") for batch in opened] == [3, 3, 3]
    for batch in opened:
        until_finished(world, batch)


def test_a_batch_of_ten_is_not_behind_thousands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many wait in others, a small batch has its part in its first turn."""
    monkeypatch.setattr(feeder, "WINDOW", 20)
    world.open(*(f"l{number}" for number in range(100)))
    feed(world.services)
    world.work(most=10)
    small = world.open(*(f"s{number}" for number in range(5)))
    feed(world.services)
    assert world.states(small).count("running") == 5


def test_people_come_first(world: World) -> None:
    """While people wait nobody is started; what has ended is collected all the same."""
    batch = world.open("ann", "bob")
    world.publisher.waiting = feeder.PEOPLE_MAY_WAIT + 1
    assert feed(world.services) == {}
    assert world.states(batch) == ["queued", "queued"]

    world.publisher.waiting = feeder.PEOPLE_MAY_WAIT
    assert feed(world.services) == {"started": 2}
    world.publisher.waiting = 100
    world.work()
    assert feed(world.services) == {"succeeded": 2}


CutAt = Callable[[World], Services]


def before_accepting(world: World) -> Services:
    """Cut off after the second member of a claim was accepted: the rest are in no ledger."""
    return replace(world.services, ledger=CuttingLedger(world.ledger, accepts=2))


def before_publishing(world: World) -> Services:
    """Cut off when the second job was accepted but not published."""
    return replace(world.services, publisher=CuttingPublisher(world.publisher, publishes=1))


class CuttingLedger:
    """A ledger whose process ends after so many acceptances."""

    def __init__(self, ledger: InMemoryLedger, accepts: int) -> None:
        self._ledger, self._left = ledger, accepts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def accept(self, job: Any, lease_ms: int) -> Any:
        if not self._left:
            raise CutOff
        self._left -= 1
        return self._ledger.accept(job, lease_ms)


class CuttingPublisher:
    """A publisher whose process ends after so many messages."""

    def __init__(self, publisher: RecordingPublisher, publishes: int) -> None:
        self._publisher, self._left = publisher, publishes

    def backlog(self, queue: str) -> int:
        return self._publisher.backlog(queue)

    def publish(self, flow: Flow, job_id: str, **how: Any) -> None:
        if not self._left:
            raise CutOff
        self._left -= 1
        self._publisher.publish(flow, job_id, **how)


def sweep(world: World) -> None:
    """What the sweeper does for jobs that were accepted and never published."""
    for job_id in world.ledger._jobs:
        job = world.ledger.read(job_id)
        if job.state is State.QUEUED and (job_id, 0, 1) not in world.publisher.published:
            world.publisher.published.append((job_id, 0, 1))


@pytest.mark.parametrize("cut", [before_accepting, before_publishing])
def test_cut_off_between_claim_and_publishing(world: World, cut: CutAt) -> None:
    """Nobody is lost and nobody's job is done twice, wherever between the three steps the feeder ends."""
    batch = world.open(*"abcde")
    with pytest.raises(CutOff):
        feed(cut(world))
    assert world.states(batch) == ["running"] * 5

    feed(world.services)
    sweep(world)
    done = world.work()
    feed(world.services)

    assert done == 5
    assert world.states(batch) == ["succeeded"] * 5


def test_cut_off_after_a_job_s_end(world: World) -> None:
    """A job that ended and was not collected is collected by the next turn, not done again."""
    batch = world.open("a", "b")
    feed(world.services)
    world.work()
    services = replace(world.services, feeding=CuttingFeeding(world.services.feeding))
    with pytest.raises(CutOff):
        feed(services)
    assert world.states(batch) == ["running", "running"]

    assert feed(world.services) == {"succeeded": 2}
    assert world.publisher.published == []


class CuttingFeeding:
    """A store whose process ends before an end is stored."""

    def __init__(self, feeding: BatchFeeding) -> None:
        self._feeding = feeding

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feeding, name)

    def settle(self, batch: Batch, ends: Sequence[Any]) -> None:
        raise CutOff


def test_two_feeders_at_once(world: World) -> None:
    """A turn inside another one, at every place where it may come, loses nobody and doubles no job."""
    batch = world.open(*"abcdef")

    class Interleaved(CuttingLedger):
        """A second feeder has its turn before each acceptance, and what it published may be done by then."""

        def accept(self, job: Any, lease_ms: int) -> Any:
            feed(world.services)
            self.done = getattr(self, "done", 0) + world.work(most=1)
            return self._ledger.accept(job, lease_ms)

    ledger = Interleaved(world.ledger, accepts=0)
    feed(replace(world.services, ledger=ledger))

    assert ledger.done + until_finished(world, batch) == 6
    assert [member.result for member in world.members(batch)] == [f'{{"of":"{user}"}}' for user in "abcdef"]


def test_a_redis_that_came_back_empty(world: World) -> None:
    """Members whose jobs are gone from the ledger are started again under the same ids."""
    batch = world.open("a", "b", "c")
    feed(world.services)
    world.work(most=1)
    before = [member.job_id for member in world.members(batch)]
    emptied = InMemoryLedger()
    world.ledger, world.services = emptied, replace(world.services, ledger=emptied)
    world.publisher.published.clear()

    assert until_finished(world, batch) == 3
    assert [member.job_id for member in world.members(batch)] == before


def test_a_retry_is_another_job(world: World) -> None:
    """What failed is asked for again, and only that; the second try may succeed."""
    batch = world.open("ann", "new")
    world.services.batches.cancel("acme", batch.id)
    put_people(world.engine, "acme", ["ann"])
    batch = world.open("ann", "late", known=False)
    assert until_finished(world, batch) == 1
    put_people(world.engine, "acme", ["late"])

    assert world.services.batches.retry("acme", batch.id) == 1
    assert until_finished(world, batch) == 1

    assert world.states(batch) == ["succeeded", "succeeded"]
    assert [member.attempts for member in world.members(batch)] == [1, 2]


def test_a_cancelled_batch_is_left_alone(world: World) -> None:
    """Nothing is started and nothing collected after it."""
    batch = world.open("a", "b")
    feed(world.services)
    world.services.batches.cancel("acme", batch.id)
    world.work()
    assert feed(world.services) == {}
    assert world.states(batch) == ["cancelled", "cancelled"]


def test_who_gave_an_address_is_told(world: World) -> None:
    """Once, when the batch has finished, with what came of it; without an address nobody is."""
    silent, batch = world.open("a"), world.open("b", "c", callback_url="https://example.org/x")
    until_finished(world, batch)
    until_finished(world, silent)
    feed(world.services)

    ((organisation, url, event, data),) = world.told
    assert (organisation, url, event) == ("acme", "https://example.org/x", "batch.finished")
    assert data["batchId"] == batch.id
    assert data["counts"] == {"succeeded": 2, "failed": 0, "cancelled": 0}


def test_each_run_is_told_of_by_an_id_of_its_own(world: World) -> None:
    """Who is told of the same run twice can tell; a retry is another run."""
    put_people(world.engine, "acme", ["ann"])
    batch = world.open("ann", "late", known=False, callback_url="https://example.org/x")
    until_finished(world, batch)
    put_people(world.engine, "acme", ["late"])
    first = finished_data(world.now(batch))["id"]
    world.services.batches.retry("acme", batch.id)
    until_finished(world, batch)
    ids = [data["id"] for _, _, _, data in world.told]
    assert ids[0] == first
    assert len(set(ids)) == len(ids) == 2


def test_who_cannot_be_told_is_told_later(world: World) -> None:
    """The batch stays open until somebody took the message, and keeps no other from going on."""
    batch = world.open("a", callback_url="https://example.org/x")
    services = world.services

    def unreachable(*said: Any) -> None:
        raise StoreUnavailable("no")

    world.services = replace(services, webhooks=cast(Webhooks, SimpleNamespace(enqueue=unreachable)))
    for _ in range(3):
        feed(world.services)
        world.work()
    other = world.open("b")
    assert until_finished(world, other) == 1
    assert world.now(batch).state is BatchState.RUNNING

    world.services = services
    assert until_finished(world, batch) == 0
    assert len(world.told) == 1


def test_a_batch_that_cannot_go_on_keeps_nobody(world: World) -> None:
    """A flow that is not there now is asked for again; the members wait, and other batches go on."""
    batch, other = world.open("a", flow="gone"), world.open("b")
    assert until_finished(world, other) == 1
    assert world.states(batch) == ["running"]
    with pytest.raises(FlowError):
        feeder._flow(world.services, batch)


def test_without_a_store_the_next_turn_tries_again(world: World, tmp_path_factory: Any) -> None:
    """An outage is no error of the schedule's."""
    folder = tmp_path_factory.mktemp("is-a-folder")
    broken = BatchFeeding(open_database(f"sqlite:///{folder}"))
    assert feed_batches(replace(world.services, feeding=broken)) == {}
    world.open("a")
    assert feed_batches(world.services) == {"started": 1}
