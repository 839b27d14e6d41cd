"""The words of a text about code, as they are indexed and searched.

An identifier counts as a whole and in its parts: ``useEffect``, ``use_effect`` and "use effect" find
each other. Everything that is no letter and no digit separates words, so no query has operators.
Plurals lose their s by Harman's S-stemmer ("How effective is suffixing?", JASIS 1991): code words
suffer from a stronger one.
"""

import re
from collections.abc import Iterator
from hashlib import blake2b
from unicodedata import normalize

from flows.memory.model import Memory

MAX_WORDS = 400  #: Of one memory; what comes later is not found by.
MAX_QUERY = 4_000  #: Characters of a query that are read.
LONGEST_WORD = 48  #: What is longer is no word (base64, minified code); its beginning stands for it.
STEMMED_FROM = 4  #: Letters; shorter words such as "css" and "os" end in an s of their own.
TITLE_COUNTS = 2  #: A word in the title says more about what a memory is about.

#: Words of English sentences that say nothing about code; a small bank cannot learn that they are common.
STOP_WORDS = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "does", "for", "from", "had"),
        *("has", "have", "how", "i", "in", "is", "it", "its", "my", "of", "on", "or", "so", "that", "the"),
        *("their", "then", "there", "these", "this", "to", "was", "we", "were", "what", "when", "where"),
        *("which", "while", "why", "will", "with", "you", "your"),
    )
)

_IDENTIFIER = re.compile(r"[^\W_]+(?:_+[^\W_]+)*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(text: str) -> Iterator[str]:
    """The words of a text in lower case, in order, as often as they occur."""
    for found in _IDENTIFIER.finditer(normalize("NFKC", text)):
        identifier = found[0]
        whole = identifier.replace("_", "")
        parts = _PART.findall(identifier) if identifier.isascii() else identifier.split("_")
        for part in [whole, *parts] if len(parts) > 1 else [whole]:
            word = _stemmed(part.casefold()[:LONGEST_WORD])
            if word not in STOP_WORDS:
                yield word


def memory_words(memory: Memory) -> list[str]:
    """The words that a memory is found by."""
    named = " ".join([memory.error, memory.skill or "", *memory.tags])
    found = [*list(words(memory.title)) * TITLE_COUNTS, *words(named), *words(memory.text)]
    return found[:MAX_WORDS]


def query_words(query: str) -> list[str]:
    """The different words of a query, in order."""
    return list(dict.fromkeys(words(query[:MAX_QUERY])))


def term(organisation: str, word: str) -> str:
    """A word as it stands in an index: ASCII letters and digits only, and of one organisation.

    So every organisation has posting lists of its own inside the one index of a database, and no
    tokenizer of a database takes a word apart.
    """
    ours = blake2b(organisation.encode("utf-8", "replace"), digest_size=4).hexdigest()
    plain = word.isascii() and word.isalnum()
    return ours + (word if plain else blake2b(word.encode("utf-8", "replace"), digest_size=8).hexdigest())


def _stemmed(word: str) -> str:
    if len(word) < STEMMED_FROM or not word.endswith("s") or word.endswith(("ss", "us")):
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    return word[:-1]
