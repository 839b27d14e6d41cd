"""A saved path planned anew, from its plan and what is known now to its next plan."""

from datetime import UTC, datetime
from typing import Any

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.errors import InvalidInput, InvalidRequest, PathChanged, UnknownName
from flows.intelligence.mastery import Mastery
from flows.intelligence.replanning.saved import Change, replan_saved
from flows.requests.replan_path import replan_path
from flows.saved_path import SavedPath, done_weeks, expect_revision

THEN = datetime(2026, 11, 2, 9, tzinfo=UTC)
STRONG, WEAK = Mastery(0.95, 9), Mastery(0.2, 9)
NO_CHANGE = Change(2, 4, 2.0)


def catalogue(css_hours: float = 2, goal: str = "web") -> Catalogue:
    """HTML is a foundation; CSS needs it, React needs CSS, Git needs nothing."""
    levels = {"html": "foundation", "css": "junior", "react": "junior", "git": "junior"}
    needs = {"css": ["html"], "react": ["css"]}
    skills = [
        {
            "id": skill,
            "title": skill.upper(),
            "area": "web",
            "level": level,
            "hours": css_hours if skill == "css" else 2,
            "prerequisites": needs.get(skill, []),
            "prompts": ["One.", "Two."],
        }
        for skill, level in levels.items()
    ]
    goals = [{"id": goal, "title": "Web", "skills": {"react": 1.0, "git": 0.5}}]
    return parse("built-in", [("test", {"skills": skills, "goals": goals})])


def week(number: int, skill: str) -> dict[str, Any]:
    entry = {"id": skill, "title": skill.upper(), "hours": 2.0}
    return {"week": number, "skills": [entry], "reviews": [], "hours": 2.0, "focus": "as it was"}


def path(*done: int, **request: Any) -> SavedPath:
    """CSS, React and Git in weeks 1 to 3 of four, two hours each; HTML is taken as known."""
    found = catalogue()
    asked = {
        "organisation": "acme",
        "userId": "ann",
        "currentSkill": "junior",
        "goal": "web",
        "weeks": 4,
        "hoursPerWeek": 2.0,
        "catalogue": "built-in",
        "catalogueRevision": found.revision,
    }
    plan = {"path": [week(1, "css"), week(2, "react"), week(3, "git")], "beyondTimeframe": []}
    return SavedPath(
        organisation="acme",
        id="p",
        user_id="ann",
        request=asked | request,
        plan=plan,
        done_weeks=done,
        created_at=THEN,
        updated_at=THEN,
    )


def skills_of(plan: dict[str, Any]) -> list[tuple[int, list[str]]]:
    return [(week["week"], [entry["id"] for entry in week["skills"]]) for week in plan["path"]]


def test_done_weeks_are_kept_to_the_word() -> None:
    """A done week is copied with all that is in it; the others get reasons from what is known now."""
    plan = replan_saved(path(1), NO_CHANGE, catalogue(), {}).plan
    assert plan["path"][0] == week(1, "css")
    assert (
        plan["path"][1]["reason"] == "CSS learned in week 1, ready for REACT: a core skill of the goal Web."
    )
    assert plan["path"][1]["evidence"] == ["week:1", "skill:css", "goal:web"]
    assert (plan["totalHours"], plan["coverage"]) == (6.0, 1.0)


def test_what_turns_out_not_to_be_known_comes_in() -> None:
    """HTML was taken as known and is weak: it takes the free week, and all that builds on it waits."""
    made = replan_saved(path(), Change(1, 5, 2.0), catalogue(), {"html": WEAK})
    assert made.added == ("html",)
    assert skills_of(made.plan)[0] == (1, ["html"])
    assert {skill for _, skills in skills_of(made.plan) for skill in skills} == {
        "html",
        "css",
        "react",
        "git",
    }
    assert sum(move.weeks for move in made.moves) == 3


