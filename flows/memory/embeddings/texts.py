"""What of a memory and of a question goes to an embedding model, and what a model wants to read before it.

The prefixes are those of the models' own cards. A model that was trained with prefixes finds much less
without them.
"""

import re
from dataclasses import dataclass
from hashlib import blake2b

from flows.memory.embeddings.port import Purpose
from flows.memory.model import Memory

#: Characters; most models read 256 to 512 tokens of three to four characters and cut the rest.
MAX_DOCUMENT, MAX_QUESTION = 2_000, 1_000

SHORT = 400  #: What a server gets of a text that was too long for it.

_BGE = "Represent this sentence for searching relevant passages: "
_QWEN = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"

#: By the beginning of a model's name, without its owner: what goes before a question, and before a document.
PREFIXES: tuple[tuple[str, str, str], ...] = (
    (r"nomic-embed-text", "search_query: ", "search_document: "),
    (r"(multilingual-)?e5-(small|base|large)(?!.*instruct)", "query: ", "passage: "),
    (r"embeddinggemma", "task: search result | query: ", "title: none | text: "),
    (r"qwen3-embedding", _QWEN, ""),
    (r"snowflake-arctic-embed2|snowflake-arctic-embed-.*v2", "query: ", ""),
    (r"mxbai-embed|bge-(small|base|large)-en|snowflake-arctic-embed", _BGE, ""),
)

#: Changes when ``document_of`` does, so that nobody compares vectors of differently made texts.
MADE = "1"


@dataclass(frozen=True, slots=True)
class Prefixes:
    """What goes before each text."""

    query: str = ""
    document: str = ""

    @classmethod
    def of_model(cls, model: str) -> "Prefixes":
        """Those that a model of this name was trained with, none for one that is not known."""
        name = model.rpartition("/")[2].lower()
        for pattern, query, document in PREFIXES:
            if re.match(pattern, name):
                return cls(query, document)
        return cls()

    def before(self, text: str, purpose: Purpose) -> str:
        """A text as the model gets it."""
        return (self.query if purpose is Purpose.QUERY else self.document) + text

    def fingerprint(self, model: str, kept_in: str = "") -> str:
        """Twelve hexadecimal digits for what makes the vectors of documents what and where they are."""
        named = "\0".join((MADE, model, self.document, kept_in))
        return blake2b(named.encode("utf-8", "replace"), digest_size=6).hexdigest()


def document_of(memory: Memory) -> str:
    """What a memory is about, the most telling first, as far as a model reads."""
    about = (memory.title, memory.error, memory.text, " ".join([memory.skill or "", *memory.tags]))
    return "\n".join(part for part in map(str.strip, about) if part)[:MAX_DOCUMENT]


def question_of(query: str) -> str:
    """As much of a question as is embedded; errors come first in it."""
    return query.strip()[:MAX_QUESTION]


def collection_of(prefix: str, model: str, dimension: int, fingerprint: str) -> str:
    """The name of the collection for vectors of this kind: people can read it, and no two kinds share one."""
    slug = re.sub(r"[^a-z0-9.]+", "-", model.lower()).strip("-")[:60] or "model"
    return f"{prefix}-{slug}-{dimension}-{fingerprint}"
