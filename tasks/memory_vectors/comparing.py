"""Comparing an index with the rows that say what it holds, a page at a time."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from flows.memory.embeddings.port import VectorIndex
from flows.memory.embeddings.qdrant import MOST_NUMBER
from tasks.store.vector_rows import BuiltIndex, VectorRows

PAGE = 500

#: Clocks of processes differ by less.
SPARE = timedelta(seconds=30)


def compare(
    rows: VectorRows, index: VectorIndex, built: BuiltIndex, now: datetime, go_on: Callable[[], bool]
) -> tuple[Counter[str], int]:
    """Take points out that have no row, and have points made again that are not there.

    Returns how many, and the number at which the next comparison goes on, 0 when it came to the end.
    A page of points is read before its rows: a row is there before its point, so a point without one
    belongs to nobody. Raises PortUnavailable.
    """
    if index.count(built.collection) == 0:
        return Counter(lost=rows.lost(built.collection)), 0
    found, low = Counter[str](), built.go_on_at
    while low <= MOST_NUMBER:
        numbers = index.numbers(built.collection, low, PAGE)
        there = rows.page(built.collection, low, PAGE, now - SPARE)
        high = min((max(side) for side in (numbers, there) if len(side) == PAGE), default=MOST_NUMBER)
        if strangers := {number for number in numbers if number <= high and number not in there}:
            index.remove(built.collection, strangers)
            found["strange"] += len(strangers)
        settled = {number for number, is_settled in there.items() if is_settled and number <= high}
        if missing := settled.difference(numbers):
            found["lost"] += rows.lost(built.collection, missing)
        low = high + 1
        if low <= MOST_NUMBER and not go_on():
            return found, low
    return found, 0
