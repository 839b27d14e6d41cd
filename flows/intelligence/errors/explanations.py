"""Finding the explanation of an error among any collection of texts.

Terms of four kinds, each in a namespace of its own: stemmed words, identifiers as they are
written, names of exceptions, and what today's Python parser says about code that a text shows
(document expansion: Nogueira et al. 2019, "Document Expansion by Query Prediction"; here the
parser predicts the query). A query is expanded with the knowledge base, which knows how versions
of a tool word the same error and what it is about.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.intelligence.errors.bm25f import Field, Index
from flows.intelligence.errors.python_syntax import said_about
from flows.intelligence.errors.text import (
    error_types,
    normalise,
    quoted_names,
    symbol_names,
    without_places,
    without_types,
    words,
)

WORDS, CODE, TYPES, SAID = "words", "code", "types", "said"
FIELDS: Mapping[str, Field] = {
    WORDS: Field(1.0, 0.6),
    CODE: Field(0.6, 0.6),
    TYPES: Field(1.0, 0.3),
    SAID: Field(2.0, 0.3),
}
TYPE_WEIGHT = 2.0
NAME_WEIGHT = 0.6
SYMBOL_WEIGHT = 0.6
#: All words of an expansion together weigh this share of the message, and one word at most this.
EXPANSION_SHARE, EXPANSION_MOST = 0.8, 0.5
#: A message names the types of the values at hand; which error it is does not depend on them.
VALUE_TYPE_WEIGHT = 0.7
VALUE_TYPES = frozenset(
    {"bool", "builtin_function_or_method", "bytes", "complex", "dict", "float", "frozenset", "function"}
    | {"generator", "int", "list", "method", "module", "NoneType", "number", "object", "range", "set"}
    | {"str", "string", "tuple", "type"}
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A text that explains an error."""

    id: str
    text: str


class Explanations:
    """A collection of explanations, indexed once."""

    def __init__(self, documents: Sequence[Explanation]) -> None:
        self._ids = [document.id for document in documents]
        self._index = Index([_fields(document.text) for document in documents], FIELDS)

    def rank(self, message: str, expansion: str = "") -> list[str]:
        """The ids of all explanations, best first; those of one score in the collection's order."""
        scores = self._index.scores(query_terms(message, expansion))
        places = sorted(range(len(self._ids)), key=lambda place: (-scores.get(place, 0.0), place))
        return [self._ids[place] for place in places]


def query_terms(message: str, expansion: str = "") -> dict[str, float]:
    """The terms of a message with their weights; of terms that come twice the higher weight counts."""
    text = without_places(normalise(message))
    terms = dict.fromkeys(words(" ".join(symbol_names(text))), SYMBOL_WEIGHT)
    _raise(terms, _names(quoted_names(text)), NAME_WEIGHT)
    _raise(terms, _types(text), TYPE_WEIGHT)
    _raise(terms, words(without_types(text)), 1.0)
    value_types = VALUE_TYPES.intersection(quoted_names(text))
    for term in {*_names(value_types), *words(" ".join(value_types))} & terms.keys():
        terms[term] *= VALUE_TYPE_WEIGHT
    return _expanded(terms, set(words(expansion)))


def _expanded(terms: dict[str, float], expansion: set[str]) -> dict[str, float]:
    new = expansion - terms.keys()
    weight = min(EXPANSION_MOST, EXPANSION_SHARE * sum(terms.values()) / len(new)) if new else 0.0
    return {
        term: terms.get(term, 0.0) + weight * (term in expansion)
        for term in {**terms, **dict.fromkeys(sorted(new))}
    }


def _raise(terms: dict[str, float], more: Iterable[str], weight: float) -> None:
    for term in more:
        terms[term] = max(weight, terms.get(term, 0.0))


def _fields(text: str) -> dict[str, list[str]]:
    plain = without_places(normalise(text))
    return {
        WORDS: list(words(without_types(plain))),
        CODE: list(_names(quoted_names(plain))),
        TYPES: list(_types(plain)),
        SAID: [word for message in said_about(text) for word in words(message)],
    }


def _names(names: Iterable[str]) -> Iterable[str]:
    return (f"`{name}" for name in names)


def _types(text: str) -> Iterable[str]:
    return (f"!{name}" for name in error_types(text))
