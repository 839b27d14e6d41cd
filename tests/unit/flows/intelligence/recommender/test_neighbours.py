"""Neighbour lists: which are kept, and what they say."""

from flows.intelligence.recommender.neighbours import all_shares, mixed, shares


def test_shares_sum_to_one_strongest_first() -> None:
    """Weights become shares of their sum, in falling order."""
    assert list(shares({4: 1.0, 2: 5.0, 9: 2.0}).items()) == [(2, 0.625), (9, 0.25), (4, 0.125)]


def test_shares_are_of_what_is_kept() -> None:
    """What is cut off counts no longer; equal weights go in the order of the catalogue."""
    assert list(shares({7: 1.0, 3: 1.0, 5: 1.0}, keep=2).items()) == [(3, 0.5), (5, 0.5)]


def test_a_weight_of_nothing_is_no_neighbour() -> None:
    """Weights of 0 are left out, and nothing but them gives an empty row."""
    assert shares({1: 0.0, 2: 3.0}) == {2: 1.0}
    assert shares({1: 0.0}) == {}


def test_a_hundred_neighbours_are_kept() -> None:
    """A row holds at most 100 neighbours, so that a model stays small."""
    assert list(shares({place: 1000.0 - place for place in range(300)})) == list(range(100))


def test_shares_are_rounded() -> None:
    """Five decimals are kept: more would only make the stored document long."""
    assert shares({0: 2.0, 1: 1.0}) == {0: 0.66667, 1: 0.33333}


def test_every_item_has_a_row() -> None:
    """Rows come in the order of the catalogue, empty where nothing is known."""
    assert all_shares({2: {0: 4.0}, 0: {1: 1.0, 2: 3.0}}, 4) == ({2: 0.75, 1: 0.25}, {}, {0: 1.0}, {})


def test_rows_are_mixed_by_weight() -> None:
    """Shares of the same neighbour add up, each times its row's weight."""
    assert mixed([({1: 0.5, 2: 0.5}, 0.75), ({2: 1.0}, 0.25)]) == {1: 0.375, 2: 0.625}
