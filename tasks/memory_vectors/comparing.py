"""Comparing an index with the rows that say what it holds, a page at a time."""

from collections import Counter
from datetime import datetime, timedelta

from flows.memory.embeddings.port import VectorIndex
from flows.memory.embeddings.qdrant import MOST_NUMBER
from tasks.store.vector_rows import VectorRows

PAGE = 500

#: Clocks of processes differ by less.
SPARE = timedelta(seconds=30)


def compare(rows: VectorRows, index: VectorIndex, collection: str, now: datetime) -> Counter[str]:
    """Take points out that have no row, and have points made again that are not there; says how many.

    A page of points is read before its rows: a row is there before its point, so a point without one
    belongs to nobody. Raises PortUnavailable.
    """
    if index.count(collection) == 0:
        return Counter(lost=rows.lost(collection))
    found, low = Counter[str](), 0
    while low <= MOST_NUMBER:
        numbers = set(index.numbers(collection, low, PAGE))
        high = max(numbers) if len(numbers) == PAGE else MOST_NUMBER
        there = rows.between(collection, low, high, now - SPARE)
        if strangers := numbers - there.keys():
            index.remove(collection, strangers)
            found["strange"] += len(strangers)
        if missing := {number for number, settled in there.items() if settled} - numbers:
            found["lost"] += rows.lost(collection, missing)
        low = high + 1
    return found
