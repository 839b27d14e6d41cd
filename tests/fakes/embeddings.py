"""An embedding model that really listens: texts with common words get vectors that lie close together.

It speaks Ollama's ``/api/embed`` and OpenAI's ``/v1/embeddings``, and refuses what neither knows.
"""

import json
from hashlib import blake2b
from math import hypot
from typing import Any

from flows.memory.words import words
from tests.fakes.upstream_server import Call, UpstreamServer

DIMENSION = 384
PREFIXES = ("search_query: ", "search_document: ")

#: Words that mean the same to this model.
SYNONYMS = {"freeze": "hang", "frozen": "hang", "stuck": "hang", "laptop": "computer", "machine": "computer"}


class FakeEmbeddings(UpstreamServer):
    """The server. ``most_characters`` is what it takes of one text; ``dimension`` of its vectors."""

    def __init__(self, model: str = "nomic-embed-text") -> None:
        super().__init__()
        self.model, self.dimension, self.most_characters = model, DIMENSION, 1_000_000
        self.embedded: list[str] = []

    def respond(self, call: Call) -> tuple[int, bytes]:
        """Vectors in the form of the path."""
        body = json.loads(call.body)
        texts = body.get("input")
        ollama = call.path == "/api/embed"
        known = (
            {"model", "input", "truncate", "keep_alive"} if ollama else {"model", "input", "encoding_format"}
        )
        if set(body) - known or not isinstance(texts, list) or not texts:
            return 400, b'{"error": "invalid input"}'
        if body["model"] != self.model:
            return 404, json.dumps(
                {"error": f"model {body['model']!r} not found, try pulling it first"}
            ).encode()
        if any(len(text) > self.most_characters for text in texts):
            return 500, b'{"error": "input is too large to process. increase the physical batch size"}'
        self.embedded += texts
        vectors = [vector_of(text, self.dimension) for text in texts]
        if ollama:
            return 200, json.dumps({"model": self.model, "embeddings": vectors}).encode()
        data = [{"index": n, "object": "embedding", "embedding": each} for n, each in enumerate(vectors)]
        answer: dict[str, Any] = {"object": "list", "model": self.model, "data": data[::-1]}
        return 200, json.dumps(answer).encode()


def vector_of(text: str, dimension: int = DIMENSION) -> list[float]:
    """Counts of words, each at a place of its own as good as always, of length 1."""
    for prefix in PREFIXES:
        text = text.removeprefix(prefix)
    vector = [0.0] * dimension
    for word in words(text):
        place = blake2b(SYNONYMS.get(word, word).encode("utf-8", "replace"), digest_size=4).digest()
        vector[int.from_bytes(place, "big") % dimension] += 1.0
    length = hypot(*vector)
    return [value / length for value in vector] if length else [1.0] + [0.0] * (dimension - 1)
