"""What follows an item: directly, and soon."""

import pytest

from flows.intelligence.recommender.interactions import Step
from flows.intelligence.recommender.transitions import bond, later_items, next_items


def steps(*items: int, apart: float = 0.0) -> list[Step]:
    return [Step(item, number * apart) for number, item in enumerate(items)]


def test_next_items_are_direct_successors() -> None:
    """Only the step right after counts, as a share of all steps from that item."""
    past = {"ann": steps(0, 1, 2), "bob": steps(0, 1), "eve": steps(0, 2), "dan": steps(0, 1)}
    assert next_items(past, 4) == ({1: 0.75, 2: 0.25}, {2: 1.0}, {}, {})


def test_a_weak_step_counts_less() -> None:
    """The strength of the step that follows is its weight."""
    past = {"ann": [Step(0, 0.0), Step(1, 1.0, 0.25)], "bob": [Step(0, 0.0), Step(2, 1.0, 0.75)]}
    assert next_items(past, 3)[0] == {2: 0.75, 1: 0.25}
    assert later_items(past, 3)[0] == {2: 0.75, 1: 0.25}


def test_later_items_count_less_with_every_step_between() -> None:
    """One over the distance: 1, 1/2, 1/3, 1/4, 1/5, and nothing beyond five steps."""
    row = later_items({"ann": steps(0, 1, 2, 3, 4, 5, 6)}, 7)[0]
    assert list(row) == [1, 2, 3, 4, 5]
    assert row[1] / row[5] == pytest.approx(5.0, rel=1e-3)
    assert row[2] / row[4] == pytest.approx(2.0, rel=1e-3)


def test_later_items_count_a_little_backward() -> None:
    """What came before is a neighbour too, with three tenths of the weight of what came after."""
    assert later_items({"ann": steps(0, 1, 2)}, 3)[1] == {2: 0.76923, 0: 0.23077}


def test_another_sitting_hardly_counts() -> None:
    """An hour between two steps halves what binds them but for the tenth that always stays."""
    assert bond(0.0) == 1.0
    assert bond(3600.0) == pytest.approx(0.55)
    assert bond(7200.0) == pytest.approx(0.325)
    assert bond(30 * 86400.0) == pytest.approx(0.1)


def test_later_items_prefer_the_same_sitting() -> None:
    """Of two followers the one within minutes weighs more than the one of next month."""
    past = {"ann": steps(0, 1), "bob": steps(0, 2, apart=30 * 86400.0)}
    assert later_items(past, 3)[0] == {1: 0.90909, 2: 0.09091}


def test_one_step_leads_nowhere() -> None:
    """A person with one item teaches no transition."""
    assert next_items({"ann": steps(0)}, 1) == ({},)
    assert later_items({"ann": steps(0)}, 1) == ({},)
