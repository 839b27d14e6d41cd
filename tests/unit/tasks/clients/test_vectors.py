"""The clients of an embedding model and of Qdrant, over real servers that misbehave."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from config.settings import Settings
from flows.errors import (
    BadUpstreamAnswer,
    BreakerOpen,
    PortUnavailable,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from flows.memory.embeddings.port import Point, Purpose, Sight
from flows.memory.embeddings.texts import Prefixes
from flows.memory.model import MemoryKind, Scope, Visibility
from tasks.clients.base import UpstreamClient
from tasks.clients.embeddings import UpstreamEmbedder
from tasks.clients.memory_service import HttpMemoryBank
from tasks.clients.qdrant import Qdrant
from tasks.clients.upstreams import make_upstreams, over_http
from tasks.clients.vectors import NAMES, embedder_of, index_of, vector_upstreams, vectors_hint
from tests.fakes.embeddings import FakeEmbeddings, vector_of
from tests.fakes.qdrant import FakeQdrant
from tests.fakes.upstream_server import refusing_url
from tests.ports import make_ports

MakeClient = Callable[..., UpstreamClient]

SIGHT = Sight("acme", "ann", Scope.ORGANISATION, frozenset())
LONG_S = 20.0

#: How both servers are told to be of no use, whatever they are asked.
USELESS: list[dict[str, Any]] = [
    {"mode": "status", "status": 500},
    {"mode": "status", "status": 429},
    {"mode": "status", "status": 403},
    {"mode": "bad_json"},
    {"mode": "close"},
    {"mode": "close_mid_body"},
    {"mode": "garbage"},
    {"mode": "redirect"},
    {"mode": "huge"},
]
SLOW: list[dict[str, Any]] = [
    {"mode": "hang"},
    {"mode": "stall"},
    {"mode": "drip"},
    {"mode": "drip_headers"},
    {"mode": "slow", "wait_s": 5.0},
]


@pytest.fixture
def model() -> Iterator[FakeEmbeddings]:
    with FakeEmbeddings() as running:
        yield running


@pytest.fixture
def server_of_points() -> Iterator[FakeQdrant]:
    with FakeQdrant() as running:
        yield running


@pytest.fixture(params=["ollama", "openai"])
def embedder(
    request: pytest.FixtureRequest, model: FakeEmbeddings, make_client: MakeClient
) -> UpstreamEmbedder:
    """By way of each API."""
    client = make_client(model.url)
    return UpstreamEmbedder(client, client, model.model, request.param, Prefixes("search_query: ", ""))


@pytest.fixture
def index(server_of_points: FakeQdrant, make_client: MakeClient) -> Qdrant:
    """With a collection for vectors of two numbers."""
    client = make_client(server_of_points.url)
    made = Qdrant(client, client)
    made.ensure("c", 2)
    return made


def point(number: int, *vector: float, **more: Any) -> Point:
    """A memory of ann's at acme, for her alone."""
    fields: dict[str, Any] = {
        "organisation": "acme",
        "user_id": "ann",
        "kind": MemoryKind.NOTE,
        "visibility": Visibility.PRIVATE,
    }
    return Point(number, vector, **(fields | more))


def test_texts_become_vectors_in_their_order(embedder: UpstreamEmbedder, model: FakeEmbeddings) -> None:
    """Each with the prefix of its purpose before it."""
    texts = ["dead lock", "css grid"]
    assert embedder.embed(texts, Purpose.DOCUMENT, LONG_S, patient=False) == [
        tuple(vector_of(text)) for text in texts
    ]
    embedder.embed(["dead lock"], Purpose.QUERY, LONG_S, patient=False)
    assert model.embedded == [*texts, "search_query: dead lock"]


def test_a_model_that_is_not_there_is_named(embedder: UpstreamEmbedder, model: FakeEmbeddings) -> None:
    """The server refuses, and that is no reason to ask again."""
    model.model = "another"
    with pytest.raises(UpstreamRefused):
        embedder.embed(["x"], Purpose.QUERY, LONG_S, patient=False)
    assert len(model.calls) == 1


