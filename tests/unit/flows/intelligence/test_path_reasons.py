"""Why a week is in the path, and what the sentence rests on."""

from collections.abc import Mapping

import pytest

from flows.catalogue.model import Goal
from flows.catalogue.parse import parse
from flows.intelligence.goal_value import GoalValue
from flows.intelligence.mastery import Mastery
from flows.intelligence.path_reasons import PathFacts, reason_for, review_reason

NEEDS = {
    "css": [],
    "html": [],
    "javascript": [],
    "react": ["html", "javascript"],
    "hooks": ["react"],
    "next": ["hooks", "react"],
}
AREAS = {"hooks": "state"}
WEB = Goal(id="web", title="Web Developer", skills={"hooks": 0.8, "next": 0.79})
MASTERY = {"react": Mastery(0.934, 41), "javascript": Mastery(0.9, 9), "html": Mastery(0.81, 99)}


def facts(
    known: Mapping[str, str] | None = None,
    *,
    goal: Goal = WEB,
    finished_in: Mapping[str, int] | None = None,
    started_in: Mapping[str, int] | None = None,
    targets: tuple[str, ...] = ("hooks", "next", "react"),
    beyond: tuple[str, ...] = (),
) -> PathFacts:
    """What is known of a path; every skill starts in week 5 unless said otherwise or beyond."""
    skills = [
        {
            "id": skill_id,
            "title": skill_id.title(),
            "area": AREAS.get(skill_id, "general"),
            "hours": 1,
            "prompts": ["Do."],
            "prerequisites": needs,
        }
        for skill_id, needs in NEEDS.items()
    ]
    return PathFacts(
        catalogue=parse("test", [("test", {"skills": skills})]),
        goal=goal,
        level="mid",
        known=known or {},
        mastery=MASTERY,
        values={skill_id: GoalValue(1.0, 1.0, targets) for skill_id in NEEDS},
        finished_in=finished_in or dict.fromkeys(NEEDS, 4),
        started_in={s: 5 for s in NEEDS if s not in beyond} | (started_in or {}),
    )


@pytest.mark.parametrize(
    ("source", "ground", "evidence"),
    [
        ("observed", "Strong React detected (mastery 0.93 from 41 observations)", ["mastery:react"]),
        ("stated", "You know React", ["stated:react"]),
        ("assumed", "React is taken as known at mid level", ["level:mid", "skill:react"]),
        ("implied", "React comes with what you know", ["skill:react"]),
    ],
)
def test_a_week_builds_on_what_is_known(source: str, ground: str, evidence: list[str]) -> None:
    """The sentence says how the prerequisite came to be known, and names just that as evidence."""
    sentence = f"{ground}, ready for Hooks: a core skill of the goal Web Developer."
    assert reason_for(facts({"react": source}), "hooks", 5) == (sentence, [*evidence, "goal:web"])


@pytest.mark.parametrize(("done", "when"), [(4, "in week 4"), (5, "just before")])
def test_a_week_builds_on_what_was_learned_earlier(done: int, when: str) -> None:
    """In an earlier week of the path, or earlier in the same week."""
    reason = reason_for(facts(finished_in={"react": done}), "hooks", 5)
    sentence = f"React learned {when}, ready for Hooks: a core skill of the goal Web Developer."
    assert reason == (sentence, [f"week:{done}", "skill:react", "goal:web"])


def test_a_skill_without_prerequisites_needs_no_ground() -> None:
    """What needs nothing says so, and its own entry in the catalogue is the evidence."""
    sentence, evidence = reason_for(facts(targets=("hooks",)), "css", 5)
    assert sentence == "Nothing else is needed first, ready for Css: needed for Hooks."
    assert evidence == ["skill:css", "skill:hooks"]


