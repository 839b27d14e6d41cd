"""The model's order as a stage: when it is asked, what it can do, and what is said when it fails."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from flows.deadline import Deadline
from flows.decisions.model import Decision
from flows.decisions.reading import decision_of
from flows.errors import InvalidInput, PortUnavailable, RerankFailed, StageTimeout
from flows.intelligence.blend.travel import ranking_to_fields
from flows.intelligence.profile.features import Features
from flows.intelligence.ranker.item import Item
from flows.intelligence.ranker.rank import Dropped, Ranking
from flows.intelligence.ranker.scoring import Contribution, Ranked, placed
from flows.intelligence.rerank.port import NoReranker, Reading, Reranker
from flows.loader import load_flows
from flows.model import Doc, Step
from flows.registry import STAGES
from flows.run import FlowRun, StageRun, run_flow, run_step, runs_anywhere
from flows.stages.llm_rerank_qwen3 import STAGE, checked_mode
from tests.fakes.reranker import SpokenReranker
from tests.ports import make_ports

REQUEST = {"organisation": "acme", "userId": "ann", "catalogue": "built-in", "context": "why does it loop"}
FAVOURS_C = Reading(tokens={"C": -0.1, "B": -2.5, "A": -4.0})


class CutOff(Exception):
    """How some process ends a stage at its limit."""


@dataclass
class Clock:
    """Stands still unless it is moved."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now

    def pass_ms(self, ms: float) -> None:
        self.now += ms / 1000


def document(scores: Sequence[float] = (0.5, 0.5, 0.5, 0.4), events: int | None = 3, **request: Any) -> Doc:
    """As the ranker leaves it: items a, b, c, d, and one that a rule left out."""
    ranked = placed(
        [
            Ranked(
                item=Item(id=f"prompt:{id_}", type="prompt", title=f"Title {id_}"),
                score=score,
                contributions=(Contribution("relevance", score, 1.0, score),),
            )
            for id_, score in zip("abcd", scores, strict=False)
        ]
    )
    known = {} if events is None else {"features": Features(events=events).to_document()}
    fields = ranking_to_fields(Ranking(ranked, (Dropped("prompt:x", "mastered"),)))
    return {"request": REQUEST | request, **known, **fields}


def step(**params: Any) -> Step:
    """As a flow has it that goes on without the model."""
    defaults = {name: param.default for name, param in STAGE.params.items()}
    return Step(stage=STAGE, params=defaults | {"candidates": 3} | params, timeout_ms=150, on_error="skip")


def ran(reranker: Reranker, doc: Doc, clock: Clock | None = None, **params: Any) -> StageRun:
    ports, deadline = make_ports(reranker=reranker), Deadline(100_250, clock or Clock())
    return run_step(step(**params), doc, ports, deadline, (CutOff,), "job-1")


def order(run: StageRun) -> list[str]:
    return [entry["id"].removeprefix("prompt:") for entry in run.updates["ranking"]]


def decided(doc: Doc, run: StageRun) -> Decision:
    """What the decision log has of it."""
    return decision_of(
        doc | dict(run.updates),
        [run.record()],
        decision_id="d",
        organisation="acme",
        flow="recommendations",
        flow_version="1",
        asked_ms=0,
        ended_ms=1,
    )


def test_the_model_has_its_say() -> None:
    """The first candidates get a new order, and it is said what the model had to do with it."""
    clock = Clock()
    reranker = SpokenReranker([FAVOURS_C], meanwhile=lambda: clock.pass_ms(20))
    run = ran(reranker, document(), clock)
    assert (run.status, run.reason) == ("ok", "")
    assert order(run) == ["c", "b", "a", "d"]
    assert run.updates["dropped"] == [{"id": "prompt:x", "rule": "mastered"}]
    llm = run.updates["llm"]
    assert llm.pop("ms") == pytest.approx(20)
    assert llm == {"outcome": "ok", "mode": "listwise", "model": "spoken", "mass": 1.0, "moved": 2}
    (asked,) = reranker.asked
    assert "Person: asks why does it loop\n" in asked.prompts[0].text
    assert "A: Title a, prompt\nB: Title b, prompt\nC: Title c, prompt\n<|im_end|>" in asked.prompts[0].text


