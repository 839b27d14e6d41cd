"""The reranker against a model and a server that nobody here wrote."""

from math import exp
from time import sleep
from typing import Any

import pytest

from flows.deadline import Deadline
from flows.errors import UpstreamTimeout
from flows.intelligence.rerank.completions import PATH, openai_request
from flows.intelligence.rerank.port import Mode
from flows.intelligence.rerank.prompts import listwise, request_of
from tasks.clients.base import UpstreamClient
from tasks.clients.reranker import UpstreamReranker
from tests.real_model.cases import cases
from tests.real_model.measure import first_choice

PATIENCE_MS = 60_000
CARDS = [f"Card number {number}" for number in range(12)]


def slots(client: UpstreamClient) -> list[dict[str, Any]]:
    """What the server says of the requests that it works on, or worked on last."""
    found: list[dict[str, Any]] = client.call("GET", "/slots", None, 10.0)
    return found


def test_the_first_token_has_log_probabilities(reranker: UpstreamReranker) -> None:
    """A list of candidates under letters gives the 20 likeliest tokens, with natural logarithms of shares."""
    (reading,) = reranker.score(
        request_of(Mode.LISTWISE, "asks", CARDS), Deadline.after(PATIENCE_MS)
    ).readings
    assert len(reading.tokens) == 20
    assert 0.05 < sum(exp(logprob) for logprob in reading.tokens.values()) <= 1.001
    assert any(token.strip() in "ABCDEFGHIJKL" for token in reading.tokens)


def test_many_prompts_are_one_call(reranker: UpstreamReranker) -> None:
    """Each candidate's own prompt comes back with a reading of its own."""
    request = request_of(Mode.POINTWISE, "asks about joins", CARDS[:5])
    assert len(reranker.score(request, Deadline.after(PATIENCE_MS)).readings) == 5


def test_a_common_beginning_is_worked_through_once(client: UpstreamClient) -> None:
    """For another person and other candidates, the instructions come out of the server's cache."""
    done = []
    for query in ("asks about SQL", "asks about CSS"):
        path, body = openai_request([listwise(query, CARDS)], "gemma-3-270m")
        done.append(client.call("POST", path, {**body, "id_slot": 0}, 60.0)["timings"])
    assert done[1]["cache_n"] > 0.3 * (done[1]["cache_n"] + done[1]["prompt_n"])


def test_a_call_that_is_cut_off_leaves_a_server_that_answers(client: UpstreamClient) -> None:
    """It ends as a time-out here. The server goes on to the last token that was asked for, and then answers
    again: that no call of a ranking asks for more than a few is what bounds the work for who is gone.
    """
    long = {"prompt": "Once upon a time", "max_tokens": 200, "temperature": 0, "ignore_eos": True}
    with pytest.raises(UpstreamTimeout):
        client.call("POST", PATH, long, 0.3)
    while any(slot["is_processing"] for slot in slots(client)):
        sleep(0.05)
    assert client.call("POST", PATH, long | {"max_tokens": 1}, 30.0)["choices"]


def test_the_likelihood_of_a_question_finds_the_item(reranker: UpstreamReranker) -> None:
    """By how likely the words are after each item, even a small base model beats chance (1 in 10)."""
    asked = cases()
    right = [first_choice(reranker, Mode.QUERY_LIKELIHOOD, case) == case.right for case in asked]
    assert sum(right) >= len(right) / 2