@pytest.mark.parametrize("behaviour", USELESS, ids=str)
def test_a_useless_model_is_an_error_of_ours(
    embedder: UpstreamEmbedder, model: FakeEmbeddings, behaviour: dict[str, Any]
) -> None:
    """Whatever it does."""
    model.behave(**behaviour)
    with pytest.raises(PortUnavailable):
        embedder.embed(["x"], Purpose.QUERY, LONG_S, patient=False)


@pytest.mark.parametrize("behaviour", SLOW, ids=str)
def test_a_slow_model_is_cut_off(
    embedder: UpstreamEmbedder, model: FakeEmbeddings, behaviour: dict[str, Any]
) -> None:
    """At the deadline of the whole call, however it dawdles."""
    model.behave(**behaviour)
    with pytest.raises(UpstreamTimeout):
        embedder.embed(["x"], Purpose.QUERY, 0.1, patient=False)


@pytest.mark.parametrize(
    "answer", [{}, {"embeddings": [], "data": []}, {"embeddings": [["x"]], "data": [{}]}]
)
def test_an_answer_without_the_vector_cannot_be_read(
    embedder: UpstreamEmbedder, model: FakeEmbeddings, answer: Any
) -> None:
    """It says what is wrong with it."""
    model.respond = lambda call: (200, json.dumps(answer).encode())  # type: ignore[method-assign]
    with pytest.raises(BadUpstreamAnswer, match="fake answered wrong"):
        embedder.embed(["x"], Purpose.QUERY, LONG_S, patient=False)


def test_a_collection_is_made_once(index: Qdrant, server_of_points: FakeQdrant) -> None:
    """With an index on every field, the organisation's as a tenant's; what is there is left alone."""
    made = server_of_points.collections["c"]
    assert made.fields == {
        "organisation": {"type": "keyword", "is_tenant": True},
        **{name: {"type": "keyword"} for name in ("user", "kind", "visibility")},
    }
    before = len(server_of_points.calls)
    index.ensure("c", 2)
    assert [call.method for call in server_of_points.calls[before:]] == ["GET"]


def test_an_index_that_was_not_made_is_made_later(index: Qdrant, server_of_points: FakeQdrant) -> None:
    """Whoever made the collection may have ended in between."""
    del server_of_points.collections["c"].fields["visibility"]
    index.ensure("c", 2)
    assert "visibility" in server_of_points.collections["c"].fields


def test_somebody_else_may_make_it_at_the_same_time(make_client: MakeClient) -> None:
    """A collection that is there all of a sudden is the one that was wanted."""
    with FakeQdrant() as server:
        client = make_client(server.url)
        honest, calls = server.respond, []

        def one_late(call: Any) -> tuple[int, bytes]:
            calls.append(call)
            return (404, b"{}") if len(calls) == 1 else honest(call)

        server.make("c", {"vectors": {"size": 2, "distance": "Cosine"}})
        server.respond = one_late  # type: ignore[method-assign]
        Qdrant(client, client).ensure("c", 2)
        assert len(server.collections["c"].fields) == 4


def test_a_collection_of_another_kind_is_not_touched(index: Qdrant) -> None:
    """The error says what to change."""
    with pytest.raises(BadUpstreamAnswer, match="QDRANT_COLLECTION"):
        index.ensure("c", 3)


def test_the_nearest_that_may_be_seen_come(index: Qdrant) -> None:
    """By cosine, the nearest first, and nobody else's."""
    index.put(
        "c",
        [
            point(1, 1.0, 0.0),
            point(2, 1.0, 1.0),
            point(3, 1.0, 0.0, organisation="rival"),
            point(4, 1.0, 0.0, user_id="bob"),
            point(5, 0.0, 1.0, user_id="bob", visibility=Visibility.ORGANISATION),
        ],
    )
    found = index.near("c", (2.0, 0.0), SIGHT, 10, LONG_S)
    assert found == pytest.approx({1: 1.0, 2: 0.70710678, 5: 0.0})
    assert list(index.near("c", (2.0, 0.0), SIGHT, 1, LONG_S)) == [1]


