"""Running stages in process: outcomes, limits and what travels from stage to stage."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.deadline import Deadline
from flows.document import mastery_of, values_of
from flows.errors import DoneWithReserve, InvalidInput, PortUnavailable, RerankFailed, StageTimeout
from flows.intelligence.goal_value import GoalValue
from flows.intelligence.mastery import Mastery
from flows.model import Doc, Flow, Stage, StageInput, Step
from flows.run import StageRun, result_of, run_flow, run_step, went_wrong
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_learners import InMemoryLearners
from tests.ports import make_ports

Run = Callable[[Doc, StageInput], Mapping[str, Any]]

PORTS = make_ports(catalogues=InMemoryCatalogues(built_in_catalogue), learners=InMemoryLearners())


class CutOff(Exception):
    """How some process ends a stage at its limit."""


def clock() -> float:
    """Second 100, for ever."""
    return 100.0


def step(run: Run, on_error: Literal["skip", "fail"] = "fail", **params: Any) -> Step:
    """A step of the type "test" with a limit of 30 ms."""
    stage = Stage(type="test", run=run, reads=(), writes=())
    return Step(stage=stage, params=params, timeout_ms=30, on_error=on_error)


def raising(error: Exception) -> Run:
    """A stage that raises."""

    def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
        raise error

    return run


def counting(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Add a number to the request's."""
    total = doc.get("total", doc["request"]["start"]) + given.params.get("plus", 1)
    return {"total": total, "answer": {"total": total}}


def ran(given: Step, doc: Doc | None = None, at_ms: float = 100_250, cut_off: bool = False) -> StageRun:
    """The run of a step at second 100, with a deadline."""
    return run_step(given, doc or {}, PORTS, Deadline(at_ms, clock), (CutOff,) if cut_off else ())


def test_a_stage_that_returns_is_ok() -> None:
    """What a stage returns are the updates; the document itself is left to the caller."""
    doc: Doc = {"request": {"start": 4}}
    run = ran(step(counting, plus=3), doc)
    assert (run.type, run.status, run.reason, run.error) == ("test", "ok", "", None)
    assert run.updates == {"total": 7, "answer": {"total": 7}}
    assert doc == {"request": {"start": 4}}


@pytest.mark.parametrize(("at_ms", "expected"), [(100_250, 100_030), (100_010, 100_010), (99_000, 99_000)])
def test_a_stage_gets_its_limit_or_what_is_left(at_ms: float, expected: float) -> None:
    """The deadline of a stage is the sooner of its own limit and that of the job."""
    seen: list[StageInput] = []

    def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
        seen.append(given)
        return {}

    ran(step(run, size=5), at_ms=at_ms)
    (given,) = seen
    assert (given.deadline.at_ms, given.deadline.now_s) == (expected, clock)
    assert (given.params, given.ports) == ({"size": 5}, PORTS)


@pytest.mark.parametrize(("on_error", "status"), [("skip", "skipped"), ("fail", "failed")])
@pytest.mark.parametrize(
    ("error", "reason", "unforeseen"),
    [
        (PortUnavailable("gone"), "test:port_unavailable", False),
        (StageTimeout("late"), "test:stage_timeout", False),
        (InvalidInput("bad"), "test:invalid_input", False),
        (KeyError("goal"), "test:unexpected_error", True),
        (ZeroDivisionError(), "test:unexpected_error", True),
        (CutOff(), "test:unexpected_error", True),
    ],
)
def test_a_stage_that_raises_is_judged_by_its_flow(
    error: Exception, reason: str, unforeseen: bool, on_error: Literal["skip", "fail"], status: str
) -> None:
    """onError says whether a stage is skipped or fails; only what nobody foresaw keeps its error."""
    run = ran(step(raising(error), on_error))
    assert (run.type, run.status, run.reason, run.updates) == ("test", status, reason, {})
    assert run.error is (error if unforeseen else None)


@pytest.mark.parametrize(("on_error", "status"), [("skip", "skipped"), ("fail", "failed")])
def test_a_stage_that_is_cut_off_timed_out(on_error: Literal["skip", "fail"], status: str) -> None:
    """The exception by which a process ends a stage at its limit is a timeout and no surprise."""
    run = ran(step(raising(CutOff()), on_error), cut_off=True)
    assert (run.status, run.reason, run.error) == (status, "test:stage_timeout", None)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_the_end_of_the_process_is_no_outcome(error: BaseException) -> None:
    """Whatever ends the process passes through."""

    def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
        raise error

    with pytest.raises(type(error)):
        ran(step(run, "skip"))


