"""Counting for analytics: on SQLite and on PostgreSQL."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from flows.decisions.model import ShownItem
from flows.intelligence.analytics.model import Feedbacks, FlowCounts, Judged, Latency, SkillPeople
from flows.intelligence.analytics.period import Period
from flows.intelligence.analytics.reliability import reliability
from flows.intelligence.calibration import brier_score, expected_calibration_error
from flows.intelligence.mastery import Mastery
from flows.signals.feedback import Verdict
from tasks.store.analytics import Analytics
from tasks.store.decisions import StoredDecisions
from tasks.store.learners import StoredLearners
from tasks.store.tables import model_observations
from tests.decisions import NOON, a_decision, a_feedback, judge

PERIOD = Period(date(2026, 3, 10), date(2026, 3, 10))
DAY = timedelta(days=1)


def at(moment: Any) -> int:
    """Milliseconds since the epoch."""
    return int(moment.timestamp() * 1000)


def test_nothing_is_nothing(engine: Engine) -> None:
    """An organisation without any row has empty figures, and no error."""
    found = Analytics(engine)
    assert (found.flows("acme", PERIOD), found.people("acme", PERIOD)) == ([], 0)
    assert found.feedback("acme", PERIOD) == Feedbacks(
        verdicts={"accepted": 0, "dismissed": 0, "completed": 0}, ratings=0, mean_rating=None
    )
    assert (found.asked_skills("acme", PERIOD), found.lacking_skills("acme")) == ([], [])
    assert (found.models("acme", PERIOD), found.calibration("acme", PERIOD)) == ([], [])


def test_volumes_and_degradations(engine: Engine) -> None:
    """Answers are counted by flow, each reason once per answer, and people once."""
    both = ("a:x", "b:y")
    StoredDecisions(engine).write(
        [
            a_decision("d-1"),
            a_decision("d-2", degraded=both, user_id="bob"),
            a_decision("d-3", degraded=("a:x", "a:x")),
            a_decision("d-4", flow="other", degraded=both),
            a_decision("d-5", user_id=None),
        ]
    )
    found = Analytics(engine)
    first, second = found.flows("acme", PERIOD)
    assert (first.flow, first.decisions, first.degraded) == ("other", 1, 1)
    assert (second.flow, second.decisions, second.degraded) == ("plain", 4, 2)
    assert second.degradations == {"a:x": 2, "b:y": 1}
    assert found.people("acme", PERIOD) == 2


def test_latency(engine: Engine) -> None:
    """Percentiles are by nearest rank, of each flow by itself."""
    log = StoredDecisions(engine)
    log.write([a_decision(f"a-{n}", total_ms=float(n)) for n in range(1, 21)])
    log.write([a_decision(f"b-{n}", flow="other", total_ms=float(n)) for n in (7, 3, 5)])
    latency = {flow.flow: flow.latency for flow in Analytics(engine).flows("acme", PERIOD)}
    assert latency == {"plain": Latency(10.0, 19.0), "other": Latency(5.0, 7.0)}


def test_acceptance(engine: Engine) -> None:
    """Items are counted once: accepted when any feedback says accepted or completed."""
    shown = tuple(ShownItem(f"prompt:{n}") for n in range(1, 5))
    StoredDecisions(engine).write([a_decision(shown=shown)])
    judge(
        engine,
        a_feedback(item_id="prompt:1"),
        a_feedback(item_id="prompt:1", verdict=Verdict.COMPLETED, rating=5),
        a_feedback(item_id="prompt:2", verdict=Verdict.DISMISSED, rating=2),
        a_feedback(item_id="prompt:3", verdict=Verdict.DISMISSED),
        a_feedback(item_id="prompt:3"),
    )
    found = Analytics(engine)
    assert found.flows("acme", PERIOD)[0].judged == Judged(items=3, accepted=2, completed=1)
    assert found.feedback("acme", PERIOD) == Feedbacks(
        verdicts={"accepted": 2, "dismissed": 2, "completed": 1}, ratings=2, mean_rating=3.5
    )


def test_a_period_has_edges(engine: Engine) -> None:
    """From midnight to midnight; outcomes count when they were told, whenever the decision was."""
    midnight = PERIOD.start
    moments = [midnight - timedelta(milliseconds=1), midnight, midnight + DAY - timedelta(milliseconds=1)]
    decided = [a_decision(f"d-{n}", at_ms=at(moment)) for n, moment in enumerate([*moments, midnight + DAY])]
    StoredDecisions(engine).write(decided)
    judge(engine, a_feedback("d-0", at=midnight), a_feedback("d-1", at=midnight + DAY))
    assert Analytics(engine).flows("acme", PERIOD) == [
        FlowCounts(flow="plain", decisions=2, latency=Latency(10.0, 10.0), judged=Judged(1, 1, 0))
    ]


def test_feedback_on_an_older_decision_shows_its_flow(engine: Engine) -> None:
    """A flow that answered nothing in the period is there for its feedback."""
    StoredDecisions(engine).write([a_decision(at_ms=at(NOON - 5 * DAY))])
    judge(engine, a_feedback())
    assert Analytics(engine).flows("acme", PERIOD) == [FlowCounts(flow="plain", judged=Judged(1, 1, 0))]


def test_skills_asked_for(engine: Engine) -> None:
    """Skills shown to three people or more, those of most people first, each once per answer."""

    def shows(number: int, user_id: str | None, *skills: str) -> Any:
        items = (ShownItem("week-1", skills=skills), ShownItem("week-2", skills=skills[:1]))
        return a_decision(f"d-{number}", user_id=user_id, shown=items)

    people = ["ann", "bob", "cem", "dee"]
    decided = [shows(n, user_id, "go", "css") for n, user_id in enumerate(people[:3])]
    decided += [
        shows(3, "dee", "css"),
        shows(4, "ann", "css"),
        shows(5, "ann", "sql"),
        shows(6, "bob", "sql"),
    ]
    StoredDecisions(engine).write([*decided, shows(7, None, "sql", "go")])
    assert Analytics(engine).asked_skills("acme", PERIOD) == [
        SkillPeople(skill="css", people=4, decisions=5),
        SkillPeople(skill="go", people=3, decisions=4),
    ]


def test_skills_that_are_missing(engine: Engine) -> None:
    """Skills that three people or more were seen with and master less than half."""
    learners = StoredLearners(engine)
    for user_id, level in (("ann", 0.1), ("bob", 0.2), ("cem", 0.3), ("dee", 0.9)):
        sql = Mastery(0.5, 2) if user_id == "ann" else Mastery(0.1, 2)
        learners.record("acme", user_id, {"go": Mastery(level, 3), "sql": sql, "css": Mastery(0.9, 1)})
    learners.record("acme", "dee", {"sql": Mastery(0.5, 2)})
    found = Analytics(engine).lacking_skills("acme")
    assert [(skill.skill, skill.people) for skill in found] == [("go", 3)]
    assert found[0].level == pytest.approx(0.2)


def test_models(engine: Engine) -> None:
    """Each model has its own means and percentiles; what nobody judged does not count as bad."""
    common = {"organisation_id": "acme", "task": "review", "at": NOON}
    rows = [
        common | {"id": str(n), "model": "x", "quality": quality, "latency_ms": float(n), "cost_usd": 0.5}
        for n, quality in enumerate([0.5, 1.0, None], start=1)
    ]
    rows.append(common | {"id": "4", "model": "y", "quality": None, "latency_ms": 9.0, "cost_usd": None})
    rows.append(rows[0] | {"id": "5", "at": NOON - DAY})
    StoredLearners(engine).record("acme", "ann", {})
    with engine.begin() as connection:
        connection.execute(insert(model_observations), rows)
    x, y = Analytics(engine).models("acme", PERIOD)
    assert (x.model, x.observations, x.judged, x.quality, x.cost_usd) == ("x", 3, 2, 0.75, 0.5)
    assert (x.latency, y.latency) == (Latency(2.0, 3.0), Latency(9.0, 9.0))
    assert (y.model, y.quality, y.cost_usd) == ("y", None, None)


def test_calibration_is_that_of_single_pairs(engine: Engine) -> None:
    """What the database adds up by tenths gives the error that all pairs would, edges included."""
    confidences = [0.0, 0.05, 0.1, 0.25, 0.3, 0.31, 0.6, 0.7, 0.77, 0.9, 0.99, 1.0]
    accepted = [n % 3 != 0 for n in range(len(confidences))]
    shown = tuple(ShownItem(f"prompt:{n}", confidence=c) for n, c in enumerate(confidences))
    StoredDecisions(engine).write([a_decision(shown=(*shown, ShownItem("prompt:x")))])
    verdicts = [Verdict.ACCEPTED if taken else Verdict.DISMISSED for taken in accepted]
    said = [a_feedback(item_id=f"prompt:{n}", verdict=verdict) for n, verdict in enumerate(verdicts)]
    judge(engine, *said, a_feedback(item_id="prompt:x"))
    found = reliability(Analytics(engine).calibration("acme", PERIOD))
    assert [row["from"] for row in found["bins"]] == [0.0, 0.1, 0.2, 0.3, 0.6, 0.7, 0.9]
    assert found["items"] == 12
    assert found["ece"] == pytest.approx(expected_calibration_error(confidences, accepted), abs=1e-4)
    assert found["brier"] == pytest.approx(brier_score(confidences, accepted), abs=1e-4)


def test_organisations_do_not_see_each_other(engine: Engine) -> None:
    """Whatever one organisation has, another one's figures stay empty."""
    decided = [a_decision(f"d-{n}", user_id=str(n), degraded=("a:x",)) for n in range(3)]
    StoredDecisions(engine).write(decided)
    judge(engine, *(a_feedback(f"d-{n}") for n in range(3)))
    for n in range(3):
        StoredLearners(engine).record("acme", str(n), {"go": Mastery(0.1, 2)})
    row = {"id": "1", "model": "x", "task": "review", "latency_ms": 1.0, "at": NOON}
    with engine.begin() as connection:
        connection.execute(insert(model_observations), row | {"organisation_id": "acme"})
    found = Analytics(engine)

    def figures(organisation: str) -> list[Any]:
        of_period = (found.flows, found.asked_skills, found.models, found.calibration, found.people)
        said = sum(found.feedback(organisation, PERIOD).verdicts.values())
        return [*(f(organisation, PERIOD) for f in of_period), said, found.lacking_skills(organisation)]

    assert all(figures("acme"))
    assert not any(figures("rival"))