def test_points_are_replaced_counted_listed_and_taken_out(index: Qdrant) -> None:
    """A number is one point, and taking out what is not there is no error."""
    index.put("c", [point(1, 1.0, 0.0), point(2**63 - 1, 1.0, 1.0), point(5, 1.0, 1.0)])
    index.put("c", [point(1, 0.0, 1.0)])
    assert (index.count("c"), index.numbers("c", 0, 2), index.numbers("c", 2, 9)) == (
        3,
        [1, 5],
        [5, 2**63 - 1],
    )
    assert index.near("c", (0.0, 1.0), SIGHT, 1, LONG_S) == {1: 1.0}
    index.remove("c", [1, 7])
    assert index.numbers("c", 0, 9) == [5, 2**63 - 1]
    index.drop("c")


def test_a_collection_that_is_gone_has_no_points(index: Qdrant) -> None:
    """Nothing is to be taken out of it; asking it for the nearest is an error."""
    index.drop("c")
    index.drop("c")
    index.remove("c", [1])
    assert index.count("c") == 0
    with pytest.raises(UpstreamRefused):
        index.near("c", (1.0, 0.0), SIGHT, 1, LONG_S)


def test_a_change_that_is_only_noted_is_not_done(index: Qdrant, server_of_points: FakeQdrant) -> None:
    """It is asked for with wait, and believed when it is said to be complete."""
    noted = json.dumps({"result": {"operation_id": 1, "status": "acknowledged"}}).encode()
    server_of_points.respond = lambda call: (200, noted)  # type: ignore[method-assign]
    with pytest.raises(BadUpstreamAnswer, match="did not say that the change is done"):
        index.put("c", [point(1, 1.0, 0.0)])
    assert server_of_points.calls[-1].path == "/collections/c/points?wait=true"


@pytest.mark.parametrize("behaviour", [*USELESS, {"mode": "hang"}, {"mode": "drip"}], ids=str)
def test_a_useless_index_is_an_error_of_ours(
    index: Qdrant, server_of_points: FakeQdrant, behaviour: dict[str, Any]
) -> None:
    """Whatever it does, within the deadline."""
    server_of_points.behave(**behaviour)
    with pytest.raises(PortUnavailable):
        index.near("c", (1.0, 0.0), SIGHT, 1, 0.2)


def settings_for(qdrant: str, model: str, **more: str) -> Settings:
    return Settings.from_env(
        {"QDRANT_URL": qdrant, "EMBEDDING_URL": model, "EMBEDDING_MODEL": "nomic-embed-text", **more}
    )


def test_both_servers_are_told_who_calls(model: FakeEmbeddings, server_of_points: FakeQdrant) -> None:
    """Qdrant by its own header, the model's server by a bearer token."""
    server_of_points.key = "a-key-of-the-qdrant"
    settings = settings_for(
        server_of_points.url,
        model.url,
        QDRANT_API_KEY=server_of_points.key,
        EMBEDDING_TOKEN="a-token-of-embeddings",
        MEMORY_VECTORS_MS="900",
    )
    upstreams = make_upstreams(settings, lambda *_: None)
    assert set(upstreams) == set(NAMES)
    index_of(upstreams).ensure("c", 2)
    embedder_of(upstreams, settings).embed(["x"], Purpose.DOCUMENT, LONG_S, patient=False)
    assert model.calls[-1].headers["Authorization"] == "Bearer a-token-of-embeddings"
    assert model.embedded == ["search_document: x"]


def test_the_language_models_server_is_the_usual_one() -> None:
    """It embeds, too, and speaks what it speaks; prefixes that were set take the place of the known ones."""
    env = {"QDRANT_URL": "http://q:1", "OLLAMA_URL": "http://o:1", "LLM_API": "llamacpp"}
    more = {"EMBEDDING_MODEL": "nomic-embed-text", "EMBEDDING_QUERY_PREFIX": "none"}
    settings = Settings.from_env(env | more)
    upstreams = make_upstreams(settings, lambda *_: None)
    found = embedder_of(upstreams, settings)
    assert (found.quick.settings.url, found.api) == ("http://o:1", "openai")
    assert found.prefixes == Prefixes("", "search_document: ")


