"""How people move on in the catalogue's own sequence."""

from flows.intelligence.recommender.catalogue_order import around, distances
from flows.intelligence.recommender.interactions import Step


def steps(*items: int) -> list[Step]:
    return [Step(item, float(number)) for number, item in enumerate(items)]


def test_distances_are_shares_of_all_steps() -> None:
    """From one step to the next: how many places on, or back."""
    assert distances({"ann": steps(3, 4, 5, 2), "bob": steps(8, 9)}) == {-3: 0.25, 1: 0.75}


def test_far_steps_count_but_are_not_told_apart() -> None:
    """A step beyond twenty places says nothing, and makes the others rarer."""
    assert distances({"ann": steps(0, 20), "bob": steps(0, 21), "eve": steps(41, 21)}) == {
        -20: 0.33333,
        20: 0.33333,
    }


def test_no_steps_no_distances() -> None:
    """People with one item each teach no sequence."""
    assert distances({"ann": steps(3), "bob": steps(4)}) == {}


def test_around_stays_within_the_catalogue() -> None:
    """Places before the first and after the last are left out."""
    order = {-1: 0.2, 1: 0.5, 2: 0.3}
    assert around(order, 0, 3) == {1: 0.5, 2: 0.3}
    assert around(order, 1, 3) == {0: 0.2, 2: 0.5}
    assert around(order, 2, 3) == {1: 0.2}
