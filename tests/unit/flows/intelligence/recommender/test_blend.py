"""One score from all sources."""

import pytest

from flows.intelligence.recommender.blend import PRIOR, best, history_class, scores, strength
from flows.intelligence.recommender.sources import NAMES


def nothing(**rows: dict[int, float]) -> dict[str, dict[int, float]]:
    return {name: rows.get(name, {}) for name in NAMES}


def test_histories_come_in_three_classes() -> None:
    """One item, two to four, five and more; somebody new is weighed as the first."""
    assert [history_class(items) for items in (0, 1, 2, 4, 5, 500)] == [1, 1, 2, 2, 5, 5]


def test_strength_of_a_share() -> None:
    """ln(1 + 1000 * share): nothing for no share, and each ten times as much adds about 2.3."""
    assert strength(0.0) == 0.0
    assert strength(0.001) == pytest.approx(0.693147)
    assert strength(1.0) == pytest.approx(6.908755)


def test_score_is_the_weighted_sum_of_strengths() -> None:
    """Sources that agree add up, and one that does not know an item takes nothing from it."""
    found = scores(nothing(next={1: 1.0}, popular={1: 0.001, 2: 1.0}), {**PRIOR, "next": 0.5, "popular": 2.0})
    assert found == {1: pytest.approx(0.5 * 6.908755 + 2 * 0.693147), 2: pytest.approx(2 * 6.908755)}


def test_a_source_without_weight_names_nobody() -> None:
    """What only a source of weight 0 knows is no candidate."""
    assert scores(nothing(next={1: 1.0}, order={2: 1.0}), {**PRIOR, "next": 0.0}).keys() == {2}


def test_the_best_come_first_and_ties_in_catalogue_order() -> None:
    """Highest score first, equal scores by place, no more than asked for."""
    assert best({5: 1.0, 2: 3.0, 4: 1.0, 1: 0.5}, 3) == [2, 4, 5]


def test_every_source_has_a_prior_weight() -> None:
    """Nothing is left out before a log has said anything."""
    assert set(PRIOR) == set(NAMES)
    assert min(PRIOR.values()) > 0