@pytest.mark.parametrize(
    ("env", "hint"),
    [
        ({}, None),
        ({"OLLAMA_URL": "http://o:1"}, None),
        ({"QDRANT_URL": "http://q:1"}, "EMBEDDING_MODEL and EMBEDDING_URL or OLLAMA_URL must be set"),
        ({"QDRANT_URL": "http://q:1", "OLLAMA_URL": "http://o:1"}, "EMBEDDING_MODEL must be set"),
        ({"EMBEDDING_MODEL": "m", "OLLAMA_URL": "http://o:1"}, "QDRANT_URL must be set"),
        ({"QDRANT_URL": "http://q:1", "EMBEDDING_MODEL": "m", "EMBEDDING_URL": "http://e:1"}, None),
    ],
)
def test_half_of_what_is_needed_is_said_to_be_half(env: dict[str, str], hint: str | None) -> None:
    """Then there are no clients, and a sentence says what is missing."""
    settings = Settings.from_env(env)
    said = vectors_hint(settings)
    assert said == (hint and f"memories are found by their words alone: {hint}")
    assert (set(NAMES) <= set(make_upstreams(settings, lambda *_: None))) is (len(env) == 3)


def clients_of(settings: Settings, clock: Callable[[], float]) -> dict[str, UpstreamClient]:
    """On a clock that stands still unless it is told."""
    return {each.name: UpstreamClient(each, clock=clock) for each in vector_upstreams(settings)}


def test_a_dead_model_is_soon_left_alone_and_filling_goes_on(server_of_points: FakeQdrant) -> None:
    """Questions of people have a breaker of their own: five bad ones in a row open it, and not the other,
    however much time a question may have."""
    with refusing_url() as dead:
        settings = settings_for(server_of_points.url, dead, MEMORY_VECTORS_MS="5000")
        upstreams = clients_of(settings, lambda: 0.0)
        found = embedder_of(upstreams, settings)
        for _ in range(5):
            with pytest.raises(PortUnavailable):
                found.embed(["x"], Purpose.QUERY, 5.0, patient=False)
        with pytest.raises(BreakerOpen):
            found.embed(["x"], Purpose.QUERY, 5.0, patient=False)
        assert [upstreams[name].breaker.state for name in NAMES] == ["open", "closed", "closed", "closed"]


def test_a_model_that_cannot_be_filled_from_is_left_alone_for_longer(server_of_points: FakeQdrant) -> None:
    """For a minute, then for two: each look costs a worker. A Qdrant that is away is looked at sooner."""
    now = [0.0]
    with refusing_url() as dead:
        settings = settings_for(dead, dead)
        upstreams = clients_of(settings, lambda: now[0])
        model, qdrant = embedder_of(upstreams, settings), index_of(upstreams)
        for asked, patient in (
            (lambda: model.embed(["x"], Purpose.DOCUMENT, LONG_S, patient=True), "embeddings_patient"),
            (lambda: qdrant.count("c"), "qdrant_patient"),
        ):
            while upstreams[patient].breaker.state == "closed":
                with pytest.raises(PortUnavailable):
                    asked()
        left_alone = [upstreams[f"{name}_patient"].breaker.left_alone_s for name in ("embeddings", "qdrant")]
        assert left_alone == [60.0, 2.0]
        now[0] = 60.0
        with pytest.raises(UpstreamUnavailable):
            model.embed(["x"], Purpose.DOCUMENT, LONG_S, patient=True)
        assert upstreams["embeddings_patient"].breaker.left_alone_s == 120.0


@pytest.mark.parametrize(("vectors_ms", "recall_s"), [("10", 0.04), ("25", 0.04), ("500", 0.515)])
def test_a_memory_service_gets_the_time_that_meaning_takes(vectors_ms: str, recall_s: float) -> None:
    """And that it takes so long is no reason to leave it alone."""
    env = {"MEMORY_SERVICE_URL": "http://m:1", "MEMORY_VECTORS_MS": vectors_ms}
    settings = Settings.from_env(env)
    upstreams = make_upstreams(settings, lambda *_: None)
    ports = over_http(make_ports(), upstreams, None, settings.memory_vectors_ms)
    assert isinstance(ports.memories, HttpMemoryBank)
    assert ports.memories._recall_s == pytest.approx(recall_s)
    assert upstreams["memory"].settings.breaker.slow_s >= recall_s
