"""What is sent to model servers, and what is read of their answers."""

from typing import Any

import pytest

from flows.errors import RerankFailed
from flows.intelligence.rerank.completions import openai_readings, openai_request
from flows.intelligence.rerank.llamacpp import forced_readings, forced_request, tokenize_request, tokens_of
from flows.intelligence.rerank.ollama import ollama_reading, ollama_request, ollama_timings
from flows.intelligence.rerank.port import Prompt, Reading, Timings
from flows.intelligence.rerank.token_logprobs import log_probability

ASKED = Prompt("Best:")
SCORED = Prompt("Item: React Hooks", scored_from=5)


def test_the_request_to_ollama() -> None:
    """One token of a raw prompt, with the 20 likeliest, and the model stays loaded."""
    assert ollama_request(ASKED, "qwen3:0.6b") == (
        "/api/generate",
        {
            "model": "qwen3:0.6b",
            "prompt": "Best:",
            "raw": True,
            "stream": False,
            "keep_alive": -1,
            "logprobs": True,
            "top_logprobs": 20,
            "options": {"num_predict": 1, "temperature": 0, "seed": 1, "num_ctx": 2048},
        },
    )
    with pytest.raises(RerankFailed, match="no log-probabilities of a prompt") as raised:
        ollama_request(SCORED, "m")
    assert raised.value.code == "unavailable"


def test_the_request_for_completions() -> None:
    """All prompts at once; a text to be scored is echoed."""
    assert openai_request([ASKED], "m") == (
        "/v1/completions",
        {
            "model": "m",
            "prompt": "Best:",
            "max_tokens": 1,
            "temperature": 0,
            "seed": 1,
            "stream": False,
            "logprobs": 20,
        },
    )
    body = openai_request([SCORED, SCORED], "m")[1]
    assert (body["prompt"], body["logprobs"], body["echo"]) == (["Item: React Hooks"] * 2, 1, True)


def test_an_answer_of_ollama() -> None:
    """The likeliest tokens of the first place, the chosen one among them."""
    body = {
        "model": "qwen3:0.6b",
        "response": "A",
        "done": True,
        "logprobs": [
            {
                "token": "A",
                "logprob": -0.1,
                "bytes": [65],
                "top_logprobs": [{"token": "B", "logprob": -2.5}, {"token": "A", "logprob": -0.3}],
            }
        ],
        "load_duration": 1_500_000,
        "prompt_eval_count": 312,
        "prompt_eval_duration": 40_000_000,
        "eval_count": 1,
        "eval_duration": 8_250_000,
    }
    assert ollama_reading(body) == Reading(tokens={"A": -0.1, "B": -2.5})
    assert ollama_timings(body) == Timings(load_ms=1.5, prompt_ms=40.0, prompt_tokens=312, eval_ms=8.25)


@pytest.mark.parametrize(
    "body", [None, [], {}, {"load_duration": "1", "eval_duration": -1}, {"eval_duration": True}]
)
def test_times_that_are_not_told_are_none(body: object) -> None:
    """A body without times, or with wrong ones, is no failure."""
    assert ollama_timings(body) == Timings()


def test_answers_of_completions() -> None:
    """OpenAI's form, in any order of the choices, and llama.cpp's."""
    plain = {
        "choices": [
            {"index": 1, "logprobs": {"top_logprobs": [{"no": -0.2}]}},
            {"index": 0, "logprobs": {"top_logprobs": [{"yes": -0.1, "no": -2.0}], "tokens": ["yes"]}},
        ]
    }
    assert openai_readings(plain, [ASKED, ASKED]) == (
        Reading(tokens={"yes": -0.1, "no": -2.0}),
        Reading(tokens={"no": -0.2}),
    )
    entry = {"token": " A", "logprob": -0.4, "top_logprobs": [{"token": " B", "logprob": -1.0}]}
    listed = {"choices": [{"logprobs": {"content": [entry]}}]}
    assert openai_readings(listed, [ASKED]) == (Reading(tokens={" A": -0.4, " B": -1.0}),)


def test_an_echoed_text_is_scored() -> None:
    """The mean over the tokens from the scored place on, without the one that was generated."""
    logprobs = {
        "tokens": ["Item", ":", " React", " Hooks", "."],
        "token_logprobs": [None, -7.0, -3.0, -1.0, -0.1],
        "text_offset": [0, 4, 5, 11, 17],
    }
    body = {"choices": [{"index": 0, "logprobs": logprobs}]}
    assert openai_readings(body, [SCORED]) == (Reading(mean_logprob=-2.0),)


def choice(**logprobs: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "logprobs": logprobs}]}


