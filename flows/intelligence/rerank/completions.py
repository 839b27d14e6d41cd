"""``/v1/completions`` of OpenAI-compatible servers: request and answer, without the wire.

Two forms of an answer are read: OpenAI's own (vLLM), whose ``top_logprobs`` map tokens to
numbers, and that of llama.cpp, which has a list of entries under ``content``. Only the first
can echo a prompt; how llama.cpp scores a text is in ``llamacpp.py``.
"""

from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any

from flows.intelligence.rerank.port import Prompt, Reading
from flows.intelligence.rerank.token_logprobs import from_entries, from_pairs, log_probability, malformed

PATH = "/v1/completions"


def openai_request(prompts: Sequence[Prompt], model: str) -> tuple[str, dict[str, Any]]:
    """Path and JSON body that ask for all prompts at once.

    The prompts are of one request, so that either all or none have a text to be scored: for that
    the server is asked to echo them with their log-probabilities.
    """
    texts = [prompt.text for prompt in prompts]
    echo = any(prompt.scored_from is not None for prompt in prompts)
    return PATH, {
        "model": model,
        "prompt": texts[0] if len(texts) == 1 else texts,
        "max_tokens": 1,
        "temperature": 0,
        "seed": 1,
        "stream": False,
        "logprobs": 1 if echo else 20,
        **({"echo": True} if echo else {}),
    }


def openai_readings(body: object, prompts: Sequence[Prompt]) -> tuple[Reading, ...]:
    """The readings in a decoded JSON answer, in the order of the prompts.

    Raises RerankFailed (``malformed``), also for an answer with too few or too many choices.
    """
    logprobs = by_index(body, len(prompts))
    return tuple(_reading(logprobs[place], prompt) for place, prompt in enumerate(prompts))


def by_index(body: object, count: int) -> Mapping[int, Mapping[str, Any]]:
    """The log-probabilities of each of so many choices by its number; servers may answer in any order.

    Raises RerankFailed (``malformed``).
    """
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(choices, list) or len(choices) != count:
        raise malformed("not one choice per prompt")
    found: dict[int, Mapping[str, Any]] = {}
    for choice in choices:
        said = choice if isinstance(choice, dict) else {}
        index, logprobs = said.get("index", 0), said.get("logprobs")
        if isinstance(index, int) and isinstance(logprobs, dict):
            found[int(index)] = logprobs
    if found.keys() != set(range(len(choices))):
        raise malformed("a choice without number or log-probabilities")
    return found


def _reading(logprobs: Mapping[str, Any], prompt: Prompt) -> Reading:
    if prompt.scored_from is not None:
        return Reading(mean_logprob=_mean(logprobs, prompt.scored_from, len(prompt.text)))
    if "content" in logprobs:
        return Reading(tokens=from_entries(logprobs["content"]))
    places = logprobs.get("top_logprobs")
    first = places[0] if isinstance(places, list) and places else None
    if not isinstance(first, dict):
        raise malformed("no log-probabilities of a token")
    return Reading(tokens=from_pairs(first.items()))


def _mean(logprobs: Mapping[str, Any], start: int, end: int) -> float:
    """The mean log-probability of the tokens that begin from ``start`` on and before ``end``."""
    values, offsets = logprobs.get("token_logprobs"), logprobs.get("text_offset")
    if not isinstance(values, list) or not isinstance(offsets, list) or len(values) != len(offsets):
        raise malformed("no log-probabilities of the prompt")
    scored = [
        log_probability(value)
        for value, offset in zip(values, offsets, strict=True)
        if isinstance(offset, int) and start <= offset < end
    ]
    known = [value for value in scored if value is not None]
    if not known or len(known) < len(scored):
        raise malformed("the scored text has no log-probabilities")
    return fsum(known) / len(known)
