"""What ``flows.json`` may say. On which line a refusal points: ``test_loader_lines``."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from flows.errors import FlowError, InvalidInput
from flows.loader import load_flows
from flows.model import Doc, Flow, Param, Stage, StageInput, Step
from flows.registry import make_registry


def nothing(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Write nothing."""
    return {}


PARAMS = {
    "limit": Param(10, at_least=1, at_most=20),
    "share": Param(0.5, at_least=0, at_most=1),
    "free": Param(0),
    "label": Param("x"),
    "wide": Param(False),
}
DEFAULTS = {"limit": 10, "share": 0.5, "free": 0, "label": "x", "wide": False}

READ = Stage(type="read", run=nothing, reads=("request",), writes=("facts", "notes"))
RANK = Stage(type="rank", run=nothing, reads=("facts",), writes=("ranking",), params=PARAMS)
ANSWER = Stage(type="answer", run=nothing, reads=("ranking",), writes=("answer",))
REGISTRY = make_registry([READ, RANK, ANSWER])


def stage(kind: str, **more: Any) -> dict[str, Any]:
    """A stage as ``flows.json`` has it."""
    return {"type": kind, "timeoutMs": 30, "onError": "fail", **more}


def flow(*stages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A flow as ``flows.json`` has it; read, rank and answer when no stages are given."""
    steps = list(stages) or [stage("read"), stage("rank"), stage("answer")]
    return {"budgetMs": 250, "cacheTtlS": 120, "stages": steps, **more}


def loaded(version: Any = "1", **flows: dict[str, Any]) -> dict[str, Flow]:
    """These flows, loaded."""
    return load_flows(json.dumps({"version": version, "flows": flows}), REGISTRY)


def refusal(text: str, source: str = "flows.json") -> str:
    """The words with which a text is refused."""
    with pytest.raises(FlowError) as caught:
        load_flows(text, REGISTRY, source)
    assert caught.value.code == "bad_flow"
    return str(caught.value)


def test_every_flow_is_read() -> None:
    """Flows come by name, in order, with their steps, limits and the version of the file."""
    flows = loaded(
        "2025.1-b_2",
        second=flow(
            stage("read", timeoutMs=20, onError="skip"),
            stage("rank", params={"limit": 5}),
            stage("rank", timeoutMs=40, params={}),
            stage("answer"),
        ),
        first=flow(budgetMs=300, cacheTtlS=0, runOn=False),
    )
    assert list(flows) == ["second", "first"]
    assert flows["second"] == Flow(
        name="second",
        version="2025.1-b_2",
        steps=(
            Step(stage=READ, params={}, timeout_ms=20, on_error="skip"),
            Step(stage=RANK, params={**DEFAULTS, "limit": 5}, timeout_ms=30, on_error="fail"),
            Step(stage=RANK, params=DEFAULTS, timeout_ms=40, on_error="fail"),
            Step(stage=ANSWER, params={}, timeout_ms=30, on_error="fail"),
        ),
        budget_ms=250,
        cache_ttl_s=120,
        run_on=True,
    )
    assert [step.stage for step in flows["first"].steps] == [READ, RANK, ANSWER]
    assert (flows["first"].version, flows["first"].budget_ms) == ("2025.1-b_2", 300)
    assert (flows["first"].cache_ttl_s, flows["first"].run_on) == (0, False)


def test_there_may_be_no_flow() -> None:
    """An empty set of flows is one; whoever publishes decides whether that will do."""
    assert loaded() == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", 1),
        ("limit", 20),
        ("share", 0),
        ("share", 1.0),
        ("free", -1_000_000_000),
        ("label", ""),
        ("wide", True),
    ],
)
def test_parameters_within_bounds_are_taken(name: str, value: Any) -> None:
    """Bounds belong to what is allowed; a parameter without bounds takes any number."""
    flows = loaded(f=flow(stage("read"), stage("rank", params={name: value}), stage("answer")))
    assert flows["f"].steps[1].params == {**DEFAULTS, name: value}


@pytest.mark.parametrize(
    ("field", "attribute", "value"),
    [("budgetMs", "budget_ms", value) for value in (1, 30_000)]
    + [("cacheTtlS", "cache_ttl_s", value) for value in (0, 86_400)]
    + [("staleS", "stale_s", value) for value in (0, 3_600)],
)
def test_numbers_of_a_flow_at_their_bounds_are_taken(field: str, attribute: str, value: int) -> None:
    """The bounds of budget and lifetime are allowed themselves."""
    assert getattr(loaded(f=flow(**{field: value}))["f"], attribute) == value


@pytest.mark.parametrize("timeout_ms", [1, 600_000])
def test_limits_of_a_stage_at_their_bounds_are_taken(timeout_ms: int) -> None:
    """A stage may have from a millisecond to ten minutes."""
    steps = loaded(f=flow(stage("read", timeoutMs=timeout_ms), stage("rank"), stage("answer")))["f"].steps
    assert [step.timeout_ms for step in steps] == [timeout_ms, 30, 30]


def test_a_stage_reads_what_any_stage_before_it_wrote() -> None:
    """Fields stay in the document, and the order of stages is the flow's own affair."""
    stages = [stage("read"), stage("rank"), stage("read"), stage("answer"), stage("rank")]
    assert [step.stage.type for step in loaded(f=flow(*stages))["f"].steps] == [s["type"] for s in stages]


def test_what_one_flow_writes_another_cannot_read() -> None:
    """Each flow begins with nothing but the request."""
    text = json.dumps({"version": "1", "flows": {"one": flow(), "two": flow(stage("answer"))}})
    assert refusal(text) == "flows.json:1: answer reads ranking, which no stage before it writes"


def test_everything_that_is_missing_is_named() -> None:
    """A stage that lacks several fields names those that are not there, and only those."""
    join = Stage(type="join", run=nothing, reads=("a", "request", "b"), writes=("answer",))
    text = json.dumps({"version": "1", "flows": {"f": flow(stage("join"))}})
    with pytest.raises(FlowError, match=r"^flows\.json:1: join reads a, b, which no stage before it writes$"):
        load_flows(text, make_registry([join]))


@pytest.mark.parametrize("version", ["1", "2025.1-b_2", "x" * 64])
def test_a_short_name_is_a_version(version: str) -> None:
    """The version is part of a key: 1 to 64 letters, digits, dots, dashes and underscores."""
    assert loaded(version, f=flow())["f"].version == version


@pytest.mark.parametrize("version", ["", "a b", "a/b", "1\n", "x" * 65, 1, None, ["1"]])
def test_anything_else_is_no_version(version: Any) -> None:
    """A version that could not be part of a key is refused."""
    text = f'{{\n"flows": {{}},\n"version": {json.dumps(version)}}}'
    assert refusal(text) == "flows.json:3: version must be a text of letters, digits, dots and dashes"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "mine.json:1: Expecting value"),
        ('{\n"version": "1",\n"flows": {"a" 1}}', "mine.json:3: Expecting ':' delimiter"),
        ("[]", 'mine.json:1: must be an object with "version" and "flows"'),
        ('\n{"version": "1"}', 'mine.json:2: must be an object with "version" and "flows"'),
        ('{"version": "1", "flows": []}', 'mine.json:1: must be an object with "version" and "flows"'),
        ('{"flows": {}}', "mine.json:1: version must be a text of letters, digits, dots and dashes"),
    ],
)
def test_a_text_of_another_shape_is_refused(text: str, expected: str) -> None:
    """A text that is no JSON, or not of this shape, is refused with its source."""
    assert refusal(text, source="mine.json") == expected


