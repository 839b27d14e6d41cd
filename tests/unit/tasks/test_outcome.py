"""What is recorded about a job that has ended."""

import json
from typing import Any

import pytest

from flows.decisions.text import from_text
from flows.model import Flow
from flows.run import StageRun
from tasks.outcome import failure, problem, stage_record, success
from tasks.store.base import Job, Outcome, State

OK = {"type": "explain", "status": "ok", "ms": 1.5}
SKIPPED = {"type": "rank.rules", "status": "skipped", "ms": 2.5, "reason": "rank.rules:stage_timeout"}


def a_job() -> Job:
    times = {"created_ms": 1000, "deadline_ms": 2000, "step": 2, "attempt": 1}
    names = {"organisation": "acme", "flow": "learning_path", "version": "6", "request_id": "r1"}
    return Job(id="j1", state=State.RUNNING, fingerprint="f1", **(times | names))


def a_flow(cache_ttl_s: int) -> Flow:
    return Flow(name="learning_path", version="7", steps=(), budget_ms=250, cache_ttl_s=cache_ttl_s)


def test_a_success() -> None:
    """The result is the flow's answer with what is true of every answer; the stages are kept."""
    outcome = success(a_job(), a_flow(120), {"request": {}, "answer": {"path": [1]}}, [OK])
    assert json.loads(outcome.result or "") == {
        "path": [1],
        "decisionId": "j1",
        "flowVersion": "7",
        "degraded": False,
        "degradedReasons": [],
    }
    assert (outcome.state, outcome.problem, outcome.answer_ttl_s) == (State.SUCCEEDED, None, 120)
    assert outcome.stages == [OK]


def test_a_degraded_success_says_why() -> None:
    """Every stage that was skipped gives its reason, in the order of the stages."""
    other = SKIPPED | {"type": "context.features", "reason": "context.features:worker_lost"}
    outcome = success(a_job(), a_flow(120), {"answer": {}}, [other, OK, SKIPPED])
    result = json.loads(outcome.result or "")
    assert result["degraded"] is True
    assert result["degradedReasons"] == ["context.features:worker_lost", "rank.rules:stage_timeout"]


@pytest.mark.parametrize(
    ("cache_ttl_s", "stages", "kept_s"),
    [(120, [OK], 120), (0, [OK], 0), (120, [OK, SKIPPED], 15), (15, [SKIPPED], 15), (10, [SKIPPED], 10)],
)
def test_how_long_an_answer_is_kept(cache_ttl_s: int, stages: list[dict[str, Any]], kept_s: int) -> None:
    """An answer is kept as long as its flow says, a degraded one 15 s at most."""
    assert success(a_job(), a_flow(cache_ttl_s), {"answer": {}}, stages).answer_ttl_s == kept_s


def test_a_success_has_its_decision() -> None:
    """The log gets the answer under the id that the answer names, with the time until its end."""
    doc = {"request": {"userId": "ann"}, "answer": {"path": [{"id": "week-1", "confidence": 0.5}]}}
    decision = from_text(success(a_job(), a_flow(0), doc, [OK, SKIPPED], now_s=lambda: 1.25).decision)
    assert (decision.id, decision.organisation, decision.user_id) == ("j1", "acme", "ann")
    assert (decision.flow, decision.flow_version) == ("learning_path", "7")
    assert (decision.at_ms, decision.total_ms) == (1000, 250.0)
    assert decision.latency_ms == {"explain": 1.5, "rank.rules": 2.5}
    assert decision.degraded == ("rank.rules:stage_timeout",)
    assert [(item.id, item.confidence) for item in decision.shown] == [("week-1", 0.5)]


def test_a_success_is_worth_more_than_its_decision() -> None:
    """An answer whose log entry cannot be made is given all the same."""
    nameless = {"status": "ok", "ms": 1.5}
    outcome = success(a_job(), a_flow(120), {"answer": {}}, [nameless])
    assert (outcome.state, outcome.decision, outcome.answer_ttl_s) == (State.SUCCEEDED, "", 120)


def test_a_result_is_written_as_it_is_served() -> None:
    """The result is JSON without spaces, with letters of all languages as themselves."""
    outcome = success(a_job(), a_flow(0), {"answer": {"focus": "Übung, täglich"}}, [])
    expected = '{"focus":"Übung, täglich","decisionId":"j1","flowVersion":"7","degraded":false,'
    assert outcome.result == expected + '"degradedReasons":[]}'


@pytest.mark.parametrize("stages", [[OK, SKIPPED], []])
def test_a_failure(stages: list[dict[str, Any]]) -> None:
    """A failure has a problem and the stages that ran, no result, and is not cached."""
    assert failure("explain:stage_failed", "it went wrong", stages) == Outcome(
        state=State.FAILED,
        stages=stages,
        result=None,
        problem={"code": "explain:stage_failed", "detail": "it went wrong"},
        answer_ttl_s=0,
        decision="",
    )


def test_a_failure_before_any_stage() -> None:
    """A job that failed before its first stage has no stages to show."""
    assert list(failure("unknown_flow", "no such flow").stages) == []


def test_a_problem() -> None:
    """A problem is a stable code and a sentence."""
    assert problem("worker_lost", "the worker is gone") == {
        "code": "worker_lost",
        "detail": "the worker is gone",
    }


def test_a_stage_says_when_it_began() -> None:
    """In milliseconds after the job was created; what it took is taken off the time of its end."""
    run = StageRun("explain", "ok", 1.5, {})
    assert stage_record(a_job(), run, lambda: 1.0125) == {**OK, "atMs": 11.0}
    ahead_s = 0.999
    assert stage_record(a_job(), run, lambda: ahead_s)["atMs"] == 0.0
