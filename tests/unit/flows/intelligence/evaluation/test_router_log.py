"""Scored questions and prices, read from files of others."""

import json

import pytest

from flows.errors import InvalidInput
from flows.intelligence.evaluation.router_log import parse_router_log

LINES = [
    json.dumps({"question": "Who?", "task": "qa", "scores": {"b": 1, "a": 0.5, "c": 0}}),
    "",
    json.dumps({"question": "What?", "scores": {"a": 0.0, "b": 1.0}}),
]
PRICES = json.dumps({name: {"usd_per_million_output": price} for name, price in (("a", 0.1), ("b", 2))})


def test_questions_and_prices() -> None:
    """Models with a score on every question, by name; a task may be missing."""
    log = parse_router_log(LINES, PRICES, "q.jsonl", "m.json")
    assert (log.models, log.prices) == (("a", "b"), (0.1, 2.0))
    assert [(row.question.task, list(row.scores)) for row in log.rows] == [("qa", [0.5, 1]), ("", [0.0, 1.0])]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "q.jsonl:4: "),
        ("[]", "q.jsonl:4: must be an object"),
        ('{"question": 3, "scores": {}}', "q.jsonl:4: needs question, task and scores"),
        ('{"question": "x", "task": 3, "scores": {}}', "q.jsonl:4: needs question, task and scores"),
        ('{"question": "x", "scores": {"a": 2}}', "q.jsonl:4: score of a must be a number from 0 to 1"),
        ('{"question": "x", "scores": {"a": NaN}}', "q.jsonl:4: score of a must be a number from 0 to 1"),
        ('{"question": "x", "scores": {"z": 1}}', "q.jsonl: no model has a score on every question"),
    ],
)
def test_a_wrong_line_is_refused(line: str, says: str) -> None:
    """The message has the file and the line, which counts empty ones too."""
    with pytest.raises(InvalidInput) as caught:
        parse_router_log([*LINES, line], PRICES, "q.jsonl", "m.json")
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("prices", "says"),
    [
        ("{}", "m.json: no price of a, b"),
        ("3", "m.json: must be an object"),
        ('{"a": {}}', "m.json: a: usd_per_million_output must be a number"),
        ('{"a": {"usd_per_million_output": -1}}', "m.json: a: usd_per_million_output must be a number"),
    ],
)
def test_wrong_prices_are_refused(prices: str, says: str) -> None:
    """The message has the file and the model."""
    with pytest.raises(InvalidInput) as caught:
        parse_router_log(LINES, prices, "q.jsonl", "m.json")
    assert str(caught.value).startswith(says)


def test_an_empty_file_is_refused() -> None:
    """There is nothing to judge."""
    with pytest.raises(InvalidInput, match=r"q\.jsonl: has no questions"):
        parse_router_log([""], PRICES, "q.jsonl", "m.json")
