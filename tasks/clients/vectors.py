"""The two upstreams that finding memories by meaning needs: a server of an embedding model, and Qdrant.

Each is called through two clients. One is for questions of people, with a breaker to which slow is as bad
as dead; the other for filling the index, where a batch takes seconds on purpose.
"""

from collections.abc import Mapping

from config.settings import Settings
from flows.memory.embeddings.texts import Prefixes
from flows.upstreams.breaker import BreakerSettings
from flows.upstreams.retry import RetryPolicy
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tasks.clients.embeddings import UpstreamEmbedder
from tasks.clients.qdrant import Qdrant

EMBEDDINGS, EMBEDDINGS_PATIENT = "embeddings", "embeddings_patient"
QDRANT, QDRANT_PATIENT = "qdrant", "qdrant_patient"
NAMES = (EMBEDDINGS, EMBEDDINGS_PATIENT, QDRANT, QDRANT_PATIENT)

SLOW_IN_THE_BACKGROUND_S = 60.0
PATIENCE = {
    # A text that a server does not take is an error, too, and there may be four in a row of these. A server
    # that hangs costs a worker 20 s each time: it is left alone for longer than one that is dead.
    EMBEDDINGS_PATIENT: BreakerSettings(
        slow_s=SLOW_IN_THE_BACKGROUND_S, share=0.9, in_a_row=5, first_open_s=60.0, longest_open_s=300.0
    ),
    QDRANT_PATIENT: BreakerSettings(slow_s=SLOW_IN_THE_BACKGROUND_S, share=0.9, in_a_row=10),
}
#: A batch of vectors with thousands of numbers each is some megabytes of JSON.
MOST_BYTES_OF_A_BATCH = 16 * 1024 * 1024
ONCE = RetryPolicy(attempts=1)  #: The next run tries again what a run could not do.
#: A question's time is short: what it misses by a lost connection may be tried once more.
HASTE = RetryPolicy(attempts=2, first_wait_s=0.002, least_attempt_s=0.003)


def vectors_lack(settings: Settings) -> tuple[str, ...]:
    """What is still to be set for memories to be found by vectors; all of it when they are off."""
    asked = {
        "QDRANT_URL": settings.qdrant_url,
        "EMBEDDING_MODEL": settings.embedding_model,
        "EMBEDDING_URL or OLLAMA_URL": _embedding_url(settings),
    }
    return tuple(name for name, value in asked.items() if not value)


def vectors_hint(settings: Settings) -> str | None:
    """A sentence for who began to switch vectors on and forgot something; None when all is well."""
    if not (settings.qdrant_url or settings.embedding_model):
        return None
    lacking = vectors_lack(settings)
    return (
        f"memories are found by their words alone: {' and '.join(lacking)} must be set" if lacking else None
    )


def vector_upstreams(settings: Settings) -> list[UpstreamSettings]:
    """How both are treated, when all is set."""
    if vectors_lack(settings):
        return []
    token = {"Authorization": f"Bearer {settings.embedding_token}"} if settings.embedding_token else {}
    budget_s = settings.memory_vectors_ms / 1000
    return [
        *_two(EMBEDDINGS, EMBEDDINGS_PATIENT, str(_embedding_url(settings)), token, budget_s, budget_s / 2),
        *index_upstreams(settings),
    ]


def index_upstreams(settings: Settings) -> list[UpstreamSettings]:
    """How Qdrant is treated, whose address is set."""
    key = {"api-key": settings.qdrant_api_key} if settings.qdrant_api_key else {}
    # The search gets what the model has left, which is little at times.
    return _two(
        QDRANT, QDRANT_PATIENT, str(settings.qdrant_url), key, settings.memory_vectors_ms / 1000, 0.004
    )


def embedder_of(upstreams: Mapping[str, UpstreamClient], settings: Settings) -> UpstreamEmbedder:
    """The embedding model; ``upstreams`` has the clients of ``vector_upstreams``."""
    model = settings.embedding_model or ""
    usual = Prefixes.of_model(model)
    query, document = settings.embedding_query_prefix, settings.embedding_document_prefix
    prefixes = Prefixes(
        usual.query if query is None else query, usual.document if document is None else document
    )
    api = settings.embedding_api or ("ollama" if settings.llm_api == "ollama" else "openai")
    return UpstreamEmbedder(
        upstreams[EMBEDDINGS], upstreams[EMBEDDINGS_PATIENT], model, api, prefixes, settings.qdrant_collection
    )


def index_of(upstreams: Mapping[str, UpstreamClient]) -> Qdrant:
    """The index; ``upstreams`` has the clients of ``vector_upstreams``."""
    return Qdrant(upstreams[QDRANT], upstreams[QDRANT_PATIENT])


def _embedding_url(settings: Settings) -> str | None:
    """At the language model's server unless said otherwise."""
    return settings.embedding_url or settings.ollama_url


def _two(
    name: str, patient: str, url: str, headers: Mapping[str, str], slow_s: float, fair_s: float
) -> list[UpstreamSettings]:
    at_leisure = PATIENCE[patient]
    return [
        UpstreamSettings(name, url, BreakerSettings(slow_s=slow_s), HASTE, fair_s=fair_s, headers=headers),
        UpstreamSettings(patient, url, at_leisure, ONCE, most_bytes=MOST_BYTES_OF_A_BATCH, headers=headers),
    ]