def test_what_stands_in_for_a_stage_is_read() -> None:
    """With onError fallback the flow gives every field that the stage writes."""
    replaced = stage("read", onError="fallback", fallback={"facts": [1], "notes": {}})
    found = loaded(one=flow(replaced, stage("rank"), stage("answer")))["one"]
    assert [dict(step.fallback) for step in found.steps] == [{"facts": [1], "notes": {}}, {}, {}]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"onError": "fallback"}, "fallback of read must give facts, notes"),
        ({"onError": "fallback", "fallback": {"facts": []}}, "fallback of read must give facts, notes"),
        ({"onError": "fallback", "fallback": []}, "fallback of read must give facts, notes"),
        ({"onError": "skip", "fallback": {"facts": []}}, "fallback of read must give nothing"),
    ],
)
def test_what_stands_in_must_be_whole(spec: dict[str, Any], expected: str) -> None:
    """A stage that would be replaced in part, or for nothing, is refused."""
    text = json.dumps({"version": "1", "flows": {"one": flow(stage("read", **spec))}})
    assert expected in refusal(text)


def even(value: dict[str, Any]) -> None:
    """Refuse odd sizes."""
    if value.get("size", 0) % 2:
        raise InvalidInput("must be even", field="size")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"size": 3}, "shape of sized size: must be even"),
        ([], "shape of sized must be a dict"),
        ({"size": 2}, ""),
    ],
)
def test_a_parameter_may_have_a_check_of_its_own(value: Any, expected: str) -> None:
    """What the stage's own check refuses, and what has another shape, is refused with its words."""
    sized = Stage(
        type="sized", run=nothing, reads=(), writes=("answer",), params={"shape": Param({}, check=even)}
    )
    document = {"version": "1", "flows": {"one": flow(stage("sized", params={"shape": value}))}}
    if not expected:
        (step,) = load_flows(json.dumps(document), make_registry([sized]))["one"].steps
        assert step.params == {"shape": value}
        return
    with pytest.raises(FlowError, match=expected):
        load_flows(json.dumps(document), make_registry([sized]))
