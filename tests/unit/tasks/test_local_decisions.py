"""Decisions of answers that were computed without a job: stored soon and once, however the database is."""

from collections import Counter
from collections.abc import Mapping
from typing import cast

import pytest
from prometheus_client import REGISTRY

from flows.errors import PortUnavailable
from tasks.decision_log import DecisionLog
from tasks.local_decisions import LocalDecisions


class Store:
    """Stands in for the decision log: stores, once it is there."""

    def __init__(self) -> None:
        self.there, self.stored = False, dict[str, str]()

    def store(self, texts: Mapping[str, str]) -> Counter[str]:
        if not self.there:
            raise PortUnavailable("the database did not answer")
        self.stored |= texts
        return Counter(stored=len(texts))


@pytest.fixture
def store() -> Store:
    return Store()


def lost() -> float:
    return REGISTRY.get_sample_value("learning_decisions_total", {"fate": "lost"}) or 0.0


def test_they_are_stored_by_themselves(store: Store) -> None:
    """A decision that was handed over is in the store a moment later, nobody asking."""
    store.there = True
    LocalDecisions(cast(DecisionLog, store)).put("a", "text")
    while not store.stored:
        pass
    assert store.stored == {"a": "text"}


def test_they_wait_for_the_database(store: Store) -> None:
    """What could not be stored is tried again, and gone once it was."""
    decisions = LocalDecisions(cast(DecisionLog, store))
    decisions.put("a", "text")
    with pytest.raises(PortUnavailable):
        decisions.store()
    store.there = True
    while not store.stored:
        pass
    while decisions.store():
        pass
    assert store.stored == {"a": "text"}


def test_more_than_fit_are_counted(store: Store) -> None:
    """Memory is bounded: what finds no place is counted as lost."""
    decisions = LocalDecisions(cast(DecisionLog, store), most=2)
    before = lost()
    for name in ("a", "b", "c"):
        decisions.put(name, "text")
    assert lost() == before + 1