@pytest.mark.parametrize(
    ("source", "evidence"),
    [
        ("observed", "mastery:html"),
        ("stated", "stated:html"),
        ("assumed", "level:mid"),
        ("implied", "skill:html"),
        (None, "week:4"),
    ],
)
def test_the_first_prerequisite_is_the_ground(source: str | None, evidence: str) -> None:
    """Authors name the nearest prerequisite first; how it is known is the evidence."""
    known = {"javascript": "observed"} | ({"html": source} if source else {})
    assert reason_for(facts(known), "react", 5)[1][0] == evidence


def test_a_prerequisite_of_the_same_area_is_nearer() -> None:
    """The ground is looked for in the skill's own area first."""
    assert reason_for(facts({"hooks": "stated", "react": "stated"}), "next", 5)[1][0] == "stated:react"


def test_a_skill_that_goes_on_says_since_when() -> None:
    """A later part of a skill refers to the week of the first one."""
    continued = facts({"react": "stated"}, started_in={"hooks": 3})
    assert reason_for(continued, "hooks", 5) == (
        "Continues Hooks from week 3: a core skill of the goal Web Developer.",
        ["week:3", "goal:web"],
    )
    assert reason_for(continued, "hooks", 3)[0].startswith("You know React, ready for Hooks")


@pytest.mark.parametrize(
    ("skill", "purpose", "evidence"),
    [
        ("hooks", "a core skill of the goal Web Developer", ["goal:web"]),
        ("next", "a skill of the goal Web Developer", ["goal:web"]),
        ("react", "needed for Hooks and Next", ["skill:hooks", "skill:next"]),
    ],
)
def test_a_reason_says_what_the_skill_is_for(skill: str, purpose: str, evidence: list[str]) -> None:
    """A target of .8 or more is a core skill, any other a skill, and the rest serve two at most."""
    sentence, ids = reason_for(facts(dict.fromkeys(NEEDS, "stated")), skill, 5)
    assert sentence.endswith(f": {purpose}.")
    assert ids[1:] == evidence


@pytest.mark.parametrize(
    ("beyond", "named"),
    [
        ((), "Hooks and Next"),
        (("hooks",), "Next and React"),
        (("hooks", "react"), "Next"),
        (("hooks", "next", "react"), "Hooks and Next"),
    ],
)
def test_a_step_is_for_what_comes_in_this_path(beyond: tuple[str, ...], named: str) -> None:
    """Of the targets that a skill leads to, those of the path are named; if none is, the weightiest."""
    assert reason_for(facts(beyond=beyond), "css", 5)[0].endswith(f": needed for {named}.")


def test_a_skill_that_was_asked_for_needs_no_other_purpose() -> None:
    """When the goal is the skill itself, that is the reason."""
    goal = Goal(id="hooks", title="Hooks", skills={"hooks": 1.0})
    assert reason_for(facts({"react": "stated"}, goal=goal), "hooks", 5) == (
        "You know React, ready for Hooks: it is what you asked for.",
        ["stated:react", "skill:hooks"],
    )


@pytest.mark.parametrize(
    ("titles", "listed"),
    [
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
        (["A", "B", "C", "D"], "A, B, C and 1 more"),
        (["A", "B", "C", "D", "E"], "A, B, C and 2 more"),
    ],
)
def test_a_week_of_reviews_names_what_it_keeps(titles: list[str], listed: str) -> None:
    """Three titles at most, then how many more."""
    sentence, _ = review_reason(titles, [1], all_planned=True)
    assert sentence == f"Nothing new is left; reviews keep {listed} from fading."


def test_a_week_of_reviews_rests_on_the_weeks_that_taught_them() -> None:
    """Each of these weeks once, in order."""
    assert review_reason(["A", "B", "C"], [7, 2, 7], all_planned=True)[1] == ["week:2", "week:7"]


def test_a_week_of_reviews_admits_that_something_is_left() -> None:
    """Nothing new is left is said only when it is so."""
    sentence, _ = review_reason(["A"], [1], all_planned=False)
    assert sentence == "What is left does not fit into the time; reviews keep A from fading."
