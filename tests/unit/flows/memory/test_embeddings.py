"""What goes to an embedding model, what it answers, and what a cosine means in it."""

from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import InvalidInput
from flows.memory.embeddings.level import PROBES, Level, cosine, level_of
from flows.memory.embeddings.port import Purpose
from flows.memory.embeddings.texts import (
    MAX_DOCUMENT,
    Prefixes,
    collection_of,
    document_of,
    question_of,
)
from flows.memory.embeddings.wire import checked, ollama_call, ollama_vectors, openai_call, openai_vectors
from tests.fakes.embeddings import vector_of
from tests.memories import remembered

PAIR = [[1.0, 0.0], [0.5, 0.5]]


@pytest.mark.parametrize(
    ("model", "query", "document"),
    [
        ("nomic-embed-text", "search_query: ", "search_document: "),
        ("nomic-embed-text:v1.5", "search_query: ", "search_document: "),
        ("nomic-ai/nomic-embed-text-v1.5", "search_query: ", "search_document: "),
        ("intfloat/multilingual-e5-large", "query: ", "passage: "),
        ("intfloat/e5-small-v2", "query: ", "passage: "),
        ("intfloat/multilingual-e5-large-instruct", "", ""),
        ("snowflake-arctic-embed2", "query: ", ""),
        ("bge-m3", "", ""),
        ("all-minilm", "", ""),
        ("something-nomic-embed-text", "", ""),
    ],
)
def test_a_model_gets_the_prefixes_it_was_trained_with(model: str, query: str, document: str) -> None:
    """By its name without owner and tag; what is not known gets none."""
    assert Prefixes.of_model(model) == Prefixes(query, document)


def test_a_prefix_goes_before_its_own_kind_of_text() -> None:
    """Questions and memories are told apart."""
    prefixes = Prefixes("q: ", "d: ")
    assert prefixes.before("x", Purpose.QUERY) == "q: x"
    assert prefixes.before("x", Purpose.DOCUMENT) == "d: x"


def test_other_vectors_have_another_fingerprint() -> None:
    """The model and what goes before a document count; what goes before a question does not."""
    usual = Prefixes("q: ", "d: ").fingerprint("m")
    assert Prefixes("other: ", "d: ").fingerprint("m") == usual
    assert len({usual, Prefixes("q: ", "").fingerprint("m"), Prefixes("q: ", "d: ").fingerprint("n")}) == 3


def test_a_collection_is_named_after_its_model() -> None:
    """People can read it, nothing in it needs quoting, and names that look alike stay apart."""
    assert collection_of("mem", "nomic-ai/nomic-embed-text:v1.5", 768, "0a") == (
        "mem-nomic-ai-nomic-embed-text-v1.5-768-0a"
    )
    assert collection_of("mem", "☃", 3, "0a") == "mem-model-3-0a"


def test_a_document_is_what_a_memory_is_about() -> None:
    """Title and error first, then the text, as much as a model reads; no ids and no names."""
    memory = remembered("id-1", "Do it.", title="Loop", error="Too deep", skill="react", tags=("hooks",))
    assert document_of(memory) == "Loop\nToo deep\nDo it.\nreact hooks"
    assert len(document_of(remembered("1", "x" * 4_000))) == MAX_DOCUMENT
    assert question_of("  y" * 2_000) == ("  y" * 2_000).strip()[:1_000]


def test_requests_are_those_of_the_two_apis() -> None:
    """Several texts are one request."""
    assert ollama_call(["a", "b"], "m") == (
        "/api/embed",
        {"model": "m", "input": ["a", "b"], "truncate": True, "keep_alive": -1},
    )
    assert openai_call(["a"], "m") == (
        "/v1/embeddings",
        {"model": "m", "input": ["a"], "encoding_format": "float"},
    )


def test_vectors_come_in_the_order_of_their_texts() -> None:
    """OpenAI's answers are put in order by their index."""
    assert ollama_vectors({"embeddings": PAIR}, 2) == [(1.0, 0.0), (0.5, 0.5)]
    data = [{"index": 1, "embedding": PAIR[1]}, {"index": 0, "embedding": PAIR[0]}]
    assert openai_vectors({"data": data}, 2) == [(1.0, 0.0), (0.5, 0.5)]


@pytest.mark.parametrize(
    "found",
    [
        None,
        {},
        [],
        [[1.0]],
        [[1.0], [1.0, 2.0]],
        [[1.0], []],
        [[1.0], "x"],
        [[1.0], [True]],
        [[1.0], [None]],
        [[1.0], ["1"]],
        [[1.0], [nan]],
        [[1.0], [inf]],
        [[1.0], [10**400]],
        [[1.0], [0.0]],
        [[1.0] * 20_000, [1.0] * 20_000],
    ],
)
def test_what_is_no_vector_is_refused(found: Any) -> None:
    """One per text, of one length, finite, with a direction."""
    with pytest.raises(InvalidInput):
        checked(found, 2)


@pytest.mark.parametrize("places", [[0, 0], [0, 2], [1, 2], [0, -1], [0, True]])
def test_a_vector_that_is_nobodys_is_refused(places: list[Any]) -> None:
    """An index twice, or one that no text has."""
    data = [{"index": place, "embedding": [1.0]} for place in places]
    with pytest.raises(InvalidInput):
        openai_vectors({"data": data}, 2)


def test_a_level_lies_between_unrelated_texts_and_answers() -> None:
    """Few unrelated pairs are above its lower mark, and half way up a text is taken for an answer."""
    vectors = [[tuple(vector_of(pair[side])) for pair in PROBES] for side in (0, 1)]
    level = level_of(*vectors)
    wrong = [cosine(q, a) for n, q in enumerate(vectors[0]) for m, a in enumerate(vectors[1]) if n != m]
    assert sum(each > level.unrelated for each in wrong) <= 0.2 * len(wrong)
    assert level.similarity(level.unrelated) == 0.0
    assert 0 < level.least < level.similarity(level.related) < level.similarity(1.0) == 1.0


def test_a_model_that_knows_nothing_is_refused() -> None:
    """One to which an answer is no nearer than something else would find anything for everything."""
    same = [(1.0, 0.1 * n) for n in range(len(PROBES))]
    with pytest.raises(InvalidInput, match="cannot tell answers"):
        level_of(same, same[::-1])


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_higher_cosine_is_no_lower_similarity(one: float, other: float) -> None:
    """And every similarity is 0 to 1."""
    level = Level(0.2, 0.6)
    low, high = sorted((one, other))
    assert 0 <= level.similarity(low) <= level.similarity(high) <= 1
