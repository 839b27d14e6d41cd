"""On which line of ``flows.json`` a refusal points to what is wrong."""

from collections.abc import Mapping
from typing import Any

import pytest

from flows.errors import FlowError
from flows.loader import load_flows
from flows.model import Doc, Param, Stage, StageInput
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
READ = Stage(type="read", run=nothing, reads=("request",), writes=("facts", "notes"))
RANK = Stage(type="rank", run=nothing, reads=("request", "facts"), writes=("ranking",), params=PARAMS)
ANSWER = Stage(type="answer", run=nothing, reads=("ranking",), writes=("answer",))
REGISTRY = make_registry([READ, RANK, ANSWER])

LINES = """\
{
  "version": "2025.1-b_2",
  "flows": {
    "first": {
      "budgetMs": 250,
      "cacheTtlS": 120,
      "stages": [
        {"type": "read", "timeoutMs": 30, "onError": "skip"},
        {"type": "rank", "timeoutMs": 40, "onError": "fail", "params": {"limit": 5}},
        {"type": "rank", "timeoutMs": 50, "onError": "fail"},
        {"type": "answer", "timeoutMs": 60, "onError": "fail"}
      ]
    },
    "second": {
      "budgetMs": 300,
      "cacheTtlS": 0,
      "runOn": false,
      "stages": [
        {"type": "read", "timeoutMs": 30, "onError": "fail"},
        {
          "type": "rank",
          "timeoutMs": 30,
          "onError": "fail",
          "params": {
            "limit": 6,
            "label": "y"
          }
        },
        {"type": "rank", "timeoutMs": 30, "onError": "fail", "params": {}},
        {"type": "answer", "timeoutMs": 30, "onError": "fail"}
      ]
    }
  }
}
""".splitlines()


def changed(line: int, old: str, new: str) -> str:
    """The text with one line changed; lines count from 1 and stay where they are."""
    assert LINES[line - 1].count(old) == 1
    return "\n".join([*LINES[: line - 1], LINES[line - 1].replace(old, new), *LINES[line:]])


def refusal(text: str) -> tuple[int, str]:
    """Line and message with which a text is refused."""
    with pytest.raises(FlowError) as caught:
        load_flows(text, REGISTRY)
    start = f"flows.json:{caught.value.line}: "
    assert str(caught.value).startswith(start)
    return caught.value.line, str(caught.value).removeprefix(start)


def test_as_it_stands_nothing_is_refused() -> None:
    """The text that the other tests change is a good one."""
    flows = load_flows("\n".join(LINES), REGISTRY)
    assert [(name, len(flow.steps)) for name, flow in flows.items()] == [("first", 4), ("second", 4)]


@pytest.mark.parametrize(
    ("line", "old", "new", "message"),
    [
        (9, '"limit": 5', '"limit": 0', "limit of rank must be at least 1"),
        (9, '"limit": 5', '"limit": 21', "limit of rank must be at most 20"),
        (9, '"limit": 5', '"limit": "5"', "limit of rank must be a number"),
        (9, '"limit": 5', '"limit": true', "limit of rank must be a number"),
        (9, '"limit": 5', '"limit": null', "limit of rank must be a number"),
        (9, '"limit": 5', '"share": 1.01', "share of rank must be at most 1"),
        (9, '"limit": 5', '"share": -0.01', "share of rank must be at least 0"),
        (9, '"limit": 5', '"wide": 1', "wide of rank must be a bool"),
        (9, '"limit": 5', '"label": 5', "label of rank must be a str"),
        (25, '"limit": 6', '"limit": 21', "limit of rank must be at most 20"),
        (26, '"y"', "7", "label of rank must be a str"),
        (29, "{}", '{"limit": 0}', "limit of rank must be at least 1"),
        (26, '"label"', '"lable"', "rank has no parameter lable; it has: limit, share, free, label, wide"),
        (9, '"limit"', '"size"', "rank has no parameter size; it has: limit, share, free, label, wide"),
        (30, '"fail"', '"fail", "params": {"a": 1}', "answer has no parameter a; it has: none"),
        (9, '{"limit": 5}', "[5]", "params of rank must be an object"),
        (29, '"params": {}', '"params": null', "params of rank must be an object"),
    ],
)
def test_a_wrong_parameter_is_refused_on_its_line(line: int, old: str, new: str, message: str) -> None:
    """A parameter that a stage does not have, or not with this value, is found where it stands."""
    assert refusal(changed(line, old, new)) == (line, message)


TIMEOUT = "timeoutMs must be a whole number from 1 to 600000"
BUDGET = "budgetMs must be a whole number from 1 to 30000"
TTL = "cacheTtlS must be a whole number from 0 to 86400"


