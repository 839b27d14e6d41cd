"""The answer of a learning path, as clients read it."""

from collections.abc import Mapping
from typing import Any

import pytest

from flows.catalogue.model import BUILT_IN, Goal
from flows.catalogue.parse import parse
from flows.deadline import Deadline
from flows.intelligence.goal_value import GoalValue
from flows.intelligence.path_answer import compose
from flows.intelligence.path_reasons import PathFacts
from flows.loader import BUILT_IN_FILE, load_flows
from flows.registry import STAGES
from flows.run import run_flow
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_learners import InMemoryLearners
from tests.ports import make_ports

#: Skill: its area and its hours.
SKILLS = {"html": ("web", 2), "css": ("web", 3), "sql": ("data", 5), "etl": ("data", 8), "git": ("tools", 1)}
GOAL = Goal(id="all", title="All of It", skills={"html": 1.0, "css": 0.5, "sql": 0.25, "etl": 0.25})


def week(
    number: int, learning: Mapping[str, int], reviews: Mapping[str, int] | None = None
) -> dict[str, Any]:
    return {"week": number, "learning": learning, "reviews": reviews or {}}


def answer(
    *weeks: dict[str, Any],
    beyond: tuple[str, ...] = (),
    known: Mapping[str, str] | None = None,
    prompts: int = 4,
    needs: Mapping[str, list[str]] | None = None,
) -> dict[str, Any]:
    """The answer for a plan of eight weeks of 400 minutes; each skill has prompts P1, P2 and so on."""
    skills = [
        {
            "id": skill_id,
            "title": skill_id.upper(),
            "area": area,
            "hours": hours,
            "level": "mid",
            "prerequisites": (needs or {}).get(skill_id, []),
            "prompts": [f"{skill_id} P{number}" for number in range(1, prompts + 1)],
        }
        for skill_id, (area, hours) in SKILLS.items()
    ]
    areas = {"web": "Web Things", "data": "Data Things"}
    facts = PathFacts(
        catalogue=parse("house", [("test", {"areas": areas, "skills": skills})]),
        goal=GOAL,
        level="junior",
        known=known or {},
        mastery={},
        values={skill_id: GoalValue(2 / 3, 1.0, ("etl",)) for skill_id in SKILLS},
        started_in={s: entry["week"] for entry in reversed(weeks) for s in entry["learning"]},
        finished_in={s: entry["week"] for entry in weeks for s in entry["learning"]},
    )
    return compose(facts, weeks, beyond, weeks_in_all=8, minutes_per_week=400)


def test_an_empty_plan_is_an_answer() -> None:
    """Whoever knows everything gets no weeks, full coverage, and what was taken as known, by id."""
    assert answer(known={"sql": "stated", "css": "implied"}) == {
        "goal": {"id": "all", "title": "All of It"},
        "catalogue": "house",
        "weeks": 8,
        "totalHours": 0.0,
        "coverage": 1.0,
        "assumedKnown": [{"id": "css", "source": "implied"}, {"id": "sql", "source": "stated"}],
        "path": [],
        "beyondTimeframe": [],
    }


def test_a_week_of_learning_and_review_is_told_in_full() -> None:
    """Skills in order with hours and part, prompts, reviews, hours, and why."""
    found = answer(week(1, {"html": 120}), week(3, {"css": 180, "sql": 100}, {"html": 15}))["path"][1]
    assert found == {
        "id": "week-3",
        "week": 3,
        "focus": "CSS",
        "skills": [
            {"id": "css", "title": "CSS", "hours": 3.0},
            {"id": "sql", "title": "SQL", "hours": 1.67},
        ],
        "reviews": [{"id": "html", "title": "HTML", "hours": 0.25, "prompt": "html P4"}],
        "prompts": ["css P1", "css P2", "css P3", "css P4", "sql P1", "sql P2", "sql P3", "sql P4"],
        "hours": 4.92,
        "confidence": 0.86,
        "reason": "Nothing else is needed first, ready for CSS: a skill of the goal All of It.",
        "evidence": ["skill:css", "goal:all"],
    }