def test_a_new_need_is_planned_though_nothing_else_changed() -> None:
    """With the same time and hours a need that nobody knew of still gets its place."""
    made = replan_saved(path(), Change(1, 4, 2.0), catalogue(), {"html": WEAK})
    assert (made.added, made.plan["beyondTimeframe"]) == (("html",), [])


def test_what_was_learned_is_not_taken_as_known_too() -> None:
    """CSS is in a done week and observed by now: it stays where it was learned."""
    made = replan_saved(path(1), NO_CHANGE, catalogue(), {"css": STRONG, "git": STRONG})
    known = {entry["id"]: entry["source"] for entry in made.plan["assumedKnown"]}
    assert known == {"html": "assumed", "git": "observed"}
    assert made.not_needed == ("git",)


def test_a_done_skill_that_takes_longer_by_now_stays_done() -> None:
    """A catalogue that says more hours for it does not bring it back."""
    later = catalogue(css_hours=3)
    made = replan_saved(path(1), NO_CHANGE, later, {})
    assert skills_of(made.plan)[:3] == [(1, ["css"]), (2, ["react"]), (3, ["git"])]
    assert made.request["catalogueRevision"] == later.revision


def test_half_a_skill_is_not_done() -> None:
    """Of a skill that is split, what its done week leaves is planned, as the part that it is."""
    half = path(1)
    half.plan["path"][0]["skills"][0].update(hours=1.0, part={"number": 1, "of": 2})
    made = replan_saved(half, NO_CHANGE, catalogue(), {})
    parts = [entry for week in made.plan["path"][1:] for entry in week["skills"] if entry["id"] == "css"]
    assert parts == [{"id": "css", "title": "CSS", "hours": 1.0, "part": {"number": 2, "of": 2}}]


def test_a_goal_that_is_gone_is_said() -> None:
    """A path to a goal that the catalogue has no more cannot be planned anew."""
    with pytest.raises(UnknownName, match="unknown goal 'web'"):
        replan_saved(path(), NO_CHANGE, catalogue(goal="other"), {})


def test_what_is_not_sent_stays_as_it_was() -> None:
    """The first week is the one after the last done one, a gap before it or not."""
    assert replan_path(path(), {}) == Change(1, 4, 2.0)
    assert replan_path(path(1, 3), {}) == Change(4, 4, 2.0)
    assert replan_path(path(1), {"timeframe": "3weeks", "hoursPerWeek": 5}) == Change(2, 3, 5.0)
    assert replan_path(path(1), {"fromWeek": 3}) == Change(3, 4, 2.0)


@pytest.mark.parametrize(
    ("sent", "field", "message"),
    [
        ({"fromWeek": 2}, "fromWeek", "must come after week 2, which is done"),
        ({"fromWeek": 5}, "fromWeek", "must be one of the 4 weeks of the path"),
        ({"timeframe": "1week"}, "timeframe", "must reach to week 2, which is done"),
    ],
)
def test_a_change_must_leave_done_weeks_alone(sent: dict[str, Any], field: str, message: str) -> None:
    """Each fault names its field."""
    with pytest.raises(InvalidInput, match=message) as refused:
        replan_path(path(1, 2), sent)
    assert refused.value.field == field


def test_done_weeks_are_weeks_of_the_path() -> None:
    """They are kept in order, each once; every week that is not there is named by its place."""
    assert done_weeks(path(), [3, 1, 3]) == (1, 3)
    assert done_weeks(path(1), []) == ()
    with pytest.raises(InvalidRequest) as refused:
        done_weeks(path(), [4, 1, 9])
    assert [fault.field for fault in refused.value.errors] == ["doneWeeks/0", "doneWeeks/2"]


def test_a_revision_that_was_read_must_be_the_current_one() -> None:
    """Who names none takes what there is."""
    expect_revision(path(), None)
    expect_revision(path(), 1)
    with pytest.raises(PathChanged):
        expect_revision(path(), 2)
