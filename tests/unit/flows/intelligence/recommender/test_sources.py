"""What the sources say about a history."""

import pytest

from flows.intelligence.recommender.interactions import Step
from flows.intelligence.recommender.popularity import Trend
from flows.intelligence.recommender.sources import NAMES, Sources, evidence, learn

EMPTY = ({}, {}, {}, {})
SOURCES = Sources(
    size=4,
    next=({1: 1.0}, {2: 1.0}, {}, {}),
    later=({1: 0.5, 3: 0.5}, {3: 1.0}, {}, {}),
    together=EMPTY,
    similar=({2: 1.0}, {}, {}, {}),
    order={1: 0.6, -1: 0.2},
    popular={0: 0.4, 1: 0.3, 2: 0.2, 3: 0.1},
    trend=Trend((100.0, 200.0), ({1: 1.0}, {2: 0.5, 3: 0.5})),
)


def test_next_and_order_speak_of_the_newest_item_only() -> None:
    """After items 0 and 1 the chain and the catalogue's sequence go on from 1."""
    found = evidence(SOURCES, [0, 1], None, [])
    assert found.shares["next"] == {2: 1.0}
    assert found.shares["order"] == {2: 0.6, 0: 0.2}


def test_older_items_speak_more_quietly() -> None:
    """Each item says seven tenths of what the one after it says; together they weigh 1."""
    found = evidence(SOURCES, [0, 1], None, [])
    older = 0.7 / 1.7
    assert found.shares["later"] == {3: pytest.approx(1 - older + older / 2), 1: pytest.approx(older / 2)}
    assert [(place, weight) for place, _, weight in found.voices["later"]] == [
        (1, pytest.approx(1 - older)),
        (0, pytest.approx(older)),
    ]


def test_what_is_excluded_is_in_no_source() -> None:
    """Excluded places appear nowhere, popularity and trend included, and the sources keep theirs."""
    found = evidence(SOURCES, [0, 1], None, [0, 1, 3])
    assert {place for shares in found.shares.values() for place in shares} == {2}
    assert SOURCES.popular == {0: 0.4, 1: 0.3, 2: 0.2, 3: 0.1}
    assert SOURCES.trend.rows[1] == {2: 0.5, 3: 0.5}


def test_the_time_decides_the_trend() -> None:
    """The trend is the one of the time asked for, without a time the newest."""
    assert evidence(SOURCES, [], 150.0, []).shares["trending"] == {1: 1.0}
    assert evidence(SOURCES, [], None, []).shares["trending"] == {2: 0.5, 3: 0.5}


def test_without_a_history_only_everybody_speaks() -> None:
    """Popularity and trend need no history, all others say nothing."""
    shares = evidence(SOURCES, [], None, []).shares
    assert set(shares) == set(NAMES)
    assert [name for name, row in shares.items() if row] == ["popular", "trending"]


def test_of_a_long_history_fifteen_items_speak() -> None:
    """Items before the fifteenth from the end are not heard."""
    found = evidence(SOURCES, [0, *([1] * 15)], None, [])
    assert found.shares["later"] == {3: pytest.approx(1.0)}
    assert found.shares["similar"] == {}


def test_learning_fills_every_source() -> None:
    """One log teaches all sources; likeness is taken as given and sets the size."""
    past = {"ann": [Step(0, 0.0), Step(1, 10.0)], "bob": [Step(0, 0.0), Step(1, 20.0)]}
    alike = ({2: 1.0}, {}, {0: 1.0})
    learned = learn(past, alike)
    assert learned.size == 3
    assert learned.next == ({1: 1.0}, {}, {})
    assert learned.later == ({1: 1.0}, {0: 1.0}, {})
    assert learned.together == ({1: 1.0}, {0: 1.0}, {})
    assert learned.similar == alike
    assert learned.order == {1: 1.0}
    assert learned.popular == {0: 0.5, 1: 0.5}
    assert learned.trend.times == (20.0,)
