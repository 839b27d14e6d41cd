"""Ollama's ``/api/generate``: the request as it is sent and the answer as it is read, without the wire.

``raw`` keeps Ollama's own template away; ``format`` and ``think`` are not used, since Ollama
ignores the first beside the second on Qwen3 models.
"""

from typing import Any

from flows.errors import RerankFailed
from flows.intelligence.rerank.port import Outcome, Prompt, Reading, Timings
from flows.intelligence.rerank.token_logprobs import from_entries, whole_number

PATH = "/api/generate"
NANOSECONDS_PER_MS = 1e6
CONTEXT_TOKENS = 2048
OPTIONS = {"num_predict": 1, "temperature": 0, "seed": 1, "num_ctx": CONTEXT_TOKENS}


def ollama_request(prompt: Prompt, model: str) -> tuple[str, dict[str, Any]]:
    """Path and JSON body that ask for the likeliest next tokens of one prompt.

    The model stays loaded afterwards. Raises RerankFailed (``unavailable``) for a text to be scored:
    Ollama has no log-probabilities of a prompt.
    """
    if prompt.scored_from is not None:
        raise RerankFailed(Outcome.UNAVAILABLE, "Ollama gives no log-probabilities of a prompt")
    return PATH, {
        "model": model,
        "prompt": prompt.text,
        "raw": True,
        "stream": False,
        "keep_alive": -1,
        "logprobs": True,
        "top_logprobs": 20,
        "options": dict(OPTIONS),
    }


def ollama_load_request(model: str) -> tuple[str, dict[str, Any]]:
    """Path and JSON body that load a model, and keep it loaded, without asking it anything."""
    return PATH, {"model": model, "prompt": "", "stream": False, "keep_alive": -1}


def ollama_reading(body: object) -> Reading:
    """The reading in a decoded JSON answer; raises RerankFailed (``malformed``)."""
    logprobs = body.get("logprobs") if isinstance(body, dict) else None
    return Reading(tokens=from_entries(logprobs))


def ollama_timings(body: object) -> Timings:
    """Where the time went; what a body does not say, or says wrongly, is None."""
    said = body if isinstance(body, dict) else {}
    return Timings(
        load_ms=_ms(said.get("load_duration")),
        prompt_ms=_ms(said.get("prompt_eval_duration")),
        prompt_tokens=whole_number(said.get("prompt_eval_count")),
        eval_ms=_ms(said.get("eval_duration")),
    )


def _ms(nanoseconds: object) -> float | None:
    number = whole_number(nanoseconds)
    return None if number is None else number / NANOSECONDS_PER_MS
