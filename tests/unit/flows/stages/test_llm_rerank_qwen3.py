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
from flows.intelligence.rerank.port import NoReranker, Outcome, Reading, Reranker
from flows.loader import load_flows
from flows.model import Doc, Step
from flows.registry import STAGES
from flows.run import FlowRun, StageRun, run_flow, run_in_passing, run_step
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
    assert raised.value.code == NoReranker().reserve("job", Deadline(0)) == "not_configured"


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


def passing(reranker: Reranker, doc: Doc) -> StageRun | None:
    """What a worker of another queue makes of the stage."""
    deadline = Deadline(100_250, Clock())
    return run_in_passing(step(), doc, make_ports(reranker=reranker), deadline, "job-1")


@pytest.mark.parametrize(
    ("reranker", "doc", "llm"),
    [
        (NoReranker(), document(), {"outcome": "not_configured"}),
        (SpokenReranker(), document(events=100), {"outcome": "skipped_by_gate", "reason": "enough_history"}),
    ],
)
def test_who_asks_nobody_needs_no_worker_of_the_model(reranker: Reranker, doc: Doc, llm: Doc) -> None:
    """The stage is done on the way, as it would be done at home, and nothing is reserved."""
    run = passing(reranker, doc)
    assert run is not None
    assert run.updates == ran(reranker, doc).updates
    assert run.updates["llm"] == llm
    assert getattr(reranker, "holders", []) == []


def test_who_asks_is_sent_there_with_a_slot() -> None:
    """A slot is reserved under the job's seed, by which the stage finds it again."""
    reranker = SpokenReranker([FAVOURS_C])
    assert passing(reranker, document()) is None
    ran(reranker, document())
    assert reranker.holders == ["job-1", "job-1"]
    assert STAGE.queue == "llm"


@pytest.mark.parametrize("outcome", [Outcome.BUSY, Outcome.BREAKER_OPEN, Outcome.TIMEOUT])
def test_nobody_is_sent_to_a_model_that_cannot_be_asked(outcome: Outcome) -> None:
    """The stage is skipped where it is met, with the same words as if the model had been asked."""
    doc = document()
    run = passing(SpokenReranker(refusal=outcome), doc)
    assert run is not None
    assert (run.status, run.reason) == ("skipped", f"llm.rerank.qwen3:{outcome}")
    assert run.updates == {"llm": {"outcome": str(outcome), "mode": "listwise", "ms": 0.0}}
    assert decided(doc, run).llm_outcome == outcome


def test_a_document_that_cannot_be_read_takes_the_hop() -> None:
    """What is wrong with it is judged where the stage belongs."""
    assert passing(SpokenReranker(), {"request": REQUEST}) is None


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