@pytest.mark.parametrize(("limit_ms", "left_ms"), [(130, 130), (400, 150)])
def test_the_model_has_its_limit(limit_ms: int, left_ms: float) -> None:
    """Its own, or what is left of the stage's."""
    reranker = SpokenReranker([FAVOURS_C])
    ran(reranker, document(), limitMs=limit_ms)
    assert reranker.left_ms == pytest.approx([left_ms])


def test_the_weight_bounds_the_model() -> None:
    """What rules put far ahead stays ahead."""
    run = ran(SpokenReranker([FAVOURS_C]), document(scores=(0.9, 0.5, 0.5, 0.4)), weight=0.2)
    assert order(run) == ["a", "c", "b", "d"]


@pytest.mark.parametrize(
    ("mode", "readings"),
    [
        ("pointwise", [Reading(tokens={"yes": -5.0, "no": -0.1})] * 2 + [Reading(tokens={"yes": -0.1})]),
        ("item_likelihood", [Reading(mean_logprob=value) for value in (-3.0, -3.0, -1.0)]),
        ("query_likelihood", [Reading(mean_logprob=value) for value in (-3.0, -3.0, -1.0)]),
    ],
)
def test_a_flow_chooses_the_mode(mode: str, readings: list[Reading]) -> None:
    """One prompt per candidate in each of these."""
    reranker = SpokenReranker(readings)
    run = ran(reranker, document(), mode=mode)
    assert order(run) == ["c", "a", "b", "d"]
    assert run.updates["llm"]["mode"] == mode
    assert len(reranker.asked[0].prompts) == 3


@pytest.mark.parametrize(
    ("doc", "reason"),
    [
        (document(events=100), "enough_history"),
        (document(events=None), "history_unknown"),
        (document(scores=(0.5,)), "too_few_candidates"),
    ],
)
def test_the_gate_keeps_the_model_out(doc: Doc, reason: str) -> None:
    """It is not asked, the order stays, nothing is degraded, and the reason is told."""
    reranker = SpokenReranker([FAVOURS_C])
    run = ran(reranker, doc)
    assert (run.status, run.reason, reranker.asked) == ("ok", "", [])
    assert run.updates["llm"] == {"outcome": "skipped_by_gate", "reason": reason}
    assert run.updates["ranking"] == doc["ranking"]
    assert decided(doc, run).llm_outcome == f"skipped_by_gate:{reason}"


def test_a_long_question_opens_the_gate() -> None:
    """Much text is asked about whatever the history; the errors count with the context."""
    reranker = SpokenReranker([FAVOURS_C])
    doc = document(events=5_000, recentErrors=["Maximum update depth exceeded in this component again"])
    assert ran(reranker, doc).updates["llm"]["outcome"] == "ok"


def test_without_a_model_rules_rank() -> None:
    """That is how the service is without configuration, and nothing is degraded."""
    run = ran(NoReranker(), document())
    assert (run.status, run.updates["llm"]) == ("ok", {"outcome": "not_configured"})
    assert order(run) == ["a", "b", "c", "d"]
    with pytest.raises(RerankFailed) as raised:
        NoReranker().score(SpokenReranker().asked, Deadline(0))  # type: ignore[arg-type]
    assert raised.value.code == "not_configured"


@pytest.mark.parametrize(
    ("reranker", "outcome"),
    [
        (SpokenReranker(error=RerankFailed("timeout", "late")), "timeout"),
        (SpokenReranker(error=RerankFailed("busy", "no slot")), "busy"),
        (SpokenReranker(error=RerankFailed("breaker_open", "failed lately")), "breaker_open"),
        (SpokenReranker(error=RerankFailed("malformed", "no JSON")), "malformed"),
        (SpokenReranker(error=RerankFailed("gone fishing", "?")), "unavailable"),
        (SpokenReranker(error=PortUnavailable("refused")), "unavailable"),
        (SpokenReranker(error=StageTimeout("late")), "timeout"),
        (SpokenReranker(error=CutOff()), "timeout"),
        (SpokenReranker([]), "malformed"),
        (SpokenReranker([Reading(tokens={"The": -0.1})]), "low_mass"),
    ],
)
def test_a_model_that_fails_leaves_the_order(reranker: SpokenReranker, outcome: str) -> None:
    """The answer is degraded and says why, the document keeps its ranking, and the outcome is logged."""
    doc = document()
    run = ran(reranker, doc)
    assert (run.status, run.reason, run.error) == ("skipped", f"llm.rerank.qwen3:{outcome}", None)
    assert run.updates == {"llm": {"outcome": outcome, "mode": "listwise", "ms": 0.0}}
    decision = decided(doc, run)
    assert decision.llm_outcome == outcome
    assert decision.degraded == (f"llm.rerank.qwen3:{outcome}",)


