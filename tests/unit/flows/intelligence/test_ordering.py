"""The order in which chosen skills are learned."""

from collections.abc import Mapping

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.intelligence.goal_value import GoalValue
from flows.intelligence.ordering import in_learning_order

Spec = tuple[str, float, float, list[str]]  #: Area, hours, what it unlocks, what it needs.


def ordered(specs: Mapping[str, Spec], leave_out: str = "") -> list[str]:
    """The order of all skills but one."""
    values = {skill_id: GoalValue(0.5, unlocks, ()) for skill_id, (_, _, unlocks, _) in specs.items()}
    return in_learning_order(catalogue(specs), specs.keys() - {leave_out}, values)


def catalogue(specs: Mapping[str, Spec]) -> Catalogue:
    skills = [
        {
            "id": skill_id,
            "title": skill_id,
            "area": area,
            "hours": hours,
            "prompts": ["Do it."],
            "prerequisites": needs,
        }
        for skill_id, (area, hours, _, needs) in specs.items()
    ]
    return parse("test", [("test", {"skills": skills})])


def test_nothing_chosen_is_nothing_ordered() -> None:
    """No skills, no order."""
    assert ordered({"a": ("x", 1, 1, [])}, leave_out="a") == []


def test_a_prerequisite_comes_before_what_needs_it() -> None:
    """Also when what needs it is worth far more, and lies in another subject."""
    specs: dict[str, Spec] = {
        "top": ("x", 1, 9, ["left", "right"]),
        "left": ("x", 1, 1, ["base"]),
        "right": ("y", 1, 1, ["base"]),
        "base": ("y", 9, 1, []),
    }
    assert ordered(specs) == ["base", "right", "left", "top"]


@pytest.mark.parametrize(
    ("specs", "order"),
    [
        ({"a": ("x", 2, 1, []), "b": ("x", 2, 3, [])}, ["b", "a"]),
        ({"a": ("x", 4, 3, []), "b": ("x", 1, 1, [])}, ["b", "a"]),
        ({"a": ("x", 2, 3, []), "b": ("x", 1, 1, [])}, ["a", "b"]),
        ({"b": ("x", 2, 1, []), "a": ("x", 2, 1, [])}, ["a", "b"]),
    ],
)
def test_what_is_worth_most_for_its_hours_comes_first(specs: dict[str, Spec], order: list[str]) -> None:
    """Within a subject, skills come by what they unlock per hour, equal ones by id."""
    assert ordered(specs) == order


def test_a_subject_is_kept_while_it_has_something() -> None:
    """A skill of the subject at hand comes before a worthier one of another subject."""
    specs: dict[str, Spec] = {
        "a1": ("a", 1, 3, []),
        "a2": ("a", 1, 1, []),
        "b1": ("b", 1, 2, []),
        "b2": ("b", 1, 1, []),
    }
    assert ordered(specs) == ["a1", "a2", "b1", "b2"]


def test_a_subject_is_kept_by_what_has_just_become_ready() -> None:
    """What a skill makes ready in its own subject is next, before other subjects."""
    specs: dict[str, Spec] = {"a1": ("a", 1, 3, []), "a2": ("a", 1, 1, ["a1"]), "b1": ("b", 1, 2, [])}
    assert ordered(specs) == ["a1", "a2", "b1"]


@pytest.mark.parametrize(
    ("worth_of_b", "worth_of_c", "order"),
    [(2, 1, ["a", "b", "c"]), (1, 2, ["a", "c", "b"]), (1, 1, ["a", "b", "c"])],
)
def test_the_next_subject_is_the_one_with_the_worthiest_skill(
    worth_of_b: float, worth_of_c: float, order: list[str]
) -> None:
    """When a subject has nothing left, the best ready skill of all says where to go on."""
    specs: dict[str, Spec] = {
        "c": ("z", 1, worth_of_c, []),
        "b": ("y", 1, worth_of_b, []),
        "a": ("x", 1, 3, []),
    }
    assert ordered(specs) == order


def test_a_subject_is_taken_up_again() -> None:
    """A subject whose next skill waits for another subject goes on once that is done."""
    specs: dict[str, Spec] = {
        "a1": ("a", 1, 3, []),
        "b1": ("b", 1, 2, ["a1"]),
        "a2": ("a", 1, 1, ["b1"]),
    }
    assert ordered(specs) == ["a1", "b1", "a2"]


def test_what_was_not_chosen_is_not_waited_for() -> None:
    """A prerequisite that is not among the chosen is known, and holds nobody up."""
    specs: dict[str, Spec] = {
        "known": ("a", 1, 1, []),
        "b": ("a", 1, 2, ["known"]),
        "c": ("a", 1, 3, ["known", "b"]),
    }
    assert ordered(specs, leave_out="known") == ["b", "c"]
