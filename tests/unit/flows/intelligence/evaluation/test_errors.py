"""Measuring how explanations are found."""

import json
from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.intelligence.errors.explanations import Explanation
from flows.intelligence.evaluation.errors import (
    BM25,
    KNOWLEDGE,
    Query,
    evaluate,
    parse_explanations,
    parse_queries,
)

DOCUMENTS = [
    Explanation("other", "Each kind has a type."),
    Explanation("hash", "Only immutable objects that do not change can be a key of a dict or a set."),
    Explanation("zero", "You divide by zero."),
]


def test_recall_by_ranker_and_cutoff() -> None:
    """BM25 follows the shared words; the knowledge base knows what unhashable means."""
    queries = [Query("hash", "TypeError: unhashable type: 'list'"), Query("zero", "division by zero")]
    found = evaluate(DOCUMENTS, queries)
    assert (found.documents, found.queries, found.ceiling) == (3, 2, 1.0)
    assert found.recall[BM25] == {1: 0.5, 3: 1.0, 10: 1.0}
    assert found.recall[KNOWLEDGE] == {1: 1.0, 3: 1.0, 10: 1.0}


def test_messages_that_repeat_lower_the_ceiling() -> None:
    """Two queries with one message can have one first place only."""
    queries = [Query("zero", "by zero"), Query("hash", "by zero")]
    found = evaluate(DOCUMENTS, queries)
    assert found.ceiling == 0.5
    assert found.recall[BM25][1] == 0.5


def test_files_are_read() -> None:
    """Documents have an explanation and may have more; queries have the message."""
    documents = parse_explanations(json.dumps([{"id": "a", "explanation": "b", "error": "c"}]), "d.json")
    assert documents == [Explanation("a", "b")]
    assert parse_queries(json.dumps([{"id": "a", "error": "c"}]), "q.json", documents) == [Query("a", "c")]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "d.json: must be a list"),
        ({"id": "a"}, "d.json: must be a list"),
        (["a"], "d.json: must be a list"),
        ([{"id": "a"}], "d.json: explanation of entry 0 must be a text"),
        ([{"id": 1, "explanation": "x"}], "d.json: id of entry 0 must be a text"),
        ([{"id": "a", "explanation": "x"}] * 2, "d.json: two documents have the same id"),
    ],
)
def test_wrong_documents_are_refused(rows: Any, reason: str) -> None:
    """The message names the file and the entry."""
    with pytest.raises(InvalidInput, match=reason):
        parse_explanations(json.dumps(rows), "d.json")


def test_no_json_and_unknown_ids_are_refused() -> None:
    """A query must belong to a document."""
    with pytest.raises(InvalidInput, match=r"d\.json: is no JSON"):
        parse_explanations("{", "d.json")
    with pytest.raises(InvalidInput, match=r"q\.json: 'b' is no document") as caught:
        parse_queries('[{"id": "b", "error": "x"}]', "q.json", [Explanation("a", "x")])
    assert caught.value.field == "0/id"