@pytest.mark.parametrize(
    ("body", "prompts"),
    [
        (None, [ASKED]),
        ("<html>", [ASKED]),
        ({}, [ASKED]),
        ({"choices": []}, [ASKED]),
        ({"choices": [{"index": 0}]}, [ASKED]),
        ({"choices": [{"index": 5, "logprobs": {"top_logprobs": [{"A": -1.0}]}}]}, [ASKED]),
        ({"choices": [{"index": 0, "logprobs": {"top_logprobs": [{"A": -1.0}]}}] * 2}, [ASKED, ASKED]),
        ({"choices": [{"index": 0, "logprobs": {"top_logprobs": [{"A": -1.0}]}}] * 2}, [ASKED]),
        (choice(top_logprobs=None), [ASKED]),
        (choice(top_logprobs=[None]), [ASKED]),
        (choice(top_logprobs=[{"A": "-1"}]), [ASKED]),
        (choice(content=[]), [ASKED]),
        (choice(content=[{"token": 7, "logprob": -1.0}]), [ASKED]),
        (choice(top_logprobs=[{"A": -1.0}]), [SCORED]),
        (choice(token_logprobs=[-1.0], text_offset=[17]), [SCORED]),
        (choice(token_logprobs=[-1.0, None], text_offset=[5, 11]), [SCORED]),
        (choice(token_logprobs=[-1.0], text_offset=[5, 11]), [SCORED]),
    ],
)
def test_an_answer_of_another_form_is_malformed(body: object, prompts: list[Prompt]) -> None:
    """Nothing is guessed: an answer is read as it was asked for, or not at all."""
    with pytest.raises(RerankFailed) as raised:
        openai_readings(body, prompts)
    assert raised.value.code == "malformed"


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"logprobs": []}, {"logprobs": ["A"]}, {"logprobs": [{"token": "A", "logprob": 3}]}],
)
def test_an_answer_of_ollama_of_another_form_is_malformed(body: object) -> None:
    """So is one of an older server, which knows no log-probabilities."""
    with pytest.raises(RerankFailed, match=r"."):
        ollama_reading(body)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-1.5, -1.5),
        (-3, -3.0),
        (0, 0.0),
        (1e-7, 0.0),
        (0.5, None),
        (True, None),
        ("-1", None),
        (None, None),
        (float("nan"), None),
        (float("-inf"), None),
        (float("inf"), None),
        (-(10**400), None),
    ],
)
def test_a_log_probability_is_a_finite_number_of_at_most_zero(value: object, expected: float | None) -> None:
    """What is slightly above by rounding is 0; anything else is none."""
    assert log_probability(value) == expected


def test_only_the_first_tokens_are_looked_at() -> None:
    """A body with very many of them costs no more than one with 64."""
    many = {f"t{number}": -1.0 for number in range(1_000)}
    (reading,) = openai_readings(choice(top_logprobs=[many]), [ASKED])
    assert len(reading.tokens) == 64


TWO = [Prompt("Item: A\nPerson: joins", scored_from=15), Prompt("Item: B\nPerson: joins", scored_from=15)]


def said(index: int, *entries: tuple[int, float]) -> dict[str, Any]:
    content = [{"id": token, "token": "x", "logprob": logprob} for token, logprob in entries]
    return {"index": index, "logprobs": {"content": content}}


def test_llamacpp_is_made_to_say_a_text() -> None:
    """The text is cut into tokens, and each prompt, without it, is continued with exactly these."""
    assert tokenize_request(" joins") == ("/tokenize", {"content": " joins", "add_special": False})
    assert tokens_of({"tokens": [7, 8]}) == (7, 8)
    path, body = forced_request(TWO, "m", (7, 8))
    assert (path, body["prompt"]) == ("/v1/completions", ["Item: A\nPerson:", "Item: B\nPerson:"])
    assert (body["grammar"], body["max_tokens"], body["logprobs"]) == ("root ::= <[7]> <[8]>", 2, 1)


def test_a_text_that_was_said_has_its_mean() -> None:
    """The readings are in the order of the prompts; the end of the text, if it is said, does not count."""
    body = {"choices": [said(1, (7, -4.0), (8, -2.0), (1, -9.0)), said(0, (7, -1.0), (8, -0.5))]}
    readings = forced_readings(body, TWO, (7, 8))
    assert [reading.mean_logprob for reading in readings] == [-0.75, -3.0]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"choices": [said(0, (7, -1.0), (8, -1.0))]},
        {"choices": [said(0, (7, -1.0), (8, -1.0)), said(1, (7, -1.0))]},
        {"choices": [said(0, (7, -1.0), (8, -1.0)), said(1, (7, -1.0), (9, -1.0))]},
        {"choices": [said(0, (7, -1.0), (8, -1.0)), said(1, (7, float("nan")), (8, -1.0))]},
        {"choices": [said(0, (7, -1.0), (8, -1.0)), {"index": 1, "logprobs": {"content": 5}}]},
    ],
)
def test_another_text_is_no_score(body: dict[str, Any]) -> None:
    """What was not said as it was to be said, for every prompt, is malformed."""
    with pytest.raises(RerankFailed) as raised:
        forced_readings(body, TWO, (7, 8))
    assert raised.value.code == "malformed"


@pytest.mark.parametrize("body", [None, {}, {"tokens": []}, {"tokens": [1, "2"]}, {"tokens": [1] * 513}])
def test_what_are_no_tokens(body: object) -> None:
    """An answer without tokens, with other things among them, or with too many, is malformed."""
    with pytest.raises(RerankFailed) as raised:
        tokens_of(body)
    assert raised.value.code == "malformed"
