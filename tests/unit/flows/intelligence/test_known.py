"""What a person is taken to know before a path is planned."""

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.intelligence.known import known_skills
from flows.intelligence.mastery import Mastery

#: Skill: its level and what it needs.
SKILLS: dict[str, tuple[str | None, list[str]]] = {
    "shell": ("foundation", []),
    "git": ("junior", ["shell"]),
    "docker": ("mid", ["git"]),
    "kubernetes": ("senior", ["docker"]),
    "chess": (None, []),
    "endgames": (None, ["chess"]),
}


def catalogue() -> Catalogue:
    skills = [
        {"id": skill_id, "title": skill_id, "hours": 1, "prompts": ["Do it."], "prerequisites": needs}
        | ({} if level is None else {"level": level})
        for skill_id, (level, needs) in SKILLS.items()
    ]
    return parse("test", [("test", {"skills": skills})])


@pytest.mark.parametrize(
    ("level", "known"),
    [
        ("foundation", {}),
        ("junior", {"shell": "assumed"}),
        ("mid", {"shell": "assumed", "git": "assumed"}),
        ("senior", {"shell": "assumed", "git": "assumed", "docker": "assumed"}),
    ],
)
def test_levels_below_the_persons_own_are_assumed(level: str, known: dict[str, str]) -> None:
    """A person knows what lies below their level: not their own level, nor a skill that states none."""
    assert known_skills(catalogue(), level=level, stated=None, mastery={}) == known


def test_the_stated_list_is_the_last_word() -> None:
    """Who says what they know is believed, whatever their level or what was observed."""
    mastery = {"kubernetes": Mastery(0.9, 20)}
    known = known_skills(catalogue(), level="senior", stated=["chess"], mastery=mastery)
    assert known == {"chess": "stated"}


def test_an_empty_list_means_that_nothing_is_known() -> None:
    """An empty list is a list: it is not the same as saying nothing."""
    mastery = {"git": Mastery(0.9, 20)}
    assert known_skills(catalogue(), level="senior", stated=[], mastery=mastery) == {}


def test_what_the_catalogue_does_not_have_is_not_known() -> None:
    """Stated and observed skills of another catalogue count for nothing."""
    assert known_skills(catalogue(), level="junior", stated=["cobol"], mastery={}) == {}
    mastery = {"cobol": Mastery(1.0, 99)}
    assert known_skills(catalogue(), level="foundation", stated=None, mastery=mastery) == {}


def test_what_a_known_skill_needs_is_implied() -> None:
    """Whoever knows a skill knows all that it rests on, directly or not."""
    known = known_skills(catalogue(), level="junior", stated=["docker"], mastery={})
    assert known == {"docker": "stated", "git": "implied", "shell": "implied"}


def test_a_direct_reason_is_stronger_than_an_implied_one() -> None:
    """A prerequisite that was itself stated stays stated."""
    known = known_skills(catalogue(), level="junior", stated=["docker", "shell"], mastery={})
    assert known == {"docker": "stated", "git": "implied", "shell": "stated"}


@pytest.mark.parametrize(
    ("level", "observations", "known"),
    [
        (0.8, 5, {"chess": "observed"}),
        (1.0, 60, {"chess": "observed"}),
        (0.79, 60, {}),
        (1.0, 4, {}),
    ],
)
def test_mastery_needs_a_level_and_enough_observations(
    level: float, observations: int, known: dict[str, str]
) -> None:
    """A skill is known by observation from a mastery of .8 over five observations on."""
    mastery = {"chess": Mastery(level, observations)}
    assert known_skills(catalogue(), level="foundation", stated=None, mastery=mastery) == known


def test_an_observation_is_stronger_than_an_assumption() -> None:
    """What the level implies and an observation confirms is observed; what both rest on is implied."""
    mastery = {"git": Mastery(0.9, 8), "endgames": Mastery(0.9, 8)}
    assert known_skills(catalogue(), level="mid", stated=None, mastery=mastery) == {
        "shell": "assumed",
        "git": "observed",
        "endgames": "observed",
        "chess": "implied",
    }


def test_what_was_seen_to_be_weak_is_not_assumed() -> None:
    """Enough observations of a weak skill speak louder than the level; too few do not."""
    enough = known_skills(catalogue(), level="mid", stated=None, mastery={"git": Mastery(0.49, 5)})
    assert enough == {"shell": "assumed"}
    too_few = known_skills(catalogue(), level="mid", stated=None, mastery={"git": Mastery(0.1, 4)})
    assert too_few == {"shell": "assumed", "git": "assumed"}


def test_what_is_asked_for_by_name_is_not_assumed() -> None:
    """Neither is what only that skill would imply."""
    known = known_skills(catalogue(), level="senior", stated=None, mastery={}, asked_for="docker")
    assert known == {"shell": "assumed", "git": "assumed"}
    mastered = {"docker": Mastery(0.9, 9)}
    assert "docker" in known_skills(
        catalogue(), level="senior", stated=None, mastery=mastered, asked_for="docker"
    )
