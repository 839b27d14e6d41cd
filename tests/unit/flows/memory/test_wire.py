"""Memories as plain JSON."""

import json
from dataclasses import replace

import pytest

from flows.json_object import JsonObject
from flows.memory.as_json import recalled_from_json, recalled_to_json
from flows.memory.model import Parts, Recalled, Scope, Visibility
from flows.memory.wire import memory_from, recalled_json, why
from tests.memories import LOOP, NOW, remembered

SENT = {"id": "m-1", "userId": "ann", "kind": "note", "text": "Ask ops first.", "at": NOW}
PARTS = Parts(0.5, 0.25, 1.0, 0.5)


def test_what_is_not_said_is_private_and_unknown() -> None:
    """A memory that says nothing about who may see it is for its owner."""
    memory = memory_from("acme", SENT)
    assert (memory.organisation, memory.user_id, memory.visibility) == ("acme", "ann", Visibility.PRIVATE)
    assert (memory.success, memory.skill, memory.tags, memory.events) == (None, None, (), ())


def test_what_was_recalled_is_plain_json() -> None:
    """It carries score, parts, scope, evidence and why, and does not say whose it is."""
    memory = remembered("m-1", days=2, user_id="bob", success=True, tags=("js",))
    shown = recalled_json(Recalled(memory, 0.43, PARTS, Scope.TEAM, ("useeffect",)), NOW)
    assert json.loads(json.dumps(shown)) == {
        "id": "m-1",
        "kind": "solution",
        "title": "",
        "text": LOOP,
        "skill": None,
        "error": "",
        "tags": ["js"],
        "success": True,
        "at": "2025-05-30T12:00:00+00:00",
        "score": 0.43,
        "parts": {"text": 0.5, "recency": 0.25, "success": 1.0, "scope": 0.5},
        "scope": "team",
        "why": "has useeffect; from your team; 2 days old; it worked",
        "evidence": "memory:m-1",
    }


@pytest.mark.parametrize(
    ("days", "success", "scope", "matched", "said"),
    [
        (0, None, Scope.OWN, (), "your own; from today"),
        (
            1,
            False,
            Scope.ORGANISATION,
            ("a", "b"),
            "has a, b; from your organisation; 1 day old; it did not work",
        ),
        (-1, True, Scope.OWN, (), "your own; from today; it worked"),
    ],
)
def test_why(days: int, success: bool | None, scope: Scope, matched: tuple[str, ...], said: str) -> None:
    """Only what is known is said."""
    memory = remembered("1", days=days, success=success)
    assert why(Recalled(memory, 0.5, PARTS, scope, matched), NOW) == said


def test_a_likeness_is_told_where_it_is_the_reason() -> None:
    """It is said beside words when it is high, and by itself when there are none; a low one adds nothing."""
    memory = remembered("m-1", days=2)

    def said(similarity: float, *matched: str) -> str:
        parts = Parts(0.5, 0.25, 1.0, 0.5, similarity)
        return why(Recalled(memory, 0.4, parts, Scope.OWN, matched), NOW)

    assert said(0.4) == "says something similar; your own; 2 days old"
    assert said(0.7, "hook") == "has hook; says something similar; your own; 2 days old"
    assert said(0.4, "hook") == "has hook; your own; 2 days old"
    assert said(0.0) == "your own; 2 days old"


def test_a_likeness_is_part_of_the_score_where_there_is_any() -> None:
    """Without vectors the parts are what they were."""
    assert "similarity" not in PARTS.to_json()
    assert Parts(0.5, 0.25, 1.0, 0.5, 0.33333).to_json()["similarity"] == 0.3333


@pytest.mark.parametrize("similarity", [0.0, 0.25])
def test_what_a_service_recalled_comes_back_with_its_likeness(similarity: float) -> None:
    """Between services the exact parts travel, with or without vectors on the other side."""
    recalled = Recalled(remembered("m-1"), 0.43, replace(PARTS, similarity=similarity), Scope.OWN, ())
    document = JsonObject.of(json.loads(json.dumps(recalled_to_json(recalled))))
    assert recalled_from_json("acme", document) == recalled
