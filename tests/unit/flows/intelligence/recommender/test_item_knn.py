"""Items with the same audience."""

import pytest

from flows.intelligence.recommender.interactions import Step
from flows.intelligence.recommender.item_knn import together


def audience(*people: str, strength: float = 1.0) -> dict[str, list[Step]]:
    """Everybody by the digits of the items that they took up."""
    return {
        f"{number}": [Step(int(item), 0.0, strength) for item in items] for number, items in enumerate(people)
    }


def test_similarity_is_shrunk_cosine() -> None:
    """Pairs over own people^.6 times other's people^.4 plus 20, as shares of the row."""
    row = together(audience("01", "01", "02"), 3)[0]
    first, second = 2 / (3**0.6 * 2**0.4 + 20), 1 / (3**0.6 * 1 + 20)
    assert row == {1: 0.66047, 2: 0.33953}
    assert row[1] == pytest.approx(first / (first + second), abs=1e-5)


def test_order_and_time_do_not_matter() -> None:
    """The neighbours are the same whichever item came first."""
    assert together(audience("012", "01"), 3) == together(audience("210", "10"), 3)


def test_little_support_is_shrunk() -> None:
    """A pair that one person has weighs a twelfth of one that thirty of sixty have, not a sixth."""
    crowd = ["0", "1"] * 30 + ["01"] * 30 + ["02"]
    row = together(audience(*crowd), 3)[0]
    assert row[1] / row[2] == pytest.approx(11.83, abs=0.01)


def test_what_everybody_knows_is_a_weaker_neighbour() -> None:
    """Of two items that equally many share with a third, the rarer one is nearer."""
    row = together(audience("01", "02", *["1"] * 40), 3)[0]
    assert row[2] > row[1]


def test_weak_steps_count_less() -> None:
    """Neighbours are weighed by how seriously people took them up."""
    past = {
        **audience("01"),
        "eager": [Step(0, 0.0), Step(2, 0.0, 1.0)],
        "idle": [Step(0, 0.0), Step(1, 0.0, 0.1)],
    }
    weaker = {**past, "0": [Step(0, 0.0), Step(1, 0.0, 0.1)]}
    assert together(past, 3)[0][1] > 0.5 > together(weaker, 3)[0][1]


def test_nobody_is_a_neighbour_of_himself() -> None:
    """An item taken up alone has no neighbours, and none is its own."""
    assert together(audience("0", "12"), 3) == ({}, {2: 1.0}, {1: 1.0})


def test_of_a_long_history_the_newest_steps_make_pairs() -> None:
    """Beyond 200 steps older ones are left out, since pairs grow with the square."""
    rows = together({"ann": [Step(item, float(item)) for item in range(202)]}, 202)
    assert rows[0] == {}
    assert rows[1] == {}
    assert 3 in rows[2]
