"""Which goals practice points to."""

from flows.catalogue.model import Catalogue, Goal, Skill
from flows.intelligence.profile.likely_goals import LikelyGoal, likely_goals


def skill(id_: str) -> Skill:
    return Skill(id=id_, title=id_, area="a", level=None, hours=1, prerequisites=(), prompts=("p",))


CATALOGUE = Catalogue(
    name="c",
    revision="1",
    skills={id_: skill(id_) for id_ in ("html", "css", "react", "sql", "go")},
    goals={
        goal.id: goal
        for goal in (
            Goal(id="all", title="All", skills={"html": 1, "css": 1, "react": 1, "sql": 1, "go": 1}),
            Goal(id="back", title="Back", skills={"sql": 1, "go": 1}),
            Goal(id="front", title="Front", skills={"html": 1, "css": 1}),
        )
    },
)


def test_the_goal_that_needs_just_what_was_practised_is_the_likeliest() -> None:
    """A goal loses by what else it needs, so a goal of everything does not win."""
    found = likely_goals(CATALOGUE, ["html", "css"])
    assert found == (
        LikelyGoal("front", 1.0, ("css", "html")),
        LikelyGoal("all", 0.6325, ("css", "html")),
    )


def test_one_skill_points_nowhere() -> None:
    """It takes two target skills to point to a goal."""
    assert likely_goals(CATALOGUE, ["html"]) == ()
    assert likely_goals(CATALOGUE, ["html", "sql"]) == (LikelyGoal("all", 0.6325, ("html", "sql")),)


def test_practice_that_the_catalogue_does_not_have_does_not_count() -> None:
    """Unknown skills change nothing."""
    assert likely_goals(CATALOGUE, ["html", "css", "cobol"]) == likely_goals(CATALOGUE, ["html", "css"])


def test_at_most_so_many_are_named() -> None:
    """The limit keeps the likeliest."""
    assert [goal.id for goal in likely_goals(CATALOGUE, ["html", "css"], limit=1)] == ["front"]