def test_hours_in_all_count_reviews_as_well() -> None:
    """The total is what is asked of the person: learning and reviews."""
    assert answer(week(1, {"html": 100}), week(2, {"html": 20}, {"css": 25}))["totalHours"] == 2.42


@pytest.mark.parametrize(
    ("prompts", "shares"),
    [
        (4, [["P1", "P2"], ["P3", "P4"]]),
        (3, [["P1"], ["P2", "P3"]]),
        (4, [["P1"], ["P2"], ["P3", "P4"]]),
        (2, [["P1"], ["P1"], ["P2"]]),
        (1, [["P1"], ["P1"]]),
    ],
)
def test_the_prompts_of_a_split_skill_are_shared_out(prompts: int, shares: list[list[str]]) -> None:
    """Every part has a number and a prompt; every prompt of the skill comes, and in its order."""
    weeks = [week(number, {"sql": 60}) for number in range(1, len(shares) + 1)]
    path = answer(*weeks, prompts=prompts)["path"]
    assert [entry["prompts"] for entry in path] == [[f"sql {p}" for p in share] for share in shares]
    parts = [entry["skills"][0]["part"] for entry in path]
    assert parts == [{"number": n, "of": len(shares)} for n in range(1, len(shares) + 1)]


def test_reviews_ask_for_the_hardest_first() -> None:
    """Each review of a skill takes another prompt, from the last one to the first and round again."""
    weeks = [week(n, {}, {"sql": 15}) for n in range(2, 6)]
    path = answer(week(1, {"sql": 300}), *weeks, prompts=3)["path"][1:]
    assert [entry["prompts"] for entry in path] == [["sql P3"], ["sql P2"], ["sql P1"], ["sql P3"]]


@pytest.mark.parametrize(
    ("learning", "focus"),
    [
        ({"html": 100}, "HTML"),
        ({"html": 100, "sql": 100}, "HTML"),
        ({"html": 90, "sql": 100, "css": 10}, "SQL"),
        ({"html": 90, "sql": 100, "css": 20}, "Web Things"),
        ({"html": 60, "sql": 100, "css": 20, "etl": 30}, "Data Things"),
        ({"html": 30, "css": 30, "git": 70, "sql": 40}, "tools"),
        ({}, "Review"),
    ],
)
def test_the_focus_is_what_takes_most(learning: dict[str, int], focus: str) -> None:
    """A skill that takes half of the learning, else the subject that takes most; its id without a title."""
    path = answer(week(1, {"html": 120}), week(2, learning, {"html": 15}))["path"]
    assert path[1]["focus"] == focus


def test_the_reason_is_that_of_the_skill_that_takes_most() -> None:
    """The skill with most minutes speaks for the week, of equals the first."""
    path = answer(week(1, {"css": 100, "html": 120}), week(2, {"etl": 60, "sql": 60}))["path"]
    assert [entry["evidence"][0] for entry in path] == ["skill:html", "skill:etl"]


def test_a_week_of_reviews_says_so() -> None:
    """With nothing to learn, the prompts are those of the reviews, and the reason the weeks before."""
    found = answer(week(1, {"css": 60}), week(2, {"html": 60}), week(5, {}, {"html": 15, "css": 20}))
    last = found["path"][2]
    assert (last["skills"], last["prompts"]) == ([], ["html P4", "css P4"])
    assert last["reason"] == "Nothing new is left; reviews keep HTML and CSS from fading."
    assert last["evidence"] == ["week:1", "week:2"]