def test_a_mistake_of_ours_is_not_called_the_models() -> None:
    """What nobody foresaw is reported as such, and the order stays all the same."""
    run = ran(SpokenReranker(error=ZeroDivisionError()), document())
    assert (run.reason, run.updates) == ("llm.rerank.qwen3:unexpected_error", {})


@pytest.mark.parametrize(
    ("reranker", "doc", "expected"),
    [
        (NoReranker(), document(), True),
        (SpokenReranker(), document(events=100), True),
        (SpokenReranker(), document(), False),
        (SpokenReranker(), {"request": REQUEST}, False),
    ],
)
def test_only_who_asks_needs_the_models_workers(reranker: Reranker, doc: Doc, expected: bool) -> None:
    """A stage that will ask nobody is run on the way; a document that it cannot read takes the hop."""
    ports = make_ports(reranker=reranker)
    assert runs_anywhere(step(), doc, ports, Deadline(100_250, Clock())) is expected
    assert STAGE.queue == "llm"


def test_the_same_document_is_asked_in_the_same_words() -> None:
    """Nothing in a prompt comes from chance or the clock."""
    reranker = SpokenReranker([FAVOURS_C])
    first, again = (ran(reranker, document(), Clock(now)).updates["ranking"] for now in (100.0, 100.1))
    assert first == again
    assert reranker.asked[0] == reranker.asked[1]


def test_an_unknown_mode_is_refused() -> None:
    """When flows are loaded, with the modes there are."""
    assert checked_mode("pointwise") == "pointwise"
    with pytest.raises(InvalidInput, match="listwise, pointwise, item_likelihood, query_likelihood"):
        checked_mode("chat")


FLOW = {
    "version": "1",
    "flows": {
        "recommendations": {
            "budgetMs": 250,
            "cacheTtlS": 60,
            "stages": [
                {"type": "context.features", "timeoutMs": 30, "onError": "skip"},
                {"type": "candidates.practice", "timeoutMs": 30, "onError": "skip"},
                {"type": "rank.blend", "timeoutMs": 50, "onError": "fail"},
                {
                    "type": "llm.rerank.qwen3",
                    "timeoutMs": 150,
                    "onError": "skip",
                    "params": {"mode": "listwise", "candidates": 3, "weight": 0.5, "fewEvents": 50},
                },
                {"type": "filter.ranked_courses", "timeoutMs": 30, "onError": "fail"},
                {"type": "explain.items", "timeoutMs": 30, "onError": "fail"},
            ],
        }
    },
}


def answered(reranker: Reranker) -> FlowRun:
    """A whole flow about a person whom nobody has seen, with a goal."""
    flow = load_flows(json.dumps(FLOW), STAGES)["recommendations"]
    request = REQUEST | {"goal": "fullstack"}
    return run_flow(flow, request, make_ports(reranker=reranker), Deadline(100_250, Clock()), "job-1")


def shown(run: FlowRun) -> list[str]:
    assert run.result is not None
    return [one["id"] for one in run.result["recommendations"]]


def test_a_whole_flow_keeps_its_answer_when_the_model_is_late() -> None:
    """The same answer as without a model, and the reason why it is degraded."""
    without, late = (
        answered(reranker)
        for reranker in (NoReranker(), SpokenReranker(error=RerankFailed("timeout", "late")))
    )
    assert late.result == without.result
    assert (without.reasons, late.reasons) == ([], ["llm.rerank.qwen3:timeout"])


def test_a_whole_flow_shows_the_models_order() -> None:
    """With equal scores and half of the weight, its favourite comes first, and the score says so."""
    rules, model = (answered(reranker) for reranker in (NoReranker(), SpokenReranker([FAVOURS_C])))
    first, second, third, *rest = shown(rules)
    assert shown(model) == [third, second, first, *rest]
    assert model.result is not None
    best = model.result["recommendations"][0]
    assert {"feature": "model", "contribution": 0.5} in best["contributions"]
    assert sum(part["contribution"] for part in best["contributions"]) == pytest.approx(
        best["score"], abs=1e-3
    )