def test_a_stage_that_was_ended_from_outside_is_recorded() -> None:
    """A step that never came to run gets a run with the time that the caller knows."""
    run = went_wrong(step(counting, "skip"), StageTimeout("late"), ms=12.5)
    assert run == StageRun("test", "skipped", 12.5, {}, "test:stage_timeout")


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (StageRun("a", "ok", 1.23456, {"x": 1}), {"type": "a", "status": "ok", "ms": 1.235}),
        (
            StageRun("a", "failed", 2.0, {}, "a:stage_failed", KeyError("secret")),
            {"type": "a", "status": "failed", "ms": 2.0, "reason": "a:stage_failed"},
        ),
    ],
)
def test_a_record_is_what_clients_see(run: StageRun, expected: dict[str, Any]) -> None:
    """A record has type, status, ms and a reason when there is one; no data and no error."""
    assert run.record() == expected


def flow(*steps: Step) -> Flow:
    """A flow of these steps."""
    return Flow(name="f", version="1", steps=steps, budget_ms=250, cache_ttl_s=0)


def test_a_flow_hands_over_from_stage_to_stage() -> None:
    """Each stage sees the request and what those before it wrote; the answer is the result."""
    request = {"start": 10}
    run = run_flow(flow(step(counting), step(counting, plus=5)), request, PORTS, Deadline(100_250, clock))
    assert run.result == {"total": 16}
    assert ([r.status for r in run.runs], run.reasons) == (["ok", "ok"], [])
    assert request == {"start": 10}


def test_a_flow_works_on_a_request_of_its_own() -> None:
    """A stage that writes into its document leaves the caller's request as it was."""

    def meddle(doc: Doc, given: StageInput) -> Mapping[str, Any]:
        doc["request"]["start"] = 99
        return {}

    request = {"start": 10}
    run = run_flow(flow(step(meddle), step(counting)), request, PORTS, Deadline(100_250, clock))
    assert (run.result, request) == ({"total": 100}, {"start": 10})


def test_a_flow_goes_on_without_a_skipped_stage() -> None:
    """A skipped stage leaves no trace but its reason."""
    broken = step(raising(PortUnavailable("gone")), "skip")
    run = run_flow(
        flow(step(counting), broken, step(counting)), {"start": 0}, PORTS, Deadline(100_250, clock)
    )
    assert run.result == {"total": 2}
    assert [r.status for r in run.runs] == ["ok", "skipped", "ok"]
    assert run.reasons == ["test:port_unavailable"]


def test_a_flow_ends_with_a_failed_stage() -> None:
    """Nothing runs after a failure, and there is no result."""
    broken = step(raising(KeyError("goal")), "fail")
    run = run_flow(
        flow(step(counting), broken, step(counting)), {"start": 0}, PORTS, Deadline(100_250, clock)
    )
    assert ([r.status for r in run.runs], run.result) == (["ok", "failed"], None)
    assert run.reasons == ["test:unexpected_error"]


@pytest.mark.parametrize(("reasons", "degraded"), [([], False), (["a:stage_timeout"], True)])
def test_every_answer_says_where_it_comes_from(reasons: list[str], degraded: bool) -> None:
    """Decision, flow version and degradation are added to what the last stage wrote."""
    doc = {"request": {}, "answer": {"path": [1], "degraded": "unsaid"}}
    assert result_of(doc, decision_id="d1", version="7", reasons=reasons) == {
        "path": [1],
        "decisionId": "d1",
        "flowVersion": "7",
        "degraded": degraded,
        "degradedReasons": reasons,
    }


@pytest.mark.parametrize("doc", [{}, {"features": {}}, {"features": {"mastery": {}}}])
def test_without_features_nothing_is_mastered(doc: Doc) -> None:
    """A document whose features were skipped says of nobody that they know anything."""
    assert mastery_of(doc) == {}


