"""A decision goes as text and comes back the same."""

import json
from dataclasses import replace

import pytest

from flows.decisions.model import Candidate, Decision, Drop, ShownItem
from flows.decisions.text import bounded_text, from_text, to_text
from flows.errors import InvalidInput
from tests.decisions import a_decision

FULL = Decision(
    id="d",
    organisation="acme",
    flow="plain",
    flow_version="7",
    at_ms=1000,
    total_ms=12.5,
    user_id="ann",
    variant="b",
    features={"mastery:go": [0.25, 3]},
    candidates=(Candidate("a", "memory", 0.5), Candidate("b")),
    dropped=(Drop("c", "entitlements", "no seat"),),
    shown=(ShownItem("a", 0.5, 0.75, 0.25, ("go", "sql")), ShownItem("ü")),
    llm_outcome="ok",
    latency_ms={"explain": 2.0},
    degraded=("explain:stage_timeout",),
)


@pytest.mark.parametrize("decision", [FULL, a_decision()])
def test_it_comes_back(decision: Decision) -> None:
    """Nothing is lost on the way."""
    assert from_text(to_text(decision)) == decision


def test_the_text_is_plain() -> None:
    """It is one line of ASCII, which every store keeps as it is."""
    text = to_text(FULL)
    assert text.isascii()
    assert "\n" not in text
    assert json.loads(text)["shown"][1] == ["\u00fc", None, None, None, []]


def test_a_long_one_loses_its_tails() -> None:
    """What was shown and how is kept whole; candidates and filters keep their first twenty."""
    tail = tuple(Candidate(f"{number:0150}") for number in range(200))
    drops = tuple(Drop(f"{number:0150}", "rule") for number in range(200))
    long = replace(FULL, candidates=tail, dropped=drops)
    assert bounded_text(FULL) == to_text(FULL)
    kept = replace(long, candidates=tail[:20], dropped=drops[:20], features={})
    assert from_text(bounded_text(long)) == kept
    assert len(bounded_text(long)) < 16_384


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"id": 1}', to_text(FULL)[:-1]])
def test_another_text_is_refused(text: str) -> None:
    """What is no decision raises one error, whatever is wrong with it."""
    with pytest.raises(InvalidInput, match="not a decision"):
        from_text(text)
