"""BM25F, by hand."""

from math import log

import pytest

from flows.intelligence.errors.bm25f import Field, Index

PLAIN = {"text": Field()}


def test_one_field_is_bm25() -> None:
    """Two documents of one and three words: the formula with k1 = 1.2 and b = .75, worked out."""
    index = Index([{"text": ["a"]}, {"text": ["a", "b", "b"]}], PLAIN)
    assert index.rarity("a") == pytest.approx(log(1 + 0.5 / 2.5))
    assert index.rarity("b") == pytest.approx(log(2))
    long = 2 / (0.25 + 0.75 * 1.5)
    assert index.scores({"b": 1.0}) == {1: pytest.approx(log(2) * long * 2.2 / (long + 1.2))}


def test_a_weight_of_the_query_multiplies() -> None:
    """Half the weight, half the score."""
    index = Index([{"text": ["a"]}, {"text": ["b"]}], PLAIN)
    assert index.scores({"a": 0.5})[0] == pytest.approx(index.scores({"a": 1.0})[0] / 2)


def test_a_weighty_field_counts_more_but_saturates_with_the_others() -> None:
    """The term in the title beats the term in the text, and both together are less than the sum."""
    fields = {"title": Field(3.0, 0.0), "text": Field(1.0, 0.0)}
    documents = [{"title": ["a"]}, {"text": ["a"]}, {"title": ["a"], "text": ["a"]}, {"text": ["z"]}]
    scores = Index(documents, fields).scores({"a": 1.0})
    assert scores[1] < scores[0] < scores[2] < scores[0] + scores[1]


def test_length_counts_only_as_much_as_the_field_says() -> None:
    """With length 0 a long document is as good as a short one."""
    documents = [{"text": ["a"]}, {"text": ["a", *"bcdefgh"]}]
    free = Index(documents, {"text": Field(1.0, 0.0)}).scores({"a": 1.0})
    normalised = Index(documents, PLAIN).scores({"a": 1.0})
    assert free[0] == free[1]
    assert normalised[0] > normalised[1]


def test_unknown_terms_and_empty_collections_score_nothing() -> None:
    """No document has the term, so none has a score."""
    assert Index([{"text": ["a"]}], PLAIN).scores({"b": 1.0}) == {}
    assert Index([], PLAIN).scores({"a": 1.0}) == {}


def test_coverage_counts_different_terms() -> None:
    """A term that comes twice in a document or in the query counts once."""
    index = Index([{"text": ["a", "a", "b"]}, {"text": ["b"]}, {"text": ["c"]}], PLAIN)
    assert index.coverage(["a", "b", "b"]) == {0: 2, 1: 1}
