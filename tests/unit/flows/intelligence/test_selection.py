"""Which skills are taken when not all of them fit."""

from collections.abc import Mapping

import pytest

from flows.catalogue.parse import parse
from flows.intelligence.goal_value import goal_values
from flows.intelligence.selection import select


def selected(
    needs: Mapping[str, list[str]],
    targets: Mapping[str, float],
    minutes: Mapping[str, int],
    capacity: int,
) -> set[str]:
    """What is selected of the skills that have minutes; the others are known."""
    skills = [
        {"id": skill_id, "title": skill_id, "hours": 1, "prompts": ["Do it."], "prerequisites": prerequisites}
        for skill_id, prerequisites in needs.items()
    ]
    catalogue = parse("test", [("test", {"skills": skills})])
    return select(catalogue, targets, goal_values(catalogue, targets, minutes), minutes, capacity)


@pytest.mark.parametrize(
    ("capacity", "chosen"), [(100, {"a", "b", "c"}), (60, {"a", "b", "c"}), (59, {"a", "b"}), (0, set())]
)
def test_everything_is_taken_when_everything_fits(capacity: int, chosen: set[str]) -> None:
    """To the last minute; one minute less and the least valuable goes."""
    targets = {"a": 1.0, "b": 0.9, "c": 0.1}
    minutes = {"a": 20, "b": 20, "c": 20}
    assert selected({"a": [], "b": [], "c": []}, targets, minutes, capacity) == chosen


@pytest.mark.parametrize(
    ("weights", "minutes", "chosen"),
    [
        ((0.9, 0.5), (60, 60), {"a"}),
        ((0.5, 0.9), (60, 60), {"b"}),
        ((0.9, 0.5), (60, 30), {"a"}),
        ((0.5, 0.5), (60, 30), {"b"}),
        ((0.5, 0.5), (60, 60), {"a"}),
    ],
)
def test_the_heaviest_target_wins(
    weights: tuple[float, float], minutes: tuple[int, int], chosen: set[str]
) -> None:
    """Targets are taken by weight, however long they take; of equals the shorter, then by id."""
    targets = {"b": weights[1], "a": weights[0]}
    assert selected({"a": [], "b": []}, targets, {"a": minutes[0], "b": minutes[1]}, 60) == chosen


@pytest.mark.parametrize(("far", "capacity"), [(1.0, 60), (0.5, 75)])
def test_a_target_costs_what_it_needs(far: float, capacity: int) -> None:
    """What is near comes first when the other, with all that it needs, is too long or no heavier."""
    needs = {"base": [], "far": ["base"], "near": []}
    minutes = {"base": 60, "far": 10, "near": 20}
    assert selected(needs, {"far": far, "near": 0.5}, minutes, capacity) == {"near"}


def test_what_is_taken_already_is_not_paid_twice() -> None:
    """Once the base is taken for one target, another target on the same base costs only itself."""
    needs = {"base": [], "first": ["base"], "second": ["base"], "apart": []}
    targets = {"first": 1.0, "second": 0.4, "apart": 0.4}
    minutes = {"base": 30, "first": 10, "second": 10, "apart": 20}
    assert selected(needs, targets, minutes, 60) == {"base", "first", "second"}


def test_a_target_is_taken_with_all_that_it_needs() -> None:
    """Prerequisites come along, directly or not, and a known one costs nothing."""
    needs = {"known": [], "a": ["known"], "b": ["a"], "c": ["b"], "other": []}
    minutes = {"a": 10, "b": 10, "c": 10, "other": 40}
    assert selected(needs, {"c": 1.0, "other": 0.1}, minutes, 30) == {"a", "b", "c"}


def test_a_target_that_is_a_step_to_another_is_taken_once() -> None:
    """A target within the way of a second one makes the second one cheaper."""
    needs = {"step": [], "end": ["step"], "rest": []}
    targets = {"step": 0.9, "end": 0.5, "rest": 0.5}
    assert selected(needs, targets, {"step": 20, "end": 20, "rest": 20}, 40) == {"step", "end"}


def test_time_that_is_left_goes_into_steps_towards_the_rest() -> None:
    """When no whole target fits any more, single skills on the way to one are taken."""
    needs = {"one": [], "two": ["one"], "three": ["two"]}
    assert selected(needs, {"three": 1.0}, {"one": 10, "two": 10, "three": 10}, 25) == {"one", "two"}


@pytest.mark.parametrize(
    ("weight", "large", "capacity", "chosen"),
    [(0.6, 20, 20, {"small"}), (0.5, 20, 20, {"large"}), (0.5, 50, 50, {"small"})],
)
def test_steps_are_taken_by_what_they_lead_to(
    weight: float, large: int, capacity: int, chosen: set[str]
) -> None:
    """Steps to the heaviest target come first, of equals what unlocks most for its time."""
    needs = {"small": [], "large": [], "a": ["small"], "b": ["large"], "c": ["large"]}
    minutes = {"small": 20, "large": large, "a": 100, "b": 100, "c": 100}
    assert selected(needs, {"a": weight, "b": 0.5, "c": 0.5}, minutes, capacity) == chosen


def test_a_step_that_does_not_fit_is_passed_over() -> None:
    """With all that needs it; the next best one is tried."""
    needs = {"long": [], "on-top": ["long"], "a": ["on-top"], "short": [], "b": ["short"]}
    minutes = {"long": 50, "on-top": 1, "a": 90, "short": 30, "b": 90}
    assert selected(needs, {"a": 1.0, "b": 0.5}, minutes, 40) == {"short"}


def test_a_step_may_build_on_a_target_that_was_taken() -> None:
    """What was taken whole counts as done for the single steps after it."""
    needs = {"base": [], "step": ["base"], "end": ["step"]}
    targets = {"base": 0.5, "end": 1.0}
    assert selected(needs, targets, {"base": 10, "step": 10, "end": 100}, 20) == {"base", "step"}


def test_a_step_waits_for_all_that_it_needs() -> None:
    """A step of two prerequisites is not taken after the first of them."""
    needs = {"a": [], "b": [], "both": ["a", "b"], "end": ["both"]}
    minutes = {"a": 10, "b": 50, "both": 5, "end": 90}
    assert selected(needs, {"end": 1.0}, minutes, 40) == {"a"}
