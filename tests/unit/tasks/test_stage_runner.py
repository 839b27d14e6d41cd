"""The runner's decisions: go on in place, hand over, drop, or end."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from flows.errors import StoreUnavailable
from flows.loader import load_flows
from flows.model import Doc, Flow, Stage, StageInput
from flows.registry import make_registry
from tasks.clients.call_context import context_headers
from tasks.stage_task import StageRunner
from tasks.store.base import Job, State
from tasks.store.in_memory import InMemoryLedger
from tests.factories import new_job, services_of
from tests.fakes.stages import TEST_STAGES, flow

FLOWS = load_flows(
    json.dumps(
        {
            "version": "1",
            "flows": {
                "plain": flow("test.mark", "test.mark", "test.answer", cacheTtlS=60),
                "hopping": flow("test.mark", "test.mark", "test.answer", runOn=False),
                "passing": flow("test.mark", "test.mark_light", "test.answer"),
                "crossing": flow("test.mark", "test.mark_llm", "test.answer"),
                "refusing": flow({"type": "test.refuse", "onError": "skip"}, "test.answer", cacheTtlS=3600),
                "slow": flow(
                    {"type": "test.sleep_light", "params": {"seconds": 0.06}}, "test.mark", "test.answer"
                ),
                "no_json": flow("test.no_json"),
                "slow_no_json": flow("test.slow_no_json", "test.answer"),
                "failing": flow("test.mark", "test.blunder", "test.answer"),
            },
        }
    ),
    TEST_STAGES,
)

INTERACTIVE_ONLY = frozenset({"interactive"})


class PublishedFlows:
    """The flows above, as version 1."""

    def at(self, version: str) -> dict[str, Flow]:
        return {"1": FLOWS}[version]


@dataclass
class Request:
    """What the runner sees of Celery's request."""

    chain: list[str] | None = field(default_factory=lambda: ["third", "second"])


@pytest.fixture
def ledger() -> InMemoryLedger:
    return InMemoryLedger()


@pytest.fixture
def runner(ledger: InMemoryLedger) -> StageRunner:
    services = services_of(PublishedFlows(), ledger=ledger)
    return StageRunner(services, INTERACTIVE_ONLY)


def accepted(ledger: InMemoryLedger, **changes: Any) -> str:
    return ledger.accept(new_job(**changes), 60_000).job_id


def result_of(job: Job) -> dict[str, Any]:
    assert job.result is not None
    result: dict[str, Any] = json.loads(job.result)
    return result


def test_runs_on_in_place(runner: StageRunner, ledger: InMemoryLedger) -> None:
    """Stages of a queue that this worker serves run one after the other, and nothing is published."""
    job_id, request = accepted(ledger), Request()

    runner.run(request, job_id, 0, 1)

    job = ledger.read(job_id)
    assert request.chain is None
    assert job.state is State.SUCCEEDED
    assert [stage["type"] for stage in job.stages] == ["test.mark", "test.mark", "test.answer"]
    assert result_of(job)["marks"] == ["x", "x"]
    assert result_of(job)["decisionId"] == job_id


def test_answer_is_cached(runner: StageRunner, ledger: InMemoryLedger) -> None:
    """The end of a job caches its answer for equal requests."""
    job_id = accepted(ledger, fingerprint="same")

    runner.run(Request(), job_id, 0, 1)

    cached = ledger.cached("same")
    assert cached is not None
    assert cached.job_id == job_id


def test_degraded_answer_is_cached_for_seconds_only(ledger: InMemoryLedger) -> None:
    """A degraded answer does not stay as long as a good one."""
    now = 1_000.0
    ledger = InMemoryLedger(now_s=lambda: now)
    services = services_of(PublishedFlows(), ledger=ledger)
    job_id = accepted(ledger, flow="refusing", fingerprint="same")
    StageRunner(services, INTERACTIVE_ONLY).run(Request(), job_id, 0, 1)
    assert ledger.cached("same") is not None

    now += 16

    assert ledger.cached("same") is None


def test_hands_over_when_run_on_is_off(runner: StageRunner, ledger: InMemoryLedger) -> None:
    """With run-on switched off the work is saved after each stage and Celery publishes the rest."""
    job_id, request = accepted(ledger, flow="hopping"), Request()

    runner.run(request, job_id, 0, 1)

    job = ledger.read(job_id)
    assert request.chain == ["third", "second"]
    assert (job.state, job.step, job.doc["marks"]) == (State.QUEUED, 1, ["x"])


def test_hands_over_at_another_queue(runner: StageRunner, ledger: InMemoryLedger) -> None:
    """A stage of another queue is a hop, with everything before it saved."""
    job_id, request = accepted(ledger, flow="crossing"), Request()

    runner.run(request, job_id, 0, 1)

    assert request.chain == ["third", "second"]
    assert (ledger.read(job_id).step, len(ledger.read(job_id).stages)) == (1, 1)


