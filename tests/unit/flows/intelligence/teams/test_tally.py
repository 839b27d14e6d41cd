"""What a team can do, counted in people."""

import pytest

from flows.catalogue.parse import parse
from flows.intelligence.mastery import Mastery
from flows.intelligence.teams.tally import TeamTally, tally, working_skills

NEEDS = {"html": [], "js": ["html"], "react": ["js"], "next": ["react"]}
CATALOGUE = parse(
    "built-in",
    [
        (
            "test",
            {
                "skills": [
                    {"id": s, "title": s, "hours": 4, "prerequisites": needs, "prompts": ["Do it."]}
                    for s, needs in NEEDS.items()
                ]
            },
        )
    ],
)


@pytest.mark.parametrize(
    ("mastery", "expected"),
    [
        ({"js": Mastery(0.6, 3)}, {"js"}),
        ({"js": Mastery(0.59, 30)}, set()),
        ({"js": Mastery(0.9, 2)}, set()),
        ({"react": Mastery(0.8, 5)}, {"html", "js", "react"}),
        ({"react": Mastery(0.8, 4)}, {"react"}),
        ({"react": Mastery(0.79, 50)}, {"react"}),
        ({"react": Mastery(0.8, 5), "js": Mastery(0.3, 3)}, {"html", "react"}),
        ({"react": Mastery(0.8, 5), "js": Mastery(0.3, 2)}, {"html", "js", "react"}),
        ({"unheard-of": Mastery(0.9, 9)}, {"unheard-of"}),
    ],
)
def test_who_works_with_what(mastery: dict[str, Mastery], expected: set[str]) -> None:
    """From .6 in 3 observations on; mastery implies what a skill needs unless observation denies it."""
    assert working_skills(mastery, CATALOGUE) == expected


def test_members_are_counted() -> None:
    """Working and near are told apart, nobody counts twice, and the rest is far."""
    members = [
        {"js": Mastery(0.7, 3), "html": Mastery(0.42, 9)},
        {"js": Mastery(0.42, 1)},
        {"js": Mastery(0.41, 9)},
        {"html": Mastery(0.9, 9)},
    ]
    counted = tally(members, CATALOGUE)
    assert counted == TeamTally(seen=4, working={"js": 1, "html": 1}, near={"js": 1, "html": 1})
    assert (counted.below("js"), counted.far("js")) == (3, 2)
    assert (counted.below("next"), counted.far("next")) == (4, 4)


def test_nobody_is_counted_as_nobody() -> None:
    """A team that nobody was seen of has no numbers."""
    assert tally([], CATALOGUE) == TeamTally(seen=0, working={}, near={})
