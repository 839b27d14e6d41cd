"""How well the explanation of an error is found from its message alone, beside plain BM25.

Documents are the explanations without their messages, queries the messages. Several errors can
have the same message (old versions of Python say "invalid syntax" for most), and no ranker can put
more than one of their explanations first: ``ceiling`` is the best R@1 that there can be.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.errors import InvalidInput
from flows.intelligence.errors.bm25f import Field, Index
from flows.intelligence.errors.bridge import expansion
from flows.intelligence.errors.explanations import Explanation, Explanations
from flows.intelligence.errors.text import words

CUTOFFS = (1, 3, 10)
KNOWLEDGE, BM25 = "knowledge base", "BM25"


@dataclass(frozen=True, slots=True)
class Query:
    """A message, and the id of the explanation that belongs to it."""

    id: str
    message: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Recall by ranker and cutoff, each 0 to 1, for so many queries over so many documents."""

    documents: int
    queries: int
    ceiling: float
    recall: Mapping[str, Mapping[int, float]]


#: The ids of all documents for a message, best first.
Ranker = Callable[[str], Sequence[str]]


def parse_explanations(text: str, source: str) -> list[Explanation]:
    """Documents from JSON: a list of objects with ``id`` and ``explanation``; raises InvalidInput."""
    rows = [
        Explanation(_field(row, "id", place, source), _field(row, "explanation", place, source))
        for place, row in enumerate(_rows(text, source))
    ]
    if len({row.id for row in rows}) < len(rows):
        raise InvalidInput(f"{source}: two documents have the same id", field=source)
    return rows


def parse_queries(text: str, source: str, documents: Sequence[Explanation]) -> list[Query]:
    """Queries from JSON: objects with ``id`` (of a document) and ``error``; raises InvalidInput."""
    known = {document.id for document in documents}
    rows = [
        Query(_field(row, "id", place, source), _field(row, "error", place, source))
        for place, row in enumerate(_rows(text, source))
    ]
    for place, row in enumerate(rows):
        if row.id not in known:
            raise InvalidInput(f"{source}: {row.id!r} is no document", field=f"{place}/id")
    return rows


def _rows(text: str, source: str) -> list[Mapping[str, Any]]:
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{source}: is no JSON: {error}", field=source) from None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InvalidInput(f"{source}: must be a list of objects that is not empty", field=source)
    return rows


def _field(row: Mapping[str, Any], name: str, place: int, source: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"{source}: {name} of entry {place} must be a text", field=f"{place}/{name}")
    return value


def evaluate(documents: Sequence[Explanation], queries: Sequence[Query]) -> Evaluation:
    """Rank all documents for each query (at least one), with the knowledge base and without it."""
    rankers = {KNOWLEDGE: knowledge_ranker(documents), BM25: bm25_ranker(documents)}
    recall = {name: _recall(ranker, queries) for name, ranker in rankers.items()}
    ceiling = len({query.message for query in queries}) / len(queries)
    return Evaluation(len(documents), len(queries), ceiling, recall)


def knowledge_ranker(documents: Sequence[Explanation]) -> Ranker:
    """The engine of the service: fields, what the parser says, expansion by the knowledge base."""
    engine = Explanations(documents)
    return lambda message: engine.rank(message, expansion(message))


def bm25_ranker(documents: Sequence[Explanation]) -> Ranker:
    """Plain BM25 over stemmed words, the baseline."""
    index = Index([{"text": words(document.text)} for document in documents], {"text": Field()})

    def rank(message: str) -> Sequence[str]:
        scores = index.scores(dict.fromkeys(words(message), 1.0))
        places = sorted(range(len(documents)), key=lambda place: (-scores.get(place, 0.0), place))
        return [documents[place].id for place in places]

    return rank


def _recall(ranker: Ranker, queries: Sequence[Query]) -> dict[int, float]:
    places = [ranker(query.message).index(query.id) for query in queries]
    return {cutoff: sum(place < cutoff for place in places) / len(places) for cutoff in CUTOFFS}
