"""What a team brings to a project and what it lacks, and what is not told."""

from dataclasses import replace
from datetime import date

import pytest

from flows.catalogue.parse import parse
from flows.catalogue.projects import Project
from flows.intelligence.entitlements.model import Training
from flows.intelligence.teams.answer import compose
from flows.intelligence.teams.insights import find_gaps, insights, strengths, told, training_report
from flows.intelligence.teams.tally import TeamTally
from flows.ports import TrainingState

LEVELS = {"basics": "foundation", "k8s": "mid", "events": "senior", "docker": "junior", "react": "junior"}
CATALOGUE = parse(
    "built-in",
    [
        (
            "test",
            {
                "skills": [
                    {"id": s, "title": s.title(), "level": level, "hours": 4, "prompts": ["Do it."]}
                    for s, level in LEVELS.items()
                ]
            },
        )
    ],
)
PROJECT = Project(
    id="move",
    title="Cloud move",
    words=("move",),
    risk="nights get long",
    skills={"k8s": 1.0, "events": 0.7, "docker": 0.5},
)
TEAM = TeamTally(seen=10, working={"k8s": 3, "events": 8, "docker": 1, "react": 9}, near={"k8s": 2})


def test_gaps_are_need_times_the_missing_share() -> None:
    """Somebody near counts half; the greatest impact comes first; ties by need, then by id."""
    gaps = find_gaps(TEAM, PROJECT, CATALOGUE)
    assert [(g.skill.id, g.affected, g.far, g.impact, round(g.reach, 3)) for g in gaps] == [
        ("k8s", 7, 5, 0.6, 4.2),
        ("docker", 9, 9, 0.45, 4.05),
        ("events", 2, 2, 0.14, 0.28),
    ]
    assert [gap.priority for gap in gaps] == ["HIGH", "MEDIUM", "LOW"]


@pytest.mark.parametrize(
    ("working", "need", "priority"),
    [
        (0, 0.55, "HIGH"),
        (0, 0.54, "MEDIUM"),
        (0, 0.25, "MEDIUM"),
        (0, 0.24, "LOW"),
        (5, 1.0, "MEDIUM"),
        (4, 1.0, "HIGH"),
    ],
)
def test_priority_has_thresholds(working: int, need: float, priority: str) -> None:
    """HIGH from an impact of .55, MEDIUM from .25, else LOW."""
    team = TeamTally(seen=10, working={"k8s": working}, near={})
    (gap,) = find_gaps(team, replace(PROJECT, skills={"k8s": need}), CATALOGUE)
    assert gap.priority == priority


def test_a_skill_that_all_have_is_no_gap() -> None:
    """Nor is one that the catalogue does not know."""
    team = TeamTally(seen=4, working={"k8s": 4}, near={})
    assert find_gaps(team, replace(PROJECT, skills={"k8s": 1.0, "juggling": 1.0}), CATALOGUE) == []


def test_recommendations_speak_of_the_project_in_figures() -> None:
    """Each has its priority, its people, and an impact in the project's own words."""
    found = insights(TEAM, PROJECT, CATALOGUE)["recommendations"]
    assert found[0] == {
        "id": "gap:k8s",
        "priority": "HIGH",
        "topic": "K8S",
        "skill": "k8s",
        "affectedMembers": 7,
        "impact": 0.6,
        "businessImpact": "Critical for cloud move: 7 of 10 members are below working level; "
        "without it nights get long.",
        "evidence": ["project:move", "skill:k8s", "members:10"],
    }
    assert found[1]["businessImpact"] == "Useful for cloud move: 9 of 10 members are below working level."


def test_one_or_two_people_are_not_counted_out_loud() -> None:
    """A number of one or two is None, and neither the impact nor the sentence gives it away."""
    found = insights(TEAM, PROJECT, CATALOGUE)["recommendations"][2]
    assert (found["skill"], found["affectedMembers"], found["impact"]) == ("events", None, None)
    assert found["businessImpact"] == (
        "Important for cloud move: fewer than three of 10 members are below working level."
    )
    assert [told(people) for people in range(5)] == [0, None, None, 3, 4]


def test_gaps_and_workshops_leave_out_what_is_low() -> None:
    """Workshops are the gaps that reach three or more, by gap x people, named after who is far from it."""
    found = insights(TEAM, PROJECT, CATALOGUE)
    assert found["gaps"] == ["K8S", "Docker"]
    assert found["suggestedWorkshops"] == ["K8S, from the ground up", "Docker, from the ground up"]
    assert found["workshops"] == [
        {"title": "K8S, from the ground up", "skill": "k8s", "membersReached": 7, "value": 4.2},
        {"title": "Docker, from the ground up", "skill": "docker", "membersReached": 9, "value": 4.05},
    ]
    near = TeamTally(seen=4, working={}, near={"k8s": 3, "docker": 2, "events": 4})
    assert insights(near, PROJECT, CATALOGUE)["suggestedWorkshops"] == [
        "K8S, in practice",
        "Docker, from the ground up",
        "Events, in practice",
    ]


