"""When a refinement is started, and what a worker makes of it."""

import json
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from config.queues import INTERACTIVE, LLM, REFINE
from flows.errors import StoreUnavailable
from flows.loader import load_flows
from flows.model import Doc, Flow, Param, Stage, StageInput
from flows.registry import make_registry
from tasks.refinement import MOST_WAITING, Refinement
from tasks.services import Services
from tasks.stage_task import StageRunner
from tasks.store.base import Job, State
from tasks.store.in_memory import InMemoryLedger
from tests.factories import RecordingPublisher, new_job, services_of
from tests.fakes.stages import TEST_STAGES, flow

REQUEST = {"organisation": "demo", "userId": "u"}
LATE_MS = 1_000  #: The model of these tests takes as long.


def _model(doc: Doc, given: StageInput) -> Doc:
    if given.params["limitMs"] < LATE_MS:
        raise given.cut_off[0]()
    return {"marks": [given.seed]}


MODEL = Stage(
    type="test.model", run=_model, reads=(), writes=("marks",), queue=LLM, params={"limitMs": Param(100)}
)
STAGES = make_registry([*TEST_STAGES.values(), MODEL])
ASKING = flow(
    {"type": "test.model", "onError": "skip"}, "test.answer", cacheTtlS=600, refine={"limitMs": 2000}
)
FLOWS = {
    "asking": ASKING,
    "content": {name: value for name, value in ASKING.items() if name != "refine"},
    "background": flow("test.answer", lanes=["refine", "batch"]),
}


@dataclass
class Published:
    """These flows as version 1."""

    flows: dict[str, Flow] = field(
        default_factory=lambda: load_flows(json.dumps({"version": "1", "flows": FLOWS}), STAGES)
    )

    def at(self, version: str) -> dict[str, Flow]:
        return {"1": self.flows}[version]


@pytest.fixture
def services() -> Services:
    return services_of(Published(), ledger=InMemoryLedger())


def run(services: Services, job_id: str) -> Job:
    """Run a job to its end, as workers of every queue would."""
    runner = StageRunner(services, frozenset({INTERACTIVE, LLM, REFINE}))
    runner.run(SimpleNamespace(chain=["a", "b", "c"]), job_id, 0, 1)
    return services.ledger.read(job_id)


def first(services: Services, flow: str = "asking", **changes: Any) -> Job:
    """A job whose model was late."""
    job = new_job(flow=flow, request=REQUEST, deadline_ms=10**15, **changes)
    services.ledger.accept(job, 60_000)
    return run(services, job.id)


def published(services: Services) -> list[str]:
    """The jobs that were published."""
    assert isinstance(services.publisher, RecordingPublisher)
    return [job_id for job_id, _, _ in services.publisher.published]


def body_of(job: Job) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(job.result or "{}")
    return answer


def test_a_late_model_gets_a_second_chance(services: Services) -> None:
    """The same request on the lane refine, drawn as the first, betters the cached answer in place."""
    job = first(services)
    assert body_of(job)["degradedReasons"] == ["test.model:stage_timeout"]
    (again,) = published(services)
    waiting = services.ledger.read(again)
    assert (waiting.lane, waiting.refines, waiting.answers) == (REFINE, job.id, job.fingerprint)
    assert (waiting.flow, waiting.version, waiting.doc) == ("asking", "1", {"request": REQUEST})

    better = run(services, again)

    body = body_of(better)
    assert (body["refined"], body["refines"], body["decisionId"]) == (True, job.id, better.id)
    assert (body["degraded"], body["marks"]) == (False, [job.id])
    cached = services.ledger.cached(job.fingerprint)
    assert cached is not None
    assert (cached.job_id, json.loads(cached.text)) == (better.id, body)
    assert services.ledger.read(job.id).refined_by == better.id
    assert published(services) == [again]


def test_both_are_decisions_of_their_own(services: Services) -> None:
    """Each is logged under its own id."""
    job = first(services)
    (again,) = published(services)
    run(services, again)
    assert isinstance(services.ledger, InMemoryLedger)
    (texts,) = services.ledger.pending_decisions.batches(10)
    assert texts.keys() == {job.id, again}


def test_a_model_that_fails_again_changes_nothing(services: Services) -> None:
    """No answer, no decision, and no third try."""
    job = first(services)
    (again,) = published(services)
    ledger = services.ledger
    flows = Published()
    flows.flows["asking"] = replace(flows.flows["asking"], refine_limit_ms=LATE_MS - 1)
    run(services_of(flows, ledger=ledger, publisher=services.publisher), again)
    cached = ledger.cached(job.fingerprint)
    assert cached is not None
    assert cached.job_id == job.id
    assert ledger.read(again).state is State.SUCCEEDED
    assert (published(services), ledger.read(job.id).refined_by) == ([again], None)


def test_equal_answers_are_refined_once(services: Services) -> None:
    """While one refinement waits or runs, another of an equal request joins it."""
    for _ in range(3):
        first(services, fingerprint="same")
    assert len(published(services)) == 1


@pytest.mark.parametrize(
    ("flow", "lane"), [("content", "interactive"), ("asking", "batch"), ("asking", "refine")]
)
def test_only_what_people_wait_for_is_refined(services: Services, flow: str, lane: str) -> None:
    """And only where the flow says so."""
    job = new_job(flow=flow, request=REQUEST, lane=lane, deadline_ms=10**15)
    services.ledger.accept(job, 60_000)
    runner = StageRunner(services, frozenset({INTERACTIVE, LLM, lane}))
    runner.run(SimpleNamespace(chain=["a", "b"]), job.id, 0, 1)
    assert services.ledger.read(job.id).state is State.SUCCEEDED
    assert published(services) == []


def test_a_long_queue_takes_no_more(services: Services) -> None:
    """What would come too late is left out; the answer stays as it is."""
    full = services_of(
        Published(), ledger=services.ledger, publisher=RecordingPublisher(waiting=MOST_WAITING)
    )
    assert first(full).state is State.SUCCEEDED
    assert published(full) == []


def test_one_process_starts_only_so_many_between_two_looks(services: Services) -> None:
    """Those that it has started itself count at once."""
    refinement, job = Refinement(services), first(services)
    flow = Published().at("1")["asking"]
    fates = [
        refinement.start(replace(job, fingerprint=str(n)), flow, {"organisation": "demo"})
        for n in range(MOST_WAITING + 2)
    ]
    assert fates == ["started"] * MOST_WAITING + ["backlog"] * 2


class NoQueue(RecordingPublisher):
    """A broker that is away."""

    def backlog(self, queue: str) -> int:
        raise StoreUnavailable("gone")


def test_without_a_broker_the_answer_stands(services: Services) -> None:
    """A refinement that cannot be started is no fault of the job's."""
    assert (
        first(services_of(Published(), ledger=services.ledger, publisher=NoQueue())).state is State.SUCCEEDED
    )


def test_a_flow_of_the_background_is_not_run_for_people(services: Services) -> None:
    """A job on a lane that its flow does not allow fails, however it came there."""
    job = first(services, "background")
    assert (job.state, (job.problem or {})["code"]) == (State.FAILED, "wrong_lane")
