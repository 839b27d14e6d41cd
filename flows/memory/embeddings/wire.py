"""What embedding servers are sent and answer, without the wire: Ollama's API, and OpenAI's.

OpenAI's is what llama.cpp, vLLM and Text Embeddings Inference speak too.
"""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from flows.errors import InvalidInput
from flows.json_object import JsonObject
from flows.memory.embeddings.port import Vector

OLLAMA_PATH, OPENAI_PATH = "/api/embed", "/v1/embeddings"
MOST_DIMENSIONS = 16_384


def ollama_call(texts: Sequence[str], model: str) -> tuple[str, dict[str, Any]]:
    """Path and body; the model stays loaded, since a question has no time to wait for it."""
    return OLLAMA_PATH, {"model": model, "input": list(texts), "truncate": True, "keep_alive": -1}


def ollama_vectors(answer: object, texts: int) -> list[Vector]:
    """So many vectors, in order. Raises InvalidInput."""
    return checked(JsonObject.of(answer).values.get("embeddings"), texts)


def openai_call(texts: Sequence[str], model: str) -> tuple[str, dict[str, Any]]:
    """Path and body."""
    return OPENAI_PATH, {"model": model, "input": list(texts), "encoding_format": "float"}


def openai_vectors(answer: object, texts: int) -> list[Vector]:
    """So many vectors, in the order of their ``index``. Raises InvalidInput."""
    data = JsonObject.of(answer).objects("data")
    placed = {each.count("index"): each.values.get("embedding") for each in data}
    if sorted(placed) != list(range(len(data))):
        raise InvalidInput("must number all vectors, each once", field="data")
    return checked([placed[place] for place in range(len(data))], texts)


def checked(found: object, texts: int) -> list[Vector]:
    """Vectors, one per text, all of one length. Raises InvalidInput for anything else."""
    if not isinstance(found, list) or len(found) != texts:
        raise InvalidInput(f"must be a list of {texts} vectors", field="embeddings")
    vectors = [_vector(each) for each in found]
    if len({len(vector) for vector in vectors}) > 1:
        raise InvalidInput("must be vectors of one length", field="embeddings")
    return vectors


def _vector(found: object) -> Vector:
    if not isinstance(found, list) or not 0 < len(found) <= MOST_DIMENSIONS:
        raise InvalidInput(f"a vector must have 1 to {MOST_DIMENSIONS} numbers", field="embeddings")
    numbers = [value for value in found if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) != len(found) or not all(abs(value) < 1e30 and isfinite(value) for value in numbers):
        raise InvalidInput("a vector must have finite numbers", field="embeddings")
    vector = tuple(map(float, numbers))
    if not any(vector):
        raise InvalidInput("a vector of zeros has no direction", field="embeddings")
    return vector
