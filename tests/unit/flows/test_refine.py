"""When an answer is refined, and how its flow differs then."""

from typing import Any

import pytest

from flows.loader import BUILT_IN_FILE, load_flows
from flows.model import Flow
from flows.refine import has_helped, missed_its_limit, refining
from flows.registry import STAGES

RERANK = "llm.rerank.qwen3"


@pytest.fixture(scope="module")
def flow() -> Flow:
    """A flow of the service that is refined."""
    return load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)["recommendations"]


def records(reason: str = "", type_: str = RERANK) -> list[dict[str, Any]]:
    """The stages of a job, of which one ended so."""
    ended = {"type": type_, "status": "skipped", "ms": 1.0}
    return [{"type": "rank.blend", "status": "ok", "ms": 1.0}, ended | ({"reason": reason} if reason else {})]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (f"{RERANK}:timeout", True),
        (f"{RERANK}:busy", True),
        (f"{RERANK}:stage_timeout", True),
        (f"{RERANK}:malformed", False),
        (f"{RERANK}:low_mass", False),
        (f"{RERANK}:breaker_open", False),
        (f"{RERANK}:unavailable", False),
        ("context.features:stage_timeout", False),
        ("", False),
    ],
)
def test_more_time_helps_who_had_too_little(flow: Flow, reason: str, expected: bool) -> None:
    """A model that was late or busy may do better; one that is dead or talks nonsense does not."""
    assert missed_its_limit(flow, records(reason)) is expected


def test_the_flows_with_a_model_are_refined() -> None:
    """All three of them, with seconds in place of the limit; no other flow is."""
    flows = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)
    limits = {name: flow.refine_limit_ms for name, flow in flows.items() if flow.refine_limit_ms}
    assert limits == {"prompt_suggestions": 3000, "next_best_prompt": 3000, "recommendations": 3000}


def test_only_the_models_limits_differ(flow: Flow) -> None:
    """Every other stage and parameter is as it was, so that the order differs by the model alone."""
    other = refining(flow)
    changed = [
        (before.stage.type, after.params["limitMs"], after.timeout_ms)
        for before, after in zip(flow.steps, other.steps, strict=True)
        if before != after
    ]
    assert changed == [(RERANK, 3000, 3500)]
    (before, after) = (next(s for s in f.steps if s.stage.type == RERANK) for f in (flow, other))
    assert {**after.params, "limitMs": before.params["limitMs"]} == before.params
    assert (other.name, other.version, other.cache_ttl_s) == (flow.name, flow.version, flow.cache_ttl_s)


@pytest.mark.parametrize(("reason", "expected"), [("", True), (f"{RERANK}:timeout", False)])
def test_a_second_failure_betters_nothing(flow: Flow, reason: str, expected: bool) -> None:
    """An answer whose model failed again is no better than the first."""
    assert has_helped(flow, records(reason)) is expected
