"""A language model behind HTTP as the writer of drafts."""

from random import Random

from flows.deadline import Deadline
from flows.intelligence.drafting.port import Written
from flows.intelligence.drafting.prompts import ollama_call, ollama_text, openai_call, openai_text
from flows.intelligence.rerank.completions import openai_timings
from flows.intelligence.rerank.ollama import ollama_timings
from tasks.clients.model_server import ModelServer

WAYS = {
    "ollama": (ollama_call, ollama_text, ollama_timings),
    "openai": (openai_call, openai_text, openai_timings),
    "llamacpp": (openai_call, openai_text, openai_timings),
}


class UpstreamWriter:
    """Writes with the model that also ranks, in a slot that no person waits for."""

    def __init__(self, server: ModelServer, random: Random | None = None) -> None:
        self._server, self._random = server, random or Random()

    def write(self, prompt: str, tokens: int, deadline: Deadline) -> Written:
        """What comes after a prompt. Raises RerankFailed with the outcome as its code."""
        call, text_in, timings_in = WAYS[self._server.api]
        with self._server.use("", deadline, "draft") as use:
            path, body = call(prompt, use.model, tokens, self._random.getrandbits(31))
            return Written(use.model, text_in(use.call(path, body, timings_in)))
