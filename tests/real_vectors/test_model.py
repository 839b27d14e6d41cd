"""The index of vectors with a real embedding model, behind a server that nobody here wrote."""

from collections.abc import Iterator
from math import hypot

import pytest
from sqlalchemy import Engine

from flows.errors import UpstreamUnavailable
from flows.memory.embeddings.level import PROBES, cosine, level_of
from flows.memory.embeddings.port import Purpose
from flows.memory.embeddings.texts import Prefixes
from flows.upstreams.breaker import BreakerSettings
from flows.upstreams.retry import RetryPolicy
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tasks.clients.embeddings import UpstreamEmbedder
from tests.fakes.upstream_server import UpstreamServer
from tests.memories import NOW, remembered
from tests.vectors import ENOUGH_S, vectors_at

LONG_S = 30.0
TOO_LONG = "What is too long for the model. " * 200


@pytest.fixture
def embedder(model_url: str) -> Iterator[UpstreamEmbedder]:
    settings = UpstreamSettings("embeddings", model_url, BreakerSettings(slow_s=60), RetryPolicy(attempts=1))
    client = UpstreamClient(settings)
    yield UpstreamEmbedder(client, client, "all-minilm-l6-v2", "openai", Prefixes())
    client.close()


def test_texts_become_vectors_in_their_order(embedder: UpstreamEmbedder) -> None:
    """Of one length and of length 1; a text's vector does not depend on its neighbours."""
    texts = [answer for _, answer in PROBES]
    vectors = embedder.embed(texts, Purpose.DOCUMENT, LONG_S, patient=False)
    assert {len(vector) for vector in vectors} == {384}
    assert [hypot(*vector) for vector in vectors] == pytest.approx([1.0] * len(texts), abs=1e-3)
    (alone,) = embedder.embed(texts[3:4], Purpose.DOCUMENT, LONG_S, patient=False)
    assert cosine(alone, vectors[3]) == pytest.approx(1.0, abs=1e-3)


def test_the_model_is_the_one_it_says_it_is(embedder: UpstreamEmbedder) -> None:
    """Its marks are those that sentence-transformers computes from the same weights."""
    questions, answers = (
        embedder.embed([pair[side] for pair in PROBES], Purpose.QUERY, LONG_S, patient=False)
        for side in (0, 1)
    )
    level = level_of(questions, answers)
    assert (level.unrelated, level.related) == pytest.approx((0.1786, 0.6669), abs=2e-3)


def test_llama_cpp_refuses_what_is_too_long(embedder: UpstreamEmbedder) -> None:
    """With a status 500, as an outage has; the batch is then taken apart."""
    with pytest.raises(UpstreamUnavailable):
        embedder.embed([TOO_LONG], Purpose.DOCUMENT, LONG_S, patient=False)


def test_other_words_for_the_same_find_it(
    store: Engine, engine_server: UpstreamServer, model_url: str
) -> None:
    """The whole way: memories embedded by the model, searched by Qdrant's engine, among thirty others."""
    subjects = ("CSS", "Docker", "Kafka", "Rust", "Excel")
    others = [
        remembered(f"other-{n}", f"Note {n}: read the {subjects[n % 5]} manual, page {n}.") for n in range(30)
    ]
    wanted = remembered("wanted", "The heap grows until the process is killed: listeners are never removed.")
    long = remembered("long", TOO_LONG[:1_999])
    env = {"EMBEDDING_URL": model_url, "EMBEDDING_MODEL": "all-minilm-l6-v2", "EMBEDDING_API": "openai"}
    with vectors_at(store, engine_server, **env) as place:
        place.bank.add("acme", [*others, wanted, long])
        assert place.vectors.index.reconcile(ENOUGH_S)["indexed"] == 32
        (found,) = place.bank.recall("acme", "ann", "RAM leak in event handlers", 3, now=NOW)
        assert (found.memory, found.matched) == (wanted, ())
        assert place.bank.recall("acme", "ann", "birthday cake recipe with strawberries", 3, now=NOW) == []