def test_workshops_go_by_people_reached() -> None:
    """Of two gaps, the one whose workshop reaches more people comes first, if it is as deep."""
    team = TeamTally(seen=10, working={"k8s": 5, "docker": 0, "events": 10}, near={})
    found = insights(team, replace(PROJECT, skills={"k8s": 1.0, "docker": 0.4}), CATALOGUE)
    assert [gap["skill"] for gap in found["recommendations"]] == ["k8s", "docker"]
    assert [(w["skill"], w["value"]) for w in found["workshops"]] == [("docker", 4.0), ("k8s", 2.5)]


def test_strengths_are_what_most_can_do() -> None:
    """Sixty per cent and three people make a strength; the project's come first, foundations only then."""
    team = TeamTally(
        seen=5, working={"basics": 5, "react": 3, "docker": 3, "events": 4, "k8s": 2, "juggling": 5}, near={}
    )
    assert strengths(team, PROJECT, CATALOGUE) == ["Events", "Docker", "React"]
    needs_basics = replace(PROJECT, skills={"basics": 1.0})
    assert strengths(team, needs_basics, CATALOGUE) == ["Basics", "Events", "Docker", "React"]
    assert strengths(TeamTally(seen=3, working={"react": 2}, near={}), PROJECT, CATALOGUE) == []


def test_what_one_person_holds() -> None:
    """Skills of exactly one member are listed without a name, what the project needs first."""
    team = TeamTally(seen=5, working={"basics": 1, "react": 1, "docker": 1, "k8s": 2, "events": 1}, near={})
    assert insights(team, PROJECT, CATALOGUE)["singlePointsOfKnowledge"] == [
        {"skill": "events", "title": "Events", "need": 0.7},
        {"skill": "docker", "title": "Docker", "need": 0.5},
        {"skill": "react", "title": "React", "need": 0.0},
    ]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Cloud move", "cloud move"),
        ("Single sign-on", "single sign-on"),
        ("Real-time chat", "real-time chat"),
        ("CI/CD", "CI/CD"),
        ("iOS app", "iOS app"),
        ("LLM assistant", "LLM assistant"),
        ("Kubernetes adoption", "Kubernetes adoption"),
        (".NET modernisation", ".NET modernisation"),
    ],
)
def test_a_title_inside_a_sentence(title: str, expected: str) -> None:
    """A plain word loses its capital, a name keeps it."""
    said = insights(TEAM, replace(PROJECT, title=title), CATALOGUE)["recommendations"][1]["businessImpact"]
    assert said.startswith(f"Useful for {expected}: ")


def test_mandatory_training_of_a_team() -> None:
    """What everybody has completed is left out; one or two people are not counted out loud."""

    def state(id_: str, due_on: date, completed: int) -> TrainingState:
        return TrainingState(Training(id=id_, course=id_.title(), skill=None, due_on=due_on), completed)

    states = [
        state("few", date(2025, 9, 1), 8),
        state("late", date(2025, 8, 17), 4),
        state("done", date(2025, 8, 1), 10),
        state("today", date(2025, 8, 18), 7),
    ]
    assert training_report(states, 10, date(2025, 8, 18)) == [
        {
            "id": "late",
            "course": "Late",
            "dueOn": "2025-08-17",
            "overdue": True,
            "daysLeft": -1,
            "openMembers": 6,
        },
        {
            "id": "today",
            "course": "Today",
            "dueOn": "2025-08-18",
            "overdue": False,
            "daysLeft": 0,
            "openMembers": 3,
        },
        {
            "id": "few",
            "course": "Few",
            "dueOn": "2025-09-01",
            "overdue": False,
            "daysLeft": 14,
            "openMembers": None,
        },
    ]


@pytest.mark.parametrize(
    ("size", "seen", "expected", "note"),
    [
        (10, 10, None, ""),
        (10, 10, 10, ""),
        (10, 10, 8, ""),
        (10, 10, 12, "10 of 12 members were seen; what is said is about these."),
        (10, 7, None, "7 of 10 members were seen; what is said is about these."),
        (10, 7, 8, "7 of 10 members were seen; what is said is about these."),
    ],
)
def test_how_much_of_the_team_was_seen(size: int, seen: int, expected: int | None, note: str) -> None:
    """Whoever was not seen is spoken of as that, by the team's size or the one that was sent."""
    tally = TeamTally(seen=seen, working={}, near={})
    answer = compose(
        tally=tally, size=size, training=[], project=PROJECT, catalogue=CATALOGUE, expected=expected
    )
    assert (answer["members"], answer["membersSeen"], answer["teamSize"]) == (size, seen, expected)
    assert (answer["note"], answer["withheld"]) == (note, None)


@pytest.mark.parametrize(
    ("size", "withheld", "note"),
    [
        (None, "fewer_than_three_members", "Nothing is said about fewer than 3 members."),
        (9, "fewer_than_three_members_seen", "Nothing is said about fewer than 3 members who were observed."),
    ],
)
def test_a_small_group_is_not_spoken_of(size: int | None, withheld: str, note: str) -> None:
    """With fewer than three members, or three seen, every list is empty and the answer says why."""
    answer = compose(tally=None, size=size, training=[], project=PROJECT, catalogue=CATALOGUE, expected=None)
    assert (answer["withheld"], answer["note"]) == (withheld, note)
    assert (answer["members"], answer["membersSeen"]) == (size, None)
    assert set(map(str, answer["teamInsights"].values())) == {"[]"}
    assert answer["teamInsights"].keys() == insights(TEAM, PROJECT, CATALOGUE).keys() | {"mandatoryTraining"}