@pytest.mark.parametrize(
    ("known", "changed", "confidence"),
    [
        ({"html": "stated"}, week(1, {"css": 400}), 0.83),
        ({}, week(1, {"css": 400}), 0.78),
        ({"html": "stated"}, week(1, {"css": 200}), 0.86),
        ({"html": "stated"}, week(1, {"css": 200}, {"git": 200}), 0.83),
        ({"html": "stated"}, week(5, {"css": 400}), 0.77),
    ],
)
def test_confidence_weighs_the_week(
    known: dict[str, str], changed: dict[str, Any], confidence: float
) -> None:
    """What is known, how full the week is (reviews too), and how late: each moves the confidence."""
    path = answer(week(0, {"git": 1, "html": 1}), changed, known=known, needs={"css": ["html"]})["path"]
    assert path[1]["confidence"] == confidence


@pytest.mark.parametrize(
    ("beyond", "coverage"),
    [
        ((), 1.0),
        (("etl",), 0.875),
        (("css", "git"), 0.75),
        (("html", "css", "sql", "etl"), 0.0),
        (("git",), 1.0),
    ],
)
def test_coverage_is_the_share_of_the_goals_weight(beyond: tuple[str, ...], coverage: float) -> None:
    """Targets beyond the time frame count against it by weight; what is only a step does not."""
    assert answer(beyond=beyond)["coverage"] == coverage


def test_what_lies_beyond_is_named_with_its_worth() -> None:
    """In the order of the plan, with hours and weight in at most three decimals."""
    assert answer(beyond=("sql", "git"))["beyondTimeframe"] == [
        {"id": "sql", "title": "SQL", "hours": 5.0, "weight": 0.667},
        {"id": "git", "title": "GIT", "hours": 1.0, "weight": 0.667},
    ]


def test_the_flow_hands_on_from_stage_to_stage() -> None:
    """Candidates in the catalogue's order, ranked by worth, laid into weeks, each with its reason."""
    specs = {
        "react": ("web", 6, ["js", "css"]),
        "js": ("web", 8, ["html"]),
        "css": ("web", 3, ["html"]),
        "sql": ("data", 4, []),
        "html": ("web", 2, []),
    }
    skills = [
        {"id": s, "title": s.upper(), "area": area, "hours": h, "prerequisites": needs, "prompts": ["Do it."]}
        for s, (area, h, needs) in specs.items()
    ]
    goals = [{"id": "dev", "title": "Developer", "skills": {"react": 1.0, "sql": 0.5}}]
    catalogue = parse(BUILT_IN, [("test", {"skills": skills, "goals": goals})])
    ports = make_ports(catalogues=InMemoryCatalogues(lambda: catalogue), learners=InMemoryLearners())
    request = {"organisation": "acme", "userId": "ann", "catalogue": BUILT_IN, "goal": "dev"}
    request |= {"currentSkill": "junior", "weeks": 4, "hoursPerWeek": 6.0}
    flow = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)["learning_path"]
    run = run_flow(flow, request, ports, Deadline.after(1e9))
    assert run.runs[1].updates["candidates"] == ["react", "js", "css", "sql", "html"]
    assert [entry["id"] for entry in run.runs[2].updates["ranking"]] == ["css", "html", "js", "react", "sql"]
    assert run.result is not None
    assert [
        ([skill["id"] for skill in w["skills"]], w["confidence"], w["reason"], w["evidence"])
        for w in run.result["path"]
    ] == [
        (
            *(["html", "css", "js"], 0.85),
            "HTML learned just before, ready for CSS: needed for REACT.",
            ["week:1", "skill:html", "skill:react"],
        ),
        (["js"], 0.82, "Continues JS from week 1: needed for REACT.", ["week:1", "skill:react"]),
        (
            *(["js", "react"], 0.79),
            "JS learned just before, ready for REACT: a core skill of the goal Developer.",
            ["week:3", "skill:js", "goal:dev"],
        ),
        (
            *(["react", "sql"], 0.77),
            "Nothing else is needed first, ready for SQL: a skill of the goal Developer.",
            ["skill:sql", "goal:dev"],
        ),
    ]
