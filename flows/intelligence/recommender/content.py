"""Items that are about the same: cosine of TF-IDF vectors over title, text, tags and level.

TF-IDF with logarithmic term frequency (Salton & Buckley 1988). Tags and levels are terms of
their own kind, so that the tag ``word`` is not the word "word".
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import log, sqrt

from flows.intelligence.recommender.interactions import Item
from flows.intelligence.recommender.neighbours import Neighbours, all_shares

TITLE_WEIGHT, TAG_WEIGHT, LEVEL_WEIGHT = 3, 5, 3  #: As many times the term counts.
COMMON = 0.5  #: A term in more than this share of all items tells nothing.
LONGEST = 60  #: Terms kept per item, those that tell most.
SHARPNESS = 2  #: Exponent on the cosine: near neighbours stand out from middling ones.

Vector = dict[str, float]


def similar(items: Sequence[Item]) -> Neighbours:
    """For each item those whose content is most alike."""
    vectors = vectors_of(items)
    postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for place, vector in enumerate(vectors):
        for term, weight in vector.items():
            postings[term].append((place, weight))
    cosines: dict[int, dict[int, float]] = {}
    for place, vector in enumerate(vectors):
        row: defaultdict[int, float] = defaultdict(float)
        for term, weight in vector.items():
            for other, other_weight in postings[term]:
                row[other] += weight * other_weight
        row.pop(place, None)
        cosines[place] = {other: cosine**SHARPNESS for other, cosine in row.items()}
    return all_shares(cosines, len(items))


def vectors_of(items: Sequence[Item]) -> list[Vector]:
    """Vectors of length 1 (or 0, for an item that says nothing of its own)."""
    counts = [_terms(item) for item in items]
    spread = Counter(term for terms in counts for term in terms)
    size = len(items)
    idf = {term: log(size / n) for term, n in spread.items() if n <= max(1, COMMON * size)}
    return [
        _unit({term: (1 + log(n)) * idf[term] for term, n in terms.items() if term in idf})
        for terms in counts
    ]


def _terms(item: Item) -> Counter[str]:
    terms = Counter(words(item.text))
    for word in words(item.title):
        terms[word] += TITLE_WEIGHT
    for tag in item.tags:
        terms[f"tag:{tag.lower()}"] += TAG_WEIGHT
    if item.level is not None:
        terms[f"level:{item.level.lower()}"] += LEVEL_WEIGHT
    return terms


def words(text: str) -> Iterable[str]:
    """Words of at least two letters or digits, in lower case."""
    return re.findall(r"\w\w+", text.lower())


def _unit(vector: Vector) -> Vector:
    strongest = sorted(vector.items(), key=lambda pair: (-pair[1], pair[0]))[:LONGEST]
    length = sqrt(sum(weight * weight for _, weight in strongest))
    return {term: weight / length for term, weight in strongest if weight > 0}