@pytest.mark.parametrize(
    ("request_", "state", "stages"),
    [({"light": True}, State.SUCCEEDED, 3), ({"light": False}, State.QUEUED, 1)],
)
def test_passes_a_stage_of_another_queue_that_does_nothing_there(
    runner: StageRunner, ledger: InMemoryLedger, request_: dict[str, Any], state: State, stages: int
) -> None:
    """A stage that does not need its queue's workers for this document is run on the way."""
    job_id = accepted(ledger, flow="passing", request=request_)

    runner.run(Request(), job_id, 0, 1)

    assert (ledger.read(job_id).state, len(ledger.read(job_id).stages)) == (state, stages)


def test_takes_the_hop_when_a_stage_cannot_tell(runner: StageRunner, ledger: InMemoryLedger) -> None:
    """A document that a stage cannot read is for the stage to fail on, not for the runner."""
    job_id = accepted(ledger, flow="passing", request={})

    runner.run(Request(), job_id, 0, 1)

    assert (ledger.read(job_id).state, ledger.read(job_id).step) == (State.QUEUED, 1)


def test_goes_on_from_the_checkpoint(runner: StageRunner, ledger: InMemoryLedger) -> None:
    """The next task finds the document of the one before."""
    job_id = accepted(ledger, flow="hopping")

    for step in range(3):
        runner.run(Request(), job_id, step, 1)

    assert result_of(ledger.read(job_id))["marks"] == ["x", "x"]


def test_redelivered_step_hands_over_without_working(runner: StageRunner, ledger: InMemoryLedger) -> None:
    """A step that was done leaves its chain alone, so that a lost hand-over happens now."""
    job_id = accepted(ledger, flow="hopping")
    runner.run(Request(), job_id, 0, 1)
    again = Request()

    runner.run(again, job_id, 0, 1)

    assert again.chain == ["third", "second"]
    assert ledger.read(job_id).doc["marks"] == ["x"]


@pytest.mark.parametrize(("step", "attempt"), [(0, 0), (0, 2), (1, 1)])
def test_stale_message_is_dropped(
    runner: StageRunner, ledger: InMemoryLedger, step: int, attempt: int
) -> None:
    """A message of another attempt, or from ahead of the ledger, does nothing and publishes nothing."""
    job_id, request = accepted(ledger), Request()

    runner.run(request, job_id, step, attempt)

    assert request.chain is None
    assert ledger.read(job_id).state is State.QUEUED


def test_cancelled_job_is_dropped(runner: StageRunner, ledger: InMemoryLedger) -> None:
    """A cancelled job is not started, and the rest of its chain is not published."""
    job_id, request = accepted(ledger), Request()
    ledger.cancel(job_id)

    runner.run(request, job_id, 0, 1)

    assert request.chain is None
    assert ledger.read(job_id).stages == ()


def test_failed_stage_ends_the_job(runner: StageRunner, ledger: InMemoryLedger) -> None:
    """A stage that must not fail ends the job with what had happened until then."""
    job_id, request = accepted(ledger, flow="failing"), Request()

    runner.run(request, job_id, 0, 1)

    job = ledger.read(job_id)
    assert request.chain is None
    assert job.state is State.FAILED
    assert [(s["type"], s["status"]) for s in job.stages] == [("test.mark", "ok"), ("test.blunder", "failed")]
    assert job.problem == {
        "code": "test.blunder:unexpected_error",
        "detail": "stage test.blunder failed and the flow cannot go on without it",
    }


def test_skipped_stage_degrades_the_answer(runner: StageRunner, ledger: InMemoryLedger) -> None:
    """A stage that may be skipped is, and the answer says so."""
    job_id = accepted(ledger, flow="refusing")

    runner.run(Request(), job_id, 0, 1)

    answer = result_of(ledger.read(job_id))
    assert (answer["degraded"], answer["degradedReasons"]) == (True, ["test.refuse:port_unavailable"])


def test_unknown_flow_ends_the_job(runner: StageRunner, ledger: InMemoryLedger) -> None:
    """A job of a flow that its version does not have cannot be run."""
    job_id, request = accepted(ledger, flow="gone"), Request()

    runner.run(request, job_id, 0, 1)

    problem = ledger.read(job_id).problem
    assert request.chain is None
    assert problem is not None
    assert problem["code"] == "unknown_flow"


def test_stages_ask_on_behalf_of_their_request(ledger: InMemoryLedger) -> None:
    """What a stage sends to an upstream names the request that its job is for, and nothing after it does."""
    seen: list[dict[str, str]] = []

    def look(doc: Doc, given: StageInput) -> Mapping[str, Any]:
        seen.append(context_headers())
        return {"answer": {}}

    stages = make_registry([Stage(type="test.look", run=look, reads=(), writes=("answer",))])
    flows = load_flows(json.dumps({"version": "1", "flows": {"looking": flow("test.look")}}), stages)
    published = SimpleNamespace(at=lambda version: flows)
    job_id = accepted(ledger, flow="looking", request_id="req-1")

    StageRunner(services_of(published, ledger=ledger), INTERACTIVE_ONLY).run(Request(), job_id, 0, 1)

    assert [headers["X-Request-Id"] for headers in seen] == ["req-1"]
    assert context_headers() == {}