@pytest.mark.parametrize(
    ("line", "old", "new", "message"),
    [
        *[(line, ": 30", f": {value}", TIMEOUT) for line in (8, 19, 22, 29, 30) for value in ("0", "600001")],
        *[(10, ": 50", f": {value}", TIMEOUT) for value in ('"50"', "true", "null", "1.5", "-1")],
        *[(5, "250", value, BUDGET) for value in ("0", "30001", '"250"', "true", "2.5", "null")],
        (15, "300", "0", BUDGET),
        *[(6, "120", value, TTL) for value in ("-1", "86401", "null", "false")],
        (16, "0", "-1", TTL),
    ],
)
def test_a_wrong_number_is_refused_on_its_line(line: int, old: str, new: str, message: str) -> None:
    """Limits are whole numbers within bounds; the line is that of the number, whichever flow has it."""
    assert refusal(changed(line, old, new)) == (line, message)


UNKNOWN_STAGE_FIELD = "unknown field retry; there are: fallback, onError, params, timeoutMs, type"
UNKNOWN_FLOW_FIELD = "unknown field refresh; there are: budgetMs, cacheTtlS, runOn, stages, staleS"


@pytest.mark.parametrize(
    ("line", "old", "new", "message"),
    [
        (10, '"type": "rank"', '"type": "rnak"', "unknown stage 'rnak'; there are: read, rank, answer"),
        (21, '"type": "rank"', '"type": "Rank"', "unknown stage 'Rank'; there are: read, rank, answer"),
        (29, '"type": "rank"', '"type": null', "unknown stage None; there are: read, rank, answer"),
        (8, '"read"', '"rank"', "rank reads facts, which no stage before it writes"),
        (19, '"read"', '"rank"', "rank reads facts, which no stage before it writes"),
        (19, '"read"', '"answer"', "answer reads ranking, which no stage before it writes"),
        *[
            (n, '"fail"', '"stop"', "onError of rank must be one of skip, fallback, fail")
            for n in (9, 10, 23, 29)
        ],
        (30, '"fail"', "null", "onError of answer must be one of skip, fallback, fail"),
        (10, '"fail"', '["fail"]', "onError of rank must be one of skip, fallback, fail"),
        (10, '"fail"', '"fail", "retry": 3', UNKNOWN_STAGE_FIELD),
        (23, '"fail"', '"fail", "retry": 3', UNKNOWN_STAGE_FIELD),
        (5, "250", '250, "refresh": 3', UNKNOWN_FLOW_FIELD),
        (17, "false", 'false, "refresh": 3', UNKNOWN_FLOW_FIELD),
    ],
)
def test_a_wrong_stage_is_refused_on_its_line(line: int, old: str, new: str, message: str) -> None:
    """The n-th stage of a flow is found, also when several flows use its type, and one flow twice."""
    assert refusal(changed(line, old, new)) == (line, message)


@pytest.mark.parametrize(
    ("line", "old", "new", "refused", "message"),
    [
        (11, '"answer"', '"rank"', 4, "no stage of first writes the answer"),
        (30, '"answer"', '"rank"', 14, "no stage of second writes the answer"),
        (15, '"budgetMs": 300,', "", 14, BUDGET),
        (16, '"cacheTtlS": 0,', "", 14, TTL),
        (30, '"timeoutMs": 30, ', "", 30, TIMEOUT),
        (30, ', "onError": "fail"', "", 30, "onError of answer must be one of skip, fallback, fail"),
        (14, "{", '{"stages": []}, "third": {', 14, "second must have a list of stages"),
        (4, "{", '[], "third": {', 4, "first must have a list of stages"),
        (14, "{", '{"stages": {}}, "third": {', 14, "second must have a list of stages"),
        (10, '"timeoutMs": 50, ', "", 10, TIMEOUT),
        (10, ', "onError": "fail"', "", 10, "onError of rank must be one of skip, fallback, fail"),
        (5, '"budgetMs": 250,', "", 4, BUDGET),
        (6, '"cacheTtlS": 120,', "", 4, TTL),
        (8, '"type": "read", ', "", 8, "unknown stage None; there are: read, rank, answer"),
        (10, '"type": "rank"', '"type": []', 10, "unknown stage []; there are: read, rank, answer"),
        (17, "false", '"no"', 17, "runOn must be true or false"),
        (10, '"fail"', '"fail", "type": "rank"', 1, "type is given twice"),
        (5, "250", "NaN", 1, "NaN is no JSON"),
    ],
)
def test_what_is_missing_is_refused_where_it_should_be(
    line: int, old: str, new: str, refused: int, message: str
) -> None:
    """What is not there has no line, so that of the flow or stage is named that lacks it."""
    assert refusal(changed(line, old, new)) == (refused, message)
