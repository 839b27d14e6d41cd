"""The graph over skills, and goals by name."""

import pytest

from flows.catalogue.model import BUILT_IN, LEVELS, Catalogue, Goal
from flows.catalogue.parse import parse
from flows.errors import UnknownName


def catalogue() -> Catalogue:
    """top needs left and right, which need base; alone needs nothing."""
    needs = {"top": ["left", "right"], "left": ["base"], "base": [], "right": ["base"], "alone": []}
    skills = [
        {
            "id": skill_id,
            "title": skill_id.title(),
            "summary": f"About {skill_id}.",
            "hours": 1,
            "prompts": ["Do it."],
            "prerequisites": prerequisites,
        }
        for skill_id, prerequisites in needs.items()
    ]
    goals = [{"id": "summit", "title": "Summit", "skills": {"top": 1.0, "alone": 0.5}}]
    return parse("test", [("test.json", {"areas": {"web": "The Web"}, "skills": skills, "goals": goals})])


def test_names_that_others_rely_on() -> None:
    """Levels go from the lowest to the highest; the built-in catalogue has the name clients use."""
    assert LEVELS == ("foundation", "junior", "mid", "senior")
    assert BUILT_IN == "built-in"


def test_a_goal_is_found_by_its_id() -> None:
    """A goal of the catalogue comes as it is."""
    assert catalogue().goal("summit") == Goal(id="summit", title="Summit", skills={"top": 1.0, "alone": 0.5})


def test_any_skill_is_a_goal() -> None:
    """The id of a skill is the goal to learn that one skill."""
    assert catalogue().goal("left") == Goal(
        id="left", title="Left", skills={"left": 1.0}, summary="About left."
    )


def test_a_goal_comes_before_a_skill_in_suggestions_by_likeness_only() -> None:
    """An unknown goal names the nearest goals and skills, and the field that is wrong."""
    with pytest.raises(UnknownName) as caught:
        catalogue().goal("sumit")
    assert str(caught.value) == "unknown goal 'sumit'; nearest: summit"
    assert (caught.value.nearest, caught.value.field) == (("summit",), "goal")
    with pytest.raises(UnknownName, match=r"^unknown goal 'lefty'; nearest: left$"):
        catalogue().goal("lefty")


def test_nothing_is_suggested_for_nonsense() -> None:
    """A goal like none there is gets no suggestion."""
    with pytest.raises(UnknownName, match=r"^unknown goal 'quux'$") as caught:
        catalogue().goal("quux")
    assert caught.value.nearest == ()


@pytest.mark.parametrize(
    ("targets", "known", "expected"),
    [
        (["top"], [], {"top", "left", "right", "base"}),
        (["left"], [], {"left", "base"}),
        (["left", "alone"], [], {"left", "base", "alone"}),
        ([], [], set()),
        (["top"], ["left"], {"top", "right", "base"}),
        (["top"], ["left", "right"], {"top"}),
        (["top"], ["base"], {"top", "left", "right"}),
        (["top"], ["top"], set()),
        (["top", "left"], ["top"], {"left", "base"}),
        (["top"], ["alone"], {"top", "left", "right", "base"}),
    ],
)
def test_closure_is_all_that_is_needed(targets: list[str], known: list[str], expected: set[str]) -> None:
    """The closure has the targets and what they need, and looks neither at nor behind what is known."""
    assert catalogue().closure(targets, known=frozenset(known)) == expected


def test_dependents_are_the_skills_that_need_one() -> None:
    """Every skill has its direct dependents, in the order of the catalogue."""
    assert catalogue().dependents == {
        "top": (),
        "left": ("top",),
        "base": ("left", "right"),
        "right": ("top",),
        "alone": (),
    }


def test_all_skills_come_after_what_they_need() -> None:
    """One order of the whole catalogue has every skill once, and no prerequisite after what needs it."""
    order = catalogue().prerequisites_first
    assert sorted(order) == ["alone", "base", "left", "right", "top"]
    assert order.index("base") < min(order.index("left"), order.index("right"))
    assert max(order.index("left"), order.index("right")) < order.index("top")


def test_an_area_without_a_title_goes_by_its_id() -> None:
    """A title is shown where there is one."""
    assert catalogue().area_title("web") == "The Web"
    assert catalogue().area_title("data") == "data"