def test_documents_are_read_back_from_plain_json() -> None:
    """Mastery and values come back in the core's own types."""
    mastery = {"features": {"mastery": {"sql": [0.9, 12], "go": [0, 1]}}}
    assert mastery_of(mastery) == {"sql": Mastery(0.9, 12), "go": Mastery(0, 1)}
    ranking = [{"id": "sql", "weight": 0.5, "unlocks": 1.5, "targets": ["go", "sql"], "more": 1}]
    assert values_of({"ranking": ranking}) == {"sql": GoalValue(0.5, 1.5, ("go", "sql"))}


def test_a_flow_goes_on_with_what_stands_in_for_a_stage() -> None:
    """A stage that fails is replaced by the fields that its flow gives; the answer is degraded."""
    stage = Stage(type="test", run=raising(PortUnavailable("gone")), reads=(), writes=("total",))
    broken = Step(stage=stage, params={}, timeout_ms=30, on_error="fallback", fallback={"total": 40})
    run = run_flow(flow(broken, step(counting)), {"start": 0}, PORTS, Deadline(100_250, clock))
    assert run.result == {"total": 41}
    assert [r.status for r in run.runs] == ["replaced", "ok"]
    assert run.reasons == ["test:port_unavailable"]


@pytest.mark.parametrize("on_error", ["skip", "fail"])
def test_a_stage_that_fails_can_leave_word(on_error: Literal["skip", "fail"]) -> None:
    """What an error carries is written all the same, and its code is the reason."""
    error = RerankFailed("busy", "no slot", updates={"llm": {"outcome": "busy"}})
    run = ran(step(raising(error), on_error))
    assert (run.reason, run.updates) == ("test:busy", {"llm": {"outcome": "busy"}})


def test_what_a_stage_says_stands_before_its_fallback() -> None:
    """The rest of the fallback stays."""
    error = RerankFailed("busy", "no slot", updates={"llm": "busy"})
    stand_in = replace(step(raising(error)), on_error="fallback", fallback={"llm": "", "ranking": []})
    assert went_wrong(stand_in, error, ms=1.0).updates == {"llm": "busy", "ranking": []}


def test_a_stage_knows_how_it_is_cut_off() -> None:
    """So that it can say something about it."""
    seen: list[tuple[type[Exception], ...]] = []

    def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
        seen.append(given.cut_off)
        return {}

    ran(step(run), cut_off=True)
    ran(step(run))
    assert seen == [(CutOff,), ()]


def test_a_stage_gets_the_seed_of_its_job() -> None:
    """Chance is the caller's: every stage of a run sees the same seed."""
    seeds: list[str] = []

    def draw(doc: Doc, given: StageInput) -> Mapping[str, Any]:
        seeds.append(given.seed)
        return {"answer": {}}

    run_flow(flow(step(draw), step(draw)), {}, PORTS, Deadline(100_250, clock), seed="job-1")
    assert seeds == ["job-1", "job-1"]


def test_a_stage_may_have_reservations() -> None:
    """It did its work: the flow goes on with it whatever it says about errors, and the answer is degraded."""

    def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
        raise DoneWithReserve("prices:old", "from last year", {"answer": {"price": 3}})

    done = run_step(step(run), {}, PORTS, Deadline(200_000, clock))
    assert (done.status, done.reason, done.updates, done.error) == (
        "ok",
        "prices:old",
        {"answer": {"price": 3}},
        None,
    )
    assert done.record()["reason"] == "prices:old"


def test_stages_of_other_queues_are_left_out() -> None:
    """Where only some queues are served, a stage of another one counts as never run, by its onError."""
    elsewhere = replace(step(counting), stage=replace(step(counting).stage, queue="llm"), on_error="skip")
    run = run_flow(
        flow(elsewhere, step(counting)), {"start": 1}, PORTS, Deadline.after(60_000), queues={"interactive"}
    )
    assert [one.status for one in run.runs] == ["skipped", "ok"]
    assert run.reasons == [f"{elsewhere.stage.type}:never_ran"]


def test_a_stage_that_would_ask_nobody_runs_anywhere() -> None:
    """A stage of another queue that needs nothing of it is run, and is no reason to be degraded."""
    stage = replace(step(counting).stage, queue="llm", runs_anywhere=lambda doc, given: True)
    harmless = replace(step(counting), stage=stage, on_error="skip")
    run = run_flow(flow(harmless), {"start": 1}, PORTS, Deadline.after(60_000), queues={"interactive"})
    assert ([one.status for one in run.runs], run.reasons) == (["ok"], [])
