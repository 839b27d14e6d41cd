"""A language model behind HTTP as the reranker of the core: Ollama, or an OpenAI-compatible server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from flows.deadline import Deadline
from flows.errors import BadUpstreamAnswer, BreakerOpen, PortUnavailable, RerankFailed, UpstreamTimeout
from flows.intelligence.rerank.completions import openai_readings, openai_request
from flows.intelligence.rerank.llamacpp import (
    forced_readings,
    forced_request,
    tokenize_request,
    tokens_of,
)
from flows.intelligence.rerank.ollama import ollama_reading, ollama_request
from flows.intelligence.rerank.port import Outcome, Reading, RerankAnswer, RerankRequest
from tasks.clients.base import UpstreamClient

#: Calls one server: asks all prompts of a request by a time, in seconds from now, and reads the answers.
Ask = Callable[[UpstreamClient, str, RerankRequest, Callable[[], float]], tuple[Reading, ...]]


def ask_ollama(
    client: UpstreamClient, model: str, request: RerankRequest, left_s: Callable[[], float]
) -> tuple[Reading, ...]:
    """One call per prompt: Ollama takes one at a time."""
    readings = []
    for prompt in request.prompts:
        path, body = ollama_request(prompt, model)
        readings.append(ollama_reading(_call(client, path, body, left_s())))
    return tuple(readings)


def ask_openai(
    client: UpstreamClient, model: str, request: RerankRequest, left_s: Callable[[], float]
) -> tuple[Reading, ...]:
    """All prompts in one call."""
    path, body = openai_request(request.prompts, model)
    return openai_readings(_call(client, path, body, left_s()), request.prompts)


def ask_llamacpp(
    client: UpstreamClient, model: str, request: RerankRequest, left_s: Callable[[], float]
) -> tuple[Reading, ...]:
    """As any OpenAI-compatible server, but texts to be scored are tokenized and said: two calls per text.

    Asked by query likelihood, all prompts have the same text.
    """
    texts = [None if one.scored_from is None else one.text[one.scored_from :] for one in request.prompts]
    if None in texts:
        return ask_openai(client, model, request, left_s)
    readings: dict[int, Reading] = {}
    for text in dict.fromkeys(text for text in texts if text is not None):
        places = [place for place, other in enumerate(texts) if other == text]
        prompts = [request.prompts[place] for place in places]
        tokens = tokens_of(_call(client, *tokenize_request(text), left_s()))
        answer = _call(client, *forced_request(prompts, model, tokens), left_s())
        readings |= dict(zip(places, forced_readings(answer, prompts, tokens), strict=True))
    return tuple(readings[place] for place in range(len(texts)))


ASK: dict[str, Ask] = {"ollama": ask_ollama, "openai": ask_openai, "llamacpp": ask_llamacpp}


class UpstreamReranker:
    """Asks a model within the deadline, one request at a time and slot; whoever finds no slot free
    does not wait for one.
    """

    configured = True

    def __init__(self, client: UpstreamClient, model: str, api: str, slots: int = 1) -> None:
        """``api`` is one of ``ASK``."""
        self._client, self._model, self._ask = client, model, ASK[api]
        self._slots = BoundedSemaphore(slots)

    def score(self, request: RerankRequest, deadline: Deadline) -> RerankAnswer:
        """Readings of all prompts. Raises RerankFailed with the outcome as its code."""
        with self._slot(), _in_words_of_the_port():
            readings = self._ask(
                self._client, self._model, request, lambda: deadline.at_ms / 1000 - deadline.now_s()
            )
        return RerankAnswer(self._model, readings)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(blocking=False):
            raise RerankFailed(Outcome.BUSY, "all slots of the model are taken")
        try:
            yield
        finally:
            self._slots.release()


def _call(client: UpstreamClient, path: str, body: dict[str, Any], left_s: float) -> Any:
    # Asking twice does the same as asking once: nothing is kept of it but the time it took.
    return client.call("POST", path, body, max(0.0, left_s), idempotent=True)


@contextmanager
def _in_words_of_the_port() -> Iterator[None]:
    try:
        yield
    except RerankFailed:
        raise
    except BreakerOpen as error:
        raise RerankFailed(Outcome.BREAKER_OPEN, str(error)) from error
    except UpstreamTimeout as error:
        raise RerankFailed(Outcome.TIMEOUT, str(error)) from error
    except BadUpstreamAnswer as error:
        raise RerankFailed(Outcome.MALFORMED, str(error)) from error
    except PortUnavailable as error:
        raise RerankFailed(Outcome.UNAVAILABLE, str(error)) from error
