"""llama.cpp's own way to score a text: it cannot echo a prompt, but it can be made to say the text.

A grammar of token literals (GBNF, ``<[id]>``) leaves one choice at each place, and the
log-probability that comes with a token is that of the model before the grammar. So the text is first
cut into the model's tokens, then "generated" token by token. Everything else is asked as of any
OpenAI-compatible server.
"""

from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any

from flows.intelligence.rerank.completions import PATH, by_index
from flows.intelligence.rerank.port import Prompt, Reading
from flows.intelligence.rerank.token_logprobs import log_probability, malformed, whole_number

TOKENIZE_PATH = "/tokenize"
MOST_SCORED = 512  #: Tokens of a text that is scored; ours are far shorter.


def tokenize_request(text: str) -> tuple[str, dict[str, Any]]:
    """Path and JSON body that ask for the tokens of a text in the middle of a prompt."""
    return TOKENIZE_PATH, {"content": text, "add_special": False}


def tokens_of(body: object) -> tuple[int, ...]:
    """The token ids in a decoded JSON answer; raises RerankFailed (``malformed``)."""
    found = body.get("tokens") if isinstance(body, dict) else None
    ids = [whole_number(token) for token in found] if isinstance(found, list) else []
    known = tuple(token for token in ids if token is not None)
    if not 0 < len(known) == len(ids) <= MOST_SCORED:
        raise malformed("no tokens of a text")
    return known


def forced_request(
    prompts: Sequence[Prompt], model: str, tokens: Sequence[int]
) -> tuple[str, dict[str, Any]]:
    """Path and JSON body that have each prompt continued with these tokens.

    The prompts are cut where their scored text begins, and all of them end with the same text.
    """
    return PATH, {
        "model": model,
        "prompt": [prompt.text[: prompt.scored_from] for prompt in prompts],
        "max_tokens": len(tokens),
        "temperature": 0,
        "seed": 1,
        "stream": False,
        "logprobs": 1,
        "grammar": "root ::= " + " ".join(f"<[{token}]>" for token in tokens),
    }


def forced_readings(body: object, prompts: Sequence[Prompt], tokens: Sequence[int]) -> tuple[Reading, ...]:
    """The mean log-probability of the tokens by prompt; raises RerankFailed (``malformed``)."""
    logprobs = by_index(body, len(prompts))
    return tuple(Reading(mean_logprob=_mean(logprobs[place], tokens)) for place in range(len(prompts)))


def _mean(logprobs: Mapping[str, Any], tokens: Sequence[int]) -> float:
    said = logprobs.get("content")
    entries = [entry for entry in said if isinstance(entry, dict)] if isinstance(said, list) else []
    values = [
        log_probability(entry.get("logprob"))
        for entry, token in zip(entries, tokens, strict=False)
        if entry.get("id") == token
    ]
    known = [value for value in values if value is not None]
    if len(known) < len(tokens):
        raise malformed("not the text that was to be scored")
    return fsum(known) / len(known)
