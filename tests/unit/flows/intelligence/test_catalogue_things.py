"""What a catalogue says about typed things."""

from collections.abc import Mapping

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.intelligence.catalogue_things import described, skill_of, title_of

SKILL = {"id": "go", "title": "Go", "hours": 4, "prompts": ["Write a loop.", "Write a test."]}
CATALOGUE: Catalogue = parse("mine", [("test", {"skills": [SKILL]})])


@pytest.mark.parametrize("thing", ["skill:go", "prompt:go/2", "exercise:go/9", "course:course/go"])
def test_things_belong_to_the_skill_in_their_id(thing: str) -> None:
    """The skill is a part of the id between slashes, in whatever place."""
    assert skill_of(CATALOGUE, thing) == "go"


@pytest.mark.parametrize("thing", ["skill:rust", "prompt:gopher/1", "course:go-101", "go", ""])
def test_other_things_belong_to_none(thing: str) -> None:
    """A part that only resembles a skill's id is another word."""
    assert skill_of(CATALOGUE, thing) is None


@pytest.mark.parametrize(
    ("thing", "title"),
    [
        ("skill:go", "Go"),
        ("prompt:go/1", "Write a loop."),
        ("prompt:go/2", "Write a test."),
        ("prompt:go/3", None),
        ("prompt:go/0", None),
        ("prompt:go/-1", None),
        ("prompt:go/x", None),
        ("prompt:go", None),
        ("exercise:go/1", "Write a loop."),
        ("skill:rust", None),
        ("skill:go/1", None),
    ],
)
def test_titles_are_those_of_skills_and_prompts(thing: str, title: str | None) -> None:
    """A skill has its title, a prompt its text by number from 1; the catalogue names nothing else."""
    assert title_of(CATALOGUE, thing) == title


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        ("skill:go", {"type": "skill", "id": "go", "title": "Go", "skill": "go"}),
        ("exercise:go/1", {"type": "exercise", "id": "go/1", "title": "Write a loop.", "skill": "go"}),
        ("course:a:b", {"type": "course", "id": "a:b"}),
    ],
)
def test_what_is_unknown_is_left_out(thing: str, expected: Mapping[str, str]) -> None:
    """Type and id are always there, title and skill where the catalogue has them."""
    assert described(CATALOGUE, thing) == expected
