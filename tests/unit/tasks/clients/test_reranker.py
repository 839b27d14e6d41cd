"""A model behind HTTP, asked through a real server: readings, outcomes, slots."""

from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import pytest

from flows.deadline import Deadline
from flows.errors import RerankFailed
from flows.intelligence.rerank.port import Mode, Prompt, RerankRequest
from flows.upstreams.breaker import BreakerSettings
from flows.upstreams.retry import RetryPolicy
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tasks.clients.reranker import UpstreamReranker
from tests.fakes.upstream_server import UpstreamServer

OLLAMA = {"logprobs": [{"token": "A", "logprob": -0.1, "top_logprobs": [{"token": "A", "logprob": -0.1}]}]}
OPENAI = {
    "choices": [
        {"index": 0, "text": "A", "logprobs": {"tokens": ["A"], "top_logprobs": [{"A": -0.1, "B": -2.5}]}}
    ]
}
ONE = RerankRequest(Mode.LISTWISE, (Prompt("Best:"),))


@pytest.fixture
def server() -> Iterator[UpstreamServer]:
    with UpstreamServer() as running:
        running.answers |= {"/api/generate": OLLAMA, "/v1/completions": OPENAI}
        yield running


@pytest.fixture
def make_reranker(server: UpstreamServer) -> Iterator[Callable[[str], UpstreamReranker]]:
    clients = []

    def make(api: str) -> UpstreamReranker:
        settings = UpstreamSettings("llm", server.url, BreakerSettings(slow_s=5.0), RetryPolicy(attempts=1))
        clients.append(UpstreamClient(settings))
        return UpstreamReranker(clients[-1], "qwen3:4b", api)

    yield make
    for client in clients:
        client.close()


def failure(reranker: UpstreamReranker, milliseconds: float = 2_000) -> str:
    with pytest.raises(RerankFailed) as caught:
        reranker.score(ONE, Deadline.after(milliseconds))
    return caught.value.code


@pytest.mark.parametrize(
    ("api", "path", "tokens"),
    [("ollama", "/api/generate", {"A": -0.1}), ("openai", "/v1/completions", {"A": -0.1, "B": -2.5})],
)
def test_a_model_is_asked_in_its_own_way(
    make_reranker: Callable[[str], UpstreamReranker],
    server: UpstreamServer,
    api: str,
    path: str,
    tokens: dict[str, float],
) -> None:
    """Each API has its path and its form of an answer; the model's name goes with it."""
    answer = make_reranker(api).score(ONE, Deadline.after(5_000))
    assert (answer.model, [dict(reading.tokens) for reading in answer.readings]) == ("qwen3:4b", [tokens])
    (call,) = server.calls
    assert (call.method, call.path) == ("POST", path)


def test_ollama_is_asked_once_per_prompt(
    make_reranker: Callable[[str], UpstreamReranker], server: UpstreamServer
) -> None:
    """It takes one prompt at a time; the readings come in the order of the prompts."""
    request = RerankRequest(Mode.POINTWISE, (Prompt("one"), Prompt("two"), Prompt("three")))
    assert len(make_reranker("ollama").score(request, Deadline.after(5_000)).readings) == 3
    assert len(server.calls) == 3


@pytest.mark.parametrize(
    ("mode", "more", "milliseconds", "outcome"),
    [
        ("hang", {}, 150, "timeout"),
        ("drip", {"wait_s": 0.02}, 150, "timeout"),
        ("normal", {}, 0, "timeout"),
        ("bad_json", {}, 2_000, "malformed"),
        ("huge", {}, 2_000, "malformed"),
        ("status", {"status": 500}, 2_000, "unavailable"),
        ("status", {"status": 404}, 2_000, "unavailable"),
        ("close", {}, 2_000, "unavailable"),
    ],
)
def test_each_fault_has_its_outcome(
    make_reranker: Callable[[str], UpstreamReranker],
    server: UpstreamServer,
    mode: Any,
    more: dict[str, Any],
    milliseconds: float,
    outcome: str,
) -> None:
    """Whatever the server does, the stage hears one of the agreed words."""
    server.behave(mode, **more)
    assert failure(make_reranker("ollama"), milliseconds) == outcome


def test_what_is_no_reading_is_malformed(
    make_reranker: Callable[[str], UpstreamReranker], server: UpstreamServer
) -> None:
    """JSON of another form than the API's is no answer."""
    server.answers["/api/generate"] = {"response": "A"}
    assert failure(make_reranker("ollama")) == "malformed"


def test_a_model_that_keeps_failing_is_left_alone(
    make_reranker: Callable[[str], UpstreamReranker], server: UpstreamServer
) -> None:
    """After some failures in a row nobody calls it any more."""
    server.behave("status", status=500)
    reranker = make_reranker("ollama")
    outcomes = [failure(reranker) for _ in range(30)]
    assert (outcomes[0], outcomes[-1]) == ("unavailable", "breaker_open")
    assert len(server.calls) < 30


def test_nobody_waits_for_a_busy_model(
    make_reranker: Callable[[str], UpstreamReranker], server: UpstreamServer
) -> None:
    """While one request has the slot, another is refused at once; then it is free again."""
    server.behave("hang")
    reranker, ended = make_reranker("ollama"), Event()

    def hold() -> None:
        failure(reranker, 3_000)
        ended.set()

    holding = Thread(target=hold)
    holding.start()
    while not server.calls and not ended.is_set():
        ended.wait(0.01)
    assert failure(reranker) == "busy"
    holding.join(10)
    server.behave("normal")
    assert reranker.score(ONE, Deadline.after(5_000)).model == "qwen3:4b"


def test_llamacpp_scores_a_text_in_two_calls(
    make_reranker: Callable[[str], UpstreamReranker], server: UpstreamServer
) -> None:
    """The words are tokenized once and said after every item; without a text it is asked as others are."""
    forced = {"content": [{"id": 7, "token": " joins", "logprob": -1.5}]}
    server.answers["/tokenize"] = {"tokens": [7]}
    server.answers["/v1/completions"] = {"choices": [{"index": n, "logprobs": forced} for n in (0, 1)]}
    prompts = (Prompt("A: joins", scored_from=2), Prompt("B: joins", scored_from=2))
    request = RerankRequest(Mode.QUERY_LIKELIHOOD, prompts)

    readings = make_reranker("llamacpp").score(request, Deadline.after(5_000)).readings

    assert [reading.mean_logprob for reading in readings] == [-1.5, -1.5]
    assert [call.path for call in server.calls] == ["/tokenize", "/v1/completions"]
    server.answers["/v1/completions"] = OPENAI
    assert make_reranker("llamacpp").score(ONE, Deadline.after(5_000)).readings[0].tokens == {
        "A": -0.1,
        "B": -2.5,
    }