class WatchedLedger(InMemoryLedger):
    """Remembers what was saved on the way, and does something before it."""

    def __init__(self, before: Callable[[str], object] = lambda job_id: None) -> None:
        super().__init__()
        self.saved_steps: list[int] = []
        self._before = before

    def progress(self, job: Job, step: int, *work: Any) -> bool:
        self._before(job.id)
        self.saved_steps.append(step)
        return super().progress(job, step, *work)


def test_slow_work_is_saved_on_the_way() -> None:
    """What took a while is saved at the next boundary, so that another attempt need not do it again."""
    ledger = WatchedLedger()
    job_id = accepted(ledger, flow="slow")

    StageRunner(services_of(PublishedFlows(), ledger=ledger), INTERACTIVE_ONLY).run(Request(), job_id, 0, 1)

    assert ledger.saved_steps[:1] == [1]
    assert ledger.read(job_id).state is State.SUCCEEDED


def test_cancelled_job_stops_at_the_next_boundary() -> None:
    """A job cancelled while a slow stage ran goes no further, and nothing is published."""
    ledger = WatchedLedger(before=lambda job_id: ledger.cancel(job_id))
    job_id, request = accepted(ledger, flow="slow"), Request()

    StageRunner(services_of(PublishedFlows(), ledger=ledger), INTERACTIVE_ONLY).run(request, job_id, 0, 1)

    assert request.chain is None
    assert (ledger.read(job_id).state, ledger.read(job_id).stages) == (State.CANCELLED, ())


@pytest.mark.parametrize("flow_name", ["no_json", "slow_no_json"])
def test_work_that_cannot_be_recorded_ends_the_job(
    runner: StageRunner, ledger: InMemoryLedger, flow_name: str
) -> None:
    """A stage that writes what is no JSON fails its job at once: no attempt would do better."""
    job_id, request = accepted(ledger, flow=flow_name), Request()

    runner.run(request, job_id, 0, 1)

    job = ledger.read(job_id)
    assert request.chain is None
    assert job.state is State.FAILED
    assert job.problem == {
        "code": "not_recorded",
        "detail": "what came of the job could not be recorded: TypeError",
    }


class ForgetfulLedger(InMemoryLedger):
    """Is away for the first so many calls of one kind."""

    def __init__(self, method: str, times: int) -> None:
        super().__init__()
        self._method, self._times = method, times

    def _stumble(self, method: str) -> None:
        if method == self._method and self._times:
            self._times -= 1
            raise StoreUnavailable("away")

    def start(self, *given: Any) -> Job | None:
        self._stumble("start")
        return super().start(*given)

    def progress(self, *given: Any) -> bool:
        self._stumble("progress")
        return super().progress(*given)

    def checkpoint(self, *given: Any) -> bool:
        self._stumble("checkpoint")
        return super().checkpoint(*given)

    def finish(self, *given: Any) -> bool:
        self._stumble("finish")
        return super().finish(*given)


@pytest.mark.parametrize(
    ("method", "flow_name", "state"),
    [
        ("progress", "slow", State.SUCCEEDED),
        ("finish", "plain", State.SUCCEEDED),
        ("checkpoint", "hopping", State.QUEUED),
    ],
)
def test_work_outlives_a_blink_of_the_ledger(method: str, flow_name: str, state: State) -> None:
    """What was done is recorded when the ledger comes back."""
    ledger = ForgetfulLedger(method, times=2)
    job_id = accepted(ledger, flow=flow_name)

    StageRunner(services_of(PublishedFlows(), ledger=ledger), INTERACTIVE_ONLY).run(Request(), job_id, 0, 1)

    assert (ledger.read(job_id).state, len(ledger.read(job_id).stages)) == (
        state,
        1 if state is State.QUEUED else 3,
    )


def test_message_that_finds_no_ledger_is_dropped() -> None:
    """Without the ledger nothing runs and nothing is published; the job waits for the sweeper."""
    ledger = ForgetfulLedger("start", times=1)
    job_id, request = accepted(ledger), Request()

    StageRunner(services_of(PublishedFlows(), ledger=ledger), INTERACTIVE_ONLY).run(request, job_id, 0, 1)

    assert request.chain is None
    assert ledger.read(job_id).state is State.QUEUED


def test_message_that_comes_twice_runs_once(ledger: InMemoryLedger) -> None:
    """A second delivery while the first is being run does nothing, and hands nothing over."""
    second = Request()

    def look(doc: Doc, given: StageInput) -> Mapping[str, Any]:
        runs.append(given.seed)
        runner.run(second, given.seed, 0, 1)
        return {"answer": {}}

    runs: list[str] = []
    stages = make_registry([Stage(type="test.look", run=look, reads=(), writes=("answer",))])
    flows = load_flows(json.dumps({"version": "1", "flows": {"looking": flow("test.look")}}), stages)
    runner = StageRunner(
        services_of(SimpleNamespace(at=lambda version: flows), ledger=ledger), INTERACTIVE_ONLY
    )
    job_id = accepted(ledger, flow="looking")

    runner.run(Request(), job_id, 0, 1)

    assert runs == [job_id]
    assert second.chain is None
    assert ledger.read(job_id).state is State.SUCCEEDED
