"""How the parameters of a flow become settings."""

from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.intelligence.ranker.features import FEATURES, TRUST
from flows.intelligence.ranker.item import SOURCES
from flows.intelligence.ranker.rules import AtMost, AtMostPerSkill, DropDismissed, DropMastered, PinnedFirst
from flows.intelligence.ranker.settings import WEIGHTS, Settings, settings_from


def test_a_flow_that_says_nothing_has_the_defaults() -> None:
    """No parameters and no settings are the same."""
    assert settings_from({}) == Settings()
    assert Settings().rules == (DropMastered(0.95, 5), DropDismissed(14), AtMostPerSkill(2))


def test_the_defaults_cover_all_and_keep_scores_within_one() -> None:
    """Every feature has a weight, all together 1, and every source is trusted somewhat."""
    assert WEIGHTS.keys() == set(FEATURES)
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)
    assert TRUST.keys() == set(SOURCES)


def test_a_flow_sets_what_it_names() -> None:
    """Weights are replaced as a whole, trust by source, rules one by one."""
    found = settings_from(
        {
            "weights": {"relevance": 0.8},
            "trust": {"popular": 0},
            "diversity": 0.2,
            "masteredLevel": None,
            "dismissedDays": 7,
            "perSkill": 1,
            "pinned": ["course:1"],
            "limit": 5,
        }
    )
    assert found.weights == {"relevance": 0.8}
    assert found.trust == {**TRUST, "popular": 0}
    assert found.diversity == 0.2
    assert found.rules == (DropDismissed(7), AtMostPerSkill(1), PinnedFirst(("course:1",)), AtMost(5))


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"weight": {}}, "weight"),
        ({"weights": {"charm": 1}}, "weights/charm"),
        ({"weights": {"need": -0.1}}, "weights/need"),
        ({"weights": {"need": 1.1}}, "weights/need"),
        ({"weights": [1]}, "weights"),
        ({"trust": {"gossip": 1}}, "trust/gossip"),
        ({"trust": {"memory": True}}, "trust/memory"),
        ({"diversity": 2}, "diversity"),
        ({"masteredLevel": "high"}, "masteredLevel"),
        ({"dismissedDays": -1}, "dismissedDays"),
        ({"perSkill": 0}, "perSkill"),
        ({"limit": 1.5}, "limit"),
        ({"pinned": "course:1"}, "pinned"),
        ({"pinned": [1]}, "pinned"),
    ],
)
def test_a_wrong_parameter_is_refused_with_its_name(params: dict[str, Any], field: str) -> None:
    """The field says where it stands."""
    with pytest.raises(InvalidInput) as refused:
        settings_from(params)
    assert refused.value.field == field
