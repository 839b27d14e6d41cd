"""Candidates: what they may be, and how those of one id become one."""

import json
from itertools import permutations
from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.intelligence.ranker.item import Evidence, Item, from_json, merge, to_json


def hooks(**changes: Any) -> Item:
    """A prompt about hooks."""
    return Item(**{"id": "prompt:1", "type": "prompt", "title": "Hooks", **changes})


FROM_MEMORY = hooks(
    text="Short.",
    sources={"memory": 0.4, "content": 0.2},
    evidence=(Evidence(id="memory:7", kind="memory", facts={"at": "2026-10-03"}),),
)
FROM_ERRORS = hooks(
    title="React Hooks",
    skill="react-hooks",
    sources={"errors": 0.9, "memory": 0.6},
    evidence=(
        Evidence(id="error:1", kind="error", facts={"cause": "Why."}),
        Evidence(id="memory:7", kind="memory", facts={"at": "2026-10-03", "solved": True}),
    ),
    minutes=20,
)
FROM_POPULAR = hooks(text="Longer text.", sources={"popular": 1}, minutes=10)


def test_items_of_one_id_become_one() -> None:
    """Each source counts with its largest score, evidence is united, the fullest texts stay."""
    assert merge([FROM_MEMORY, FROM_ERRORS, FROM_POPULAR]) == [
        hooks(
            title="React Hooks",
            text="Longer text.",
            skill="react-hooks",
            sources={"errors": 0.9, "memory": 0.6, "content": 0.2, "popular": 1},
            evidence=(
                Evidence(id="error:1", kind="error", facts={"cause": "Why."}),
                Evidence(id="memory:7", kind="memory", facts={"at": "2026-10-03", "solved": True}),
            ),
            minutes=20,
        )
    ]


def test_the_order_of_merging_does_not_matter() -> None:
    """Any order, and any grouping, gives the same items, by id."""
    other = hooks(id="course:2", sources={"goal": 0.1})
    given = [FROM_MEMORY, FROM_ERRORS, FROM_POPULAR, other]
    expected = merge(given)
    assert [item.id for item in expected] == ["course:2", "prompt:1"]
    for order in permutations(given):
        assert merge(order) == expected
        assert merge([*merge(order[:2]), *merge(order[2:])]) == expected


def test_one_record_may_tell_several_things() -> None:
    """Evidence of one id but two kinds stays two pieces; of equally full ones the order is no matter."""
    ends = Evidence(id="contract:1", kind="contract", facts={"days": 3})
    seats = Evidence(id="contract:1", kind="seats", facts={"seats": 2})
    fewer = Evidence(id="contract:1", kind="seats", facts={"seats": 1})
    for order in permutations([ends, seats, fewer]):
        (item,) = merge(hooks(evidence=(piece,)) for piece in order)
        assert item.evidence == (ends, seats)


@pytest.mark.parametrize(
    ("sources", "field"),
    [
        ({"gossip": 0.5}, "sources/gossip"),
        ({"errors": 1.01}, "sources/errors"),
        ({"errors": -0.1}, "sources/errors"),
        ({"memory": float("nan")}, "sources/memory"),
        ({"memory": "1"}, "sources/memory"),
        ({"goal": True}, "sources/goal"),
    ],
)
def test_a_source_is_known_and_its_score_a_share(sources: dict[str, Any], field: str) -> None:
    """Anything else is refused with its place."""
    with pytest.raises(InvalidInput) as refused:
        hooks(sources=sources)
    assert refused.value.field == field


def test_an_item_survives_the_document_of_a_job() -> None:
    """Through JSON text and back it is equal."""
    for item in (FROM_MEMORY, FROM_ERRORS, FROM_POPULAR):
        assert from_json(json.loads(json.dumps(to_json(item)))) == item


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"id": "a", "type": "b", "title": "c"},
        {**to_json(FROM_ERRORS), "colour": "red"},
        {**to_json(FROM_ERRORS), "evidence": [{"id": "a"}]},
        {**to_json(FROM_ERRORS), "sources": [1]},
    ],
)
def test_what_is_no_item_is_refused(document: dict[str, Any]) -> None:
    """Missing and unknown fields are InvalidInput."""
    with pytest.raises(InvalidInput, match="is not a candidate"):
        from_json(document)
