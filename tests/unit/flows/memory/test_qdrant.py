"""Bodies for Qdrant as they are sent, and its answers as they are read."""

from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.memory.embeddings.port import Point, Sight
from flows.memory.embeddings.qdrant import (
    collection_body,
    cosines_in,
    described,
    done,
    field_body,
    filter_of,
    points_body,
    query_body,
)
from flows.memory.model import MemoryKind, Scope, Visibility

OWN = {"key": "user", "match": {"value": "ann"}}
MATES = {
    "must": [
        {"key": "user", "match": {"any": ["bob", "eve"]}},
        {"key": "visibility", "match": {"any": ["team", "organisation"]}},
    ]
}
EVERYONES = {"key": "visibility", "match": {"value": "organisation"}}


def sight(policy: Scope, mates: frozenset[str] = frozenset({"eve", "bob"}), **more: Any) -> Sight:
    """Of ann at acme."""
    return Sight("acme", "ann", policy, mates, **more)


@pytest.mark.parametrize(
    ("seen", "should"),
    [
        (sight(Scope.OWN), [OWN]),
        (sight(Scope.TEAM), [OWN, MATES]),
        (sight(Scope.TEAM, frozenset()), [OWN]),
        (sight(Scope.ORGANISATION), [OWN, MATES, EVERYONES]),
    ],
)
def test_a_filter_says_whose_memories_may_be_seen(seen: Sight, should: list[Any]) -> None:
    """The organisation always, and one of the ways in which a memory may be seen."""
    assert filter_of(seen) == {
        "must": [{"key": "organisation", "match": {"value": "acme"}}],
        "should": should,
    }


def test_kinds_narrow_a_filter() -> None:
    """Only those that were asked for, none when none was."""
    for kinds, named in (([MemoryKind.NOTE], ["note"]), ([], [])):
        must = filter_of(sight(Scope.OWN, kinds=kinds))["must"]
        assert must[1] == {"key": "kind", "match": {"any": named}}


def test_bodies_are_those_of_the_reference() -> None:
    """A collection with a graph per tenant, indexed fields, points without text, a search without payload."""
    assert collection_body(3) == {
        "vectors": {"size": 3, "distance": "Cosine"},
        "hnsw_config": {"m": 0, "payload_m": 16},
    }
    assert field_body("organisation") == {
        "field_name": "organisation",
        "field_schema": {"type": "keyword", "is_tenant": True},
    }
    assert field_body("user")["field_schema"] == {"type": "keyword"}
    point = Point(7, (1.0,), "acme", "ann", MemoryKind.NOTE, Visibility.TEAM)
    payload = {"organisation": "acme", "user": "ann", "kind": "note", "visibility": "team"}
    assert points_body([point]) == {"points": [{"id": 7, "vector": [1.0], "payload": payload}]}
    body = query_body((1.0,), sight(Scope.OWN), 5)
    assert (body["query"], body["limit"], body["with_payload"]) == ([1.0], 5, False)


def test_a_search_gives_numbers_and_cosines() -> None:
    """A cosine that rounding took over 1 is 1."""
    points = [{"id": 2**63 - 1, "version": 3, "score": 1.0000001}, {"id": 0, "score": -0.5}]
    assert cosines_in({"result": {"points": points}}) == {2**63 - 1: 1.0, 0: -0.5}


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"result": []},
        {"result": {"points": {}}},
        {"result": {"points": [7]}},
        {"result": {"points": [{"score": 0.5}]}},
        {"result": {"points": [{"id": "5c56c793-69f3-4fbf-87e6-c4bf54c28c26", "score": 0.5}]}},
        {"result": {"points": [{"id": -1, "score": 0.5}]}},
        {"result": {"points": [{"id": True, "score": 0.5}]}},
        {"result": {"points": [{"id": 1.5, "score": 0.5}]}},
        {"result": {"points": [{"id": 2**63, "score": 0.5}]}},
        {"result": {"points": [{"id": 1, "score": None}]}},
        {"result": {"points": [{"id": 1, "score": "high"}]}},
        {"result": {"points": [{"id": 1, "score": 10**400}]}},
        {"result": {"points": [{"id": 10**400, "score": 0.5}]}},
    ],
)
def test_what_is_no_answer_to_a_search_is_refused(answer: Any) -> None:
    """Whatever is missing, of another type, or a number that no memory has."""
    with pytest.raises(InvalidInput):
        cosines_in(answer)


def test_a_collection_is_described() -> None:
    """Dimension, distance, and the fields that are indexed."""
    vectors = {"size": 3, "distance": "Dot"}
    result = {"config": {"params": {"vectors": vectors}}, "payload_schema": {"user": {}}}
    assert described({"result": result}) == (3, "Dot", {"user"})
    assert described({"result": {"config": {"params": {"vectors": vectors}}}}) == (3, "Dot", frozenset())
    for wrong in (
        {"config": {"params": {"vectors": {"named": vectors}}}},
        {"config": {"params": {"vectors": vectors}}, "payload_schema": 5},
    ):
        with pytest.raises(InvalidInput):
            described({"result": wrong})


@pytest.mark.parametrize(("status", "expected"), [("completed", True), ("acknowledged", False)])
def test_a_change_is_done_when_it_is_said_to_be(status: str, expected: bool) -> None:
    """What was only taken note of may still get lost."""
    assert done({"result": {"operation_id": 1, "status": status}}) is expected
