"""What each skill is worth to a goal."""

from collections.abc import Mapping

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.intelligence.goal_value import GoalValue, goal_values

#: A diamond with a tail: base is needed by left and right, both by top; alone needs nothing.
NEEDS = {"base": [], "left": ["base"], "right": ["base"], "top": ["left", "right"], "alone": []}
ALL = ["base", "left", "right", "top", "alone"]


def catalogue(needs: Mapping[str, list[str]]) -> Catalogue:
    skills = [
        {"id": skill_id, "title": skill_id, "hours": 1, "prompts": ["Do it."], "prerequisites": prerequisites}
        for skill_id, prerequisites in needs.items()
    ]
    return parse("test", [("test", {"skills": skills})])


def test_a_target_is_worth_its_own_weight() -> None:
    """What leads nowhere else has the weight that the goal gives it."""
    values = goal_values(catalogue(NEEDS), {"alone": 0.4}, ["alone"])
    assert values == {"alone": GoalValue(0.4, 0.4, ("alone",))}


def test_a_prerequisite_inherits_from_all_that_it_leads_to() -> None:
    """Its weight is the largest of its targets', its unlocks their sum, each target counted once."""
    values = goal_values(catalogue(NEEDS), {"left": 0.25, "top": 0.5, "alone": 1.0}, ALL)
    assert values == {
        "base": GoalValue(0.5, 0.75, ("top", "left")),
        "left": GoalValue(0.5, 0.75, ("top", "left")),
        "right": GoalValue(0.5, 0.5, ("top",)),
        "top": GoalValue(0.5, 0.5, ("top",)),
        "alone": GoalValue(1.0, 1.0, ("alone",)),
    }


@pytest.mark.parametrize(
    ("weights", "targets"),
    [
        ({"left": 0.9, "right": 0.3}, ("left", "right")),
        ({"left": 0.3, "right": 0.9}, ("right", "left")),
        ({"right": 0.5, "left": 0.5}, ("left", "right")),
    ],
)
def test_the_weightiest_target_comes_first(weights: dict[str, float], targets: tuple[str, ...]) -> None:
    """Targets are named by weight, equal ones by id, whatever the order of the goal."""
    values = goal_values(catalogue(NEEDS), weights, ["base", "left", "right"])
    assert values["base"].targets == targets


def test_only_needed_skills_are_valued() -> None:
    """A known target is worth nothing, and nobody inherits from it."""
    values = goal_values(catalogue(NEEDS), {"left": 1.0, "right": 0.5}, ["base", "right"])
    assert values == {
        "base": GoalValue(0.5, 0.5, ("right",)),
        "right": GoalValue(0.5, 0.5, ("right",)),
    }


def test_worth_does_not_pass_through_what_is_known() -> None:
    """What leads to a target only by way of a known skill is not needed for that target."""
    chain = {"first": [], "second": ["first"], "third": ["second"]}
    values = goal_values(catalogue(chain), {"first": 0.5, "third": 1.0}, ["first", "third"])
    assert values == {"first": GoalValue(0.5, 0.5, ("first",)), "third": GoalValue(1.0, 1.0, ("third",))}


def test_what_leads_to_no_target_is_worth_nothing() -> None:
    """A skill beside the goal is valued at zero, not left out."""
    assert goal_values(catalogue(NEEDS), {"left": 1.0}, ["left", "alone"])["alone"] == GoalValue(0.0, 0, ())
