"""A language model behind HTTP as the reranker of the core: Ollama, or an OpenAI-compatible server."""

from collections.abc import Callable

from flows.deadline import Deadline
from flows.intelligence.rerank.completions import openai_readings, openai_request, openai_timings
from flows.intelligence.rerank.llamacpp import (
    forced_readings,
    forced_request,
    tokenize_request,
    tokens_of,
)
from flows.intelligence.rerank.ollama import ollama_reading, ollama_request, ollama_timings
from flows.intelligence.rerank.port import Outcome, Reading, RerankAnswer, RerankRequest
from tasks.clients.model_server import PATIENT_MS, ModelServer, Use

#: Asks all prompts of a request, and reads the answers.
Ask = Callable[[Use, RerankRequest], tuple[Reading, ...]]


def ask_ollama(use: Use, request: RerankRequest) -> tuple[Reading, ...]:
    """One call per prompt: Ollama takes one at a time."""
    readings = []
    for prompt in request.prompts:
        path, body = ollama_request(prompt, use.model)
        readings.append(ollama_reading(use.call(path, body, ollama_timings)))
    return tuple(readings)


def ask_openai(use: Use, request: RerankRequest) -> tuple[Reading, ...]:
    """All prompts in one call."""
    path, body = openai_request(request.prompts, use.model)
    return openai_readings(use.call(path, body, openai_timings), request.prompts)


def ask_llamacpp(use: Use, request: RerankRequest) -> tuple[Reading, ...]:
    """As any OpenAI-compatible server, but texts to be scored are tokenized and said: two calls per text.

    Asked by query likelihood, all prompts have the same text.
    """
    texts = [None if one.scored_from is None else one.text[one.scored_from :] for one in request.prompts]
    if None in texts:
        return ask_openai(use, request)
    readings: dict[int, Reading] = {}
    for text in dict.fromkeys(text for text in texts if text is not None):
        places = [place for place, other in enumerate(texts) if other == text]
        prompts = [request.prompts[place] for place in places]
        tokens = tokens_of(use.call(*tokenize_request(text)))
        answer = use.call(*forced_request(prompts, use.model, tokens), openai_timings)
        readings |= dict(zip(places, forced_readings(answer, prompts, tokens), strict=True))
    return tuple(readings[place] for place in range(len(texts)))


ASK: dict[str, Ask] = {"ollama": ask_ollama, "openai": ask_openai, "llamacpp": ask_llamacpp}


class UpstreamReranker:
    """Asks a model within the deadline, one request at a time and slot."""

    configured = True

    def __init__(self, server: ModelServer) -> None:
        self._server, self._ask = server, ASK[server.api]

    def reserve(self, holder: str, deadline: Deadline) -> Outcome | None:
        """Keep a slot until the deadline for a holder in another process; else why not."""
        return self._server.reserve(holder, deadline)

    def score(self, request: RerankRequest, deadline: Deadline, holder: str = "") -> RerankAnswer:
        """Readings of all prompts. Raises RerankFailed with the outcome as its code."""
        purpose = "refine" if deadline.left_ms() > PATIENT_MS else "rerank"
        with self._server.use(holder, deadline, purpose) as use:
            return RerankAnswer(use.model, self._ask(use, request))
