"""Which skills a quiz should ask about."""

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.intelligence.mastery import Mastery
from flows.intelligence.quizzes.need import distances, doubt, nearness


@pytest.fixture
def catalogue() -> Catalogue:
    """top needs mid and base; mid needs base; other needs nothing."""
    needs = {"base": [], "mid": ["base"], "top": ["mid", "base"], "low": [], "side": ["low"], "other": []}
    skills = [
        {"id": name, "title": name, "hours": 1, "prompts": ["Do."], "prerequisites": prerequisites}
        for name, prerequisites in needs.items()
    ]
    return parse("mine", [("1.json", {"skills": skills})])


def test_distances_take_the_shortest_way(catalogue: Catalogue) -> None:
    """base is needed by top itself and by mid: one step counts."""
    assert distances(catalogue, "top") == {"top": 0, "mid": 1, "base": 1}
    assert distances(catalogue, "other") == {"other": 0}


def test_nearness_falls_with_distance(catalogue: Catalogue) -> None:
    """A skill counts by its best target: weight over one more than the steps."""
    assert nearness(catalogue, {"top": 1.0}) == {"base": 0.5, "mid": 0.5, "top": 1.0}
    assert nearness(catalogue, {"top": 0.2, "mid": 1.0, "side": 0.6}) == {
        "base": 0.5,
        "mid": 1.0,
        "top": 0.2,
        "low": 0.3,
        "side": 0.6,
    }
    assert nearness(catalogue, {"mid": 1.0, "top": 0.2}) == {"base": 0.5, "mid": 1.0, "top": 0.2}


def test_doubt_falls_with_observations_and_questions() -> None:
    """Nothing known: .5. Three answers, or three questions already in the quiz, halve it."""
    assert doubt(Mastery(0.5, 0), 0) == 0.5
    assert doubt(Mastery(0.5, 3), 0) == 0.25
    assert doubt(Mastery(0.5, 0), 3) == 0.25


def test_doubt_never_ends() -> None:
    """A level of 1 is doubted as one of .9 is."""
    assert doubt(Mastery(1.0, 0), 0) == pytest.approx(0.3)
    assert doubt(Mastery(0.9, 0), 0) == pytest.approx(0.3)
