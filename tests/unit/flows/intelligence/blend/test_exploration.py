"""Exploration: chance within bounds, and its propensities."""

from collections import Counter

import pytest

from flows.intelligence.blend.exploration import explored
from flows.intelligence.ranker.item import Item
from flows.intelligence.ranker.scoring import Ranked


def ranked(*scores: float) -> list[Ranked]:
    return [
        Ranked(item=Item(id=f"i{n}", type="prompt", title=""), score=score, contributions=(), position=n)
        for n, score in enumerate(scores, start=1)
    ]


def draw(given: list[Ranked], seed: str, floor: float = 0.1, pool: int = 3) -> list[Ranked]:
    return list(explored(given, seed=seed, temperature=0.1, floor=floor, pool=pool))


def test_nothing_is_lost_and_the_same_seed_draws_the_same() -> None:
    """An order of all items, with positions from 1 on."""
    given = ranked(0.9, 0.8, 0.7, 0.6)
    first, again = draw(given, "a"), draw(given, "a")
    assert first == again
    assert sorted(one.item.id for one in first) == ["i1", "i2", "i3", "i4"]
    assert [one.position for one in first] == [1, 2, 3, 4]


def test_what_is_beyond_the_pool_stays_without_propensity() -> None:
    """Only the pool is drawn from."""
    for seed in "abcdefgh":
        last = draw(ranked(0.9, 0.8, 0.7, 0.6), seed)[-1]
        assert (last.item.id, last.propensity) == ("i4", None)


@pytest.mark.parametrize("seed", ["a", "b", "c", "d", "e"])
def test_no_draw_gives_less_than_the_floor(seed: str) -> None:
    """However bad the score, the propensity of each drawn place is at least the floor."""
    for one in draw(ranked(0.9, 0.1, 0.0), seed):
        assert one.propensity is not None
        assert 0.1 <= one.propensity <= 1


def test_propensities_are_what_happens() -> None:
    """Over many seeds each item comes first about as often as its propensity says."""
    given = ranked(0.9, 0.85, 0.7)
    firsts = [draw(given, str(seed))[0] for seed in range(4000)]
    shares = Counter(one.item.id for one in firsts)
    stated = {one.item.id: one.propensity for one in firsts}
    assert sum(value or 0 for value in stated.values()) == pytest.approx(1.0, abs=1e-5)
    for item, share in shares.items():
        assert share / 4000 == pytest.approx(stated[item], abs=0.03)


def test_a_floor_that_cannot_be_kept_draws_evenly() -> None:
    """Three items cannot have .5 each: then each has a third."""
    assert draw(ranked(0.9, 0.5, 0.1), "a", floor=0.5)[0].propensity == 0.333333


def test_nothing_to_draw_from() -> None:
    """No items, no order."""
    assert draw([], "a") == []
