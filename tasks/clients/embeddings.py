"""An embedding model at a model server: Ollama, or anything that serves OpenAI's ``/v1/embeddings``."""

from collections.abc import Sequence
from dataclasses import dataclass

from flows.errors import BadUpstreamAnswer, InvalidInput
from flows.memory.embeddings.port import Purpose, Vector
from flows.memory.embeddings.texts import Prefixes
from flows.memory.embeddings.wire import ollama_call, ollama_vectors, openai_call, openai_vectors
from tasks.clients.base import UpstreamClient

WAYS = {"ollama": (ollama_call, ollama_vectors), "openai": (openai_call, openai_vectors)}


@dataclass(frozen=True, slots=True)
class UpstreamEmbedder:
    """An Embedder over HTTP. Threads may share it; each process builds its own.

    ``quick`` and ``patient`` are connections to the same server with breakers of their own: a batch that
    takes seconds on purpose keeps no person's question out. ``api`` is one of ``settings.EMBEDDING_APIS``,
    ``kept_in`` what the collections of its vectors are called.
    """

    quick: UpstreamClient
    patient: UpstreamClient
    model: str
    api: str
    prefixes: Prefixes
    kept_in: str = ""

    @property
    def fingerprint(self) -> str:
        """Another one for another model, another way to prepare documents, and another place to keep them."""
        return self.prefixes.fingerprint(self.model, self.kept_in)

    def embed(
        self, texts: Sequence[str], purpose: Purpose, deadline_s: float, *, patient: bool
    ) -> Sequence[Vector]:
        """A vector for each text. Raises PortUnavailable."""
        call, vectors_in = WAYS[self.api]
        path, body = call([self.prefixes.before(text, purpose) for text in texts], self.model)
        client = self.patient if patient else self.quick
        # Asking twice does the same as asking once: nothing is kept of it.
        answer = client.call("POST", path, body, deadline_s, idempotent=True)
        try:
            return vectors_in(answer, len(texts))
        except InvalidInput as error:
            where = f"{error.field} " if error.field else ""
            raise BadUpstreamAnswer(f"{client.settings.name} answered wrong: {where}{error}") from error
