"""A model behind HTTP, asked through a real server: readings, outcomes, slots."""

from collections.abc import Callable, Iterator, Sequence
from threading import Event, Thread
from typing import Any

import pytest

from flows.deadline import Deadline
from flows.errors import RerankFailed
from flows.intelligence.rerank.port import Mode, Prompt, RerankRequest
from flows.intelligence.routing.timings import from_text
from flows.upstreams.breaker import BreakerSettings
from flows.upstreams.retry import RetryPolicy
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tasks.clients.model_server import ModelServer
from tasks.clients.reranker import UpstreamReranker
from tasks.store.model_slots import ProcessSlots, Refusal
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
        return UpstreamReranker(ModelServer(clients[-1], clients[-1], "qwen3:4b", api))

    yield make
    for client in clients:
        client.close()


class AloneSlots(ProcessSlots):
    """Slots of a model that another process leaves alone."""

    def __init__(self) -> None:
        super().__init__(1)
        self.looks = 0

    def take(self, holder: str, lease_s: float, **_: bool) -> Refusal | None:
        self.looks += 1
        return Refusal(left_alone_s=2.0)


class KeepingSlots(ProcessSlots):
    """Slots that keep what their use took."""

    def __init__(self, slots: int) -> None:
        super().__init__(slots)
        self.kept: list[str] = []

    def free(self, holder: str, timings: Sequence[str] = ()) -> None:
        super().free(holder)
        self.kept += timings


@pytest.fixture
def client(server: UpstreamServer) -> Iterator[UpstreamClient]:
    settings = UpstreamSettings("llm", server.url, BreakerSettings(slow_s=5.0), RetryPolicy(attempts=1))
    made = UpstreamClient(settings)
    yield made
    made.close()


def failure(reranker: UpstreamReranker, milliseconds: float = 900) -> str:
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
        ("bad_json", {}, 900, "malformed"),
        ("huge", {}, 900, "malformed"),
        ("status", {"status": 500}, 900, "unavailable"),
        ("status", {"status": 404}, 900, "unavailable"),
        ("close", {}, 900, "unavailable"),
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
        failure(reranker, 950)
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


def test_who_has_reserved_a_slot_finds_it(server: UpstreamServer, client: UpstreamClient) -> None:
    """From the moment on in which it is reserved everybody else is refused, until its holder has asked."""
    made = UpstreamReranker(ModelServer(client, client, "qwen3:4b", "ollama"))
    soon = Deadline.after(900)
    assert made.reserve("job-1", soon) is None
    assert made.reserve("job-2", soon) == "busy"
    assert failure(made, 900) == "busy"
    assert made.score(ONE, soon, "job-1").model == "qwen3:4b"
    assert made.reserve("job-2", Deadline.after(900)) is None


def test_a_holder_without_time_gives_its_slot_back(client: UpstreamClient) -> None:
    """The model is not asked in vain, and the next one need not wait for the lease to end."""
    made = UpstreamReranker(ModelServer(client, client, "qwen3:4b", "ollama"))
    assert made.reserve("job-1", Deadline.after(900)) is None
    with pytest.raises(RerankFailed, match="no time is left") as caught:
        made.score(ONE, Deadline.after(29), "job-1")
    assert caught.value.code == "timeout"
    assert made.reserve("job-2", Deadline.after(29)) == "timeout"
    assert made.reserve("job-2", Deadline.after(900)) is None


def test_who_has_seconds_waits_for_a_slot(server: UpstreamServer, client: UpstreamClient) -> None:
    """Looking again and again; who has less than a second does not."""
    slots, looks = ProcessSlots(1), list[float]()

    def pause(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            slots.free("somebody")

    slots.take("somebody", 60)
    patient = client
    with UpstreamServer() as nobody:
        quick = UpstreamClient(UpstreamSettings("llm", nobody.url, BreakerSettings(slow_s=5.0)))
        made = UpstreamReranker(ModelServer(quick, patient, "qwen3:4b", "ollama", slots, pause))
        assert made.score(ONE, Deadline.after(5_000)).model == "qwen3:4b"
        assert (len(looks), len(server.calls), len(nobody.calls)) == (3, 1, 0)
        quick.close()


def test_a_model_that_was_found_dead_is_not_looked_at_again_at_once(client: UpstreamClient) -> None:
    """A refusal stands for half a second without anybody being asked."""
    slots = AloneSlots()
    made = UpstreamReranker(ModelServer(client, client, "qwen3:4b", "ollama", slots))
    outcomes = [made.reserve(f"job-{n}", Deadline.after(900)) for n in range(50)]
    assert set(outcomes) == {"breaker_open"}
    assert slots.looks == 1


@pytest.mark.parametrize(
    ("api", "said", "expected"),
    [
        (
            "ollama",
            {"load_duration": 2_000_000, "prompt_eval_count": 300, "prompt_eval_duration": 40_000_000}
            | {"eval_duration": 5_000_000},
            {"prompt_tokens": 300, "load_ms": 2.0, "prompt_ms": 40.0, "eval_ms": 5.0},
        ),
        ("ollama", {}, {"prompt_tokens": 1, "load_ms": None, "prompt_ms": None, "eval_ms": None}),
        ("openai", {"usage": {"prompt_tokens": 77}}, {"prompt_tokens": 77, "load_ms": None}),
        ("openai", {"usage": [1]}, {"prompt_tokens": 1, "load_ms": None}),
    ],
)
def test_what_a_call_took_is_kept(
    server: UpstreamServer, client: UpstreamClient, api: str, said: dict[str, Any], expected: dict[str, Any]
) -> None:
    """As the server says it, beside the time that the caller waited; a size it does not say is estimated."""
    server.answers |= {"/api/generate": OLLAMA | said, "/v1/completions": OPENAI | said}
    slots = KeepingSlots(1)
    UpstreamReranker(ModelServer(client, client, "qwen3:4b", api, slots)).score(ONE, Deadline.after(900))
    (text,) = slots.kept
    timing = from_text(text)
    assert (timing.model, timing.purpose, timing.total_ms > 0) == ("qwen3:4b", "rerank", True)
    assert {name: getattr(timing, name) for name in expected} == expected


def test_a_call_that_failed_took_no_time_worth_keeping(
    server: UpstreamServer, client: UpstreamClient
) -> None:
    """It says how patient the caller was, and nothing of the model."""
    server.behave("status", status=500)
    slots = KeepingSlots(1)
    failure(UpstreamReranker(ModelServer(client, client, "qwen3:4b", "ollama", slots)), 900)
    assert slots.kept == []
