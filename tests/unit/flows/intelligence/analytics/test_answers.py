"""Counts of the store as they are served."""

from datetime import date

from flows.intelligence.analytics.answers import flows_answer, models_answer, overview, skills_answer
from flows.intelligence.analytics.model import (
    Feedbacks,
    FlowCounts,
    Judged,
    Latency,
    ModelCounts,
    SkillPeople,
)
from flows.intelligence.analytics.period import Period

PERIOD = Period(date(2026, 3, 1), date(2026, 3, 10))
SHOWN_PERIOD = {"from": "2026-03-01", "to": "2026-03-10"}
NONE = {"items": 0, "count": 0, "rate": None, "low": None, "high": None}
FLOWS = [
    FlowCounts(
        flow="b",
        decisions=6,
        degraded=2,
        latency=Latency(9.96, 24.04),
        judged=Judged(4, 3, 1),
        degradations={"x:timeout": 1, "y:timeout": 2},
    ),
    FlowCounts(flow="a", decisions=4, degraded=1, judged=Judged(6, 2, 0), degradations={"x:timeout": 1}),
]


def test_the_overview_adds_flows_up() -> None:
    """Volumes, shares and reasons are those of all flows together, the most frequent reason first."""
    said = Feedbacks(verdicts={"accepted": 5, "dismissed": 5, "completed": 1}, ratings=2, mean_rating=3.5)
    found = overview(PERIOD, FLOWS, 7, said)
    assert (found["period"], found["decisions"], found["people"]) == (SHOWN_PERIOD, 10, 7)
    assert (found["degraded"]["items"], found["degraded"]["rate"]) == (10, 0.3)
    assert found["degradations"] == [{"reason": "x:timeout", "count": 2}, {"reason": "y:timeout", "count": 2}]
    assert (found["acceptance"]["items"], found["acceptance"]["rate"]) == (10, 0.5)
    assert (found["completion"]["count"], found["completion"]["rate"]) == (1, 0.1)
    assert found["feedback"] == {"accepted": 5, "dismissed": 5, "completed": 1}
    assert found["ratings"] == {"count": 2, "mean": 3.5}


def test_an_overview_of_nothing() -> None:
    """A period without any answer has no rates, and no error."""
    said = Feedbacks(verdicts={}, ratings=0, mean_rating=None)
    found = overview(PERIOD, [], 0, said)
    assert (found["decisions"], found["acceptance"], found["degraded"]) == (0, NONE, NONE)
    assert found["ratings"] == {"count": 0, "mean": None}


def test_flows_by_name() -> None:
    """Each flow has its own figures; one without an answer in the period has no latency."""
    found = flows_answer(PERIOD, FLOWS)["flows"]
    assert [(flow["flow"], flow["latencyMs"]) for flow in found] == [
        ("a", None),
        ("b", {"p50": 10.0, "p95": 24.0}),
    ]
    assert found[1]["degradations"][0] == {"reason": "y:timeout", "count": 2}
    assert found[1]["acceptance"]["rate"] == 0.75


def test_skills_of_too_few_people_are_not_told() -> None:
    """Two people who lack a skill could be named by whoever knows a third."""
    asked = [SkillPeople(skill="go", people=3, decisions=9), SkillPeople(skill="css", people=2, decisions=9)]
    lacking = [
        SkillPeople(skill="sql", people=2, level=0.1),
        SkillPeople(skill="go", people=4, level=0.33333),
    ]
    found = skills_answer(PERIOD, asked, lacking, {"go": "Go"})
    assert found == {
        "period": SHOWN_PERIOD,
        "leastPeople": 3,
        "asked": [{"skill": "go", "title": "Go", "people": 3, "decisions": 9}],
        "lacking": [{"skill": "go", "title": "Go", "people": 4, "mastery": 0.3333}],
    }


def test_models_by_use() -> None:
    """The model that was used most comes first; what nobody judged or paid is empty."""
    one = ModelCounts(model="x", observations=2, latency=Latency(1, 2), quality=None, judged=0, cost_usd=None)
    two = ModelCounts(
        model="y", observations=3, latency=Latency(100.06, 200), quality=0.87654, judged=2, cost_usd=0.00123
    )
    found = models_answer(PERIOD, [one, two])["models"]
    assert [model["model"] for model in found] == ["y", "x"]
    assert (found[0]["quality"], found[0]["costUsd"], found[0]["judged"]) == (0.8765, 0.00123, 2)
    assert found[0]["latencyMs"] == {"p50": 100.1, "p95": 200}
    assert (found[1]["quality"], found[1]["costUsd"]) == (None, None)
