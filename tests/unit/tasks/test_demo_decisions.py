"""Answers and outcomes of the demo data."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from flows.catalogue.built_in import built_in_catalogue
from flows.intelligence.analytics.period import Period
from flows.intelligence.analytics.reliability import reliability
from tasks.store.analytics import Analytics
from tasks.store.database import ensure_organisation
from tasks.store.demo_decisions import DemoAnswer, demo_answers, put_answers
from tasks.store.tables import decisions, outcomes

TODAY = date(2025, 8, 18)


@pytest.fixture(scope="module")
def answers() -> list[DemoAnswer]:
    """The answers of one day."""
    return demo_answers(built_in_catalogue(), TODAY)


def test_the_same_seed_and_day_give_the_same_answers(answers: list[DemoAnswer]) -> None:
    """Made twice they are the same; another seed makes others."""
    assert demo_answers(built_in_catalogue(), TODAY) == answers
    assert demo_answers(built_in_catalogue(), TODAY, seed="2") != answers
    assert len(answers) == 6 * 63
    assert 500 < sum(len(answer.feedback) for answer in answers) < 1200


def test_they_are_marked(answers: list[DemoAnswer]) -> None:
    """Nobody takes them for real ones."""
    assert {answer.decision.variant for answer in answers} == {"demo"}
    assert all(answer.decision.id.startswith("demo-") for answer in answers)
    assert len({(answer.decision.organisation, answer.decision.id) for answer in answers}) == len(answers)


def test_they_lie_in_the_past(answers: list[DemoAnswer]) -> None:
    """All of it happened before today and in the last thirty days, feedback after its answer."""
    first = datetime(2025, 7, 20, tzinfo=UTC)
    today = datetime(2025, 8, 18, tzinfo=UTC)
    for answer in answers:
        asked = datetime.fromtimestamp(answer.decision.at_ms / 1000, UTC)
        assert first < asked < today
        assert all(asked < said.at < today for said in answer.feedback)


def test_they_hang_together(answers: list[DemoAnswer]) -> None:
    """Skills are of the catalogue, and feedback is on items that were shown."""
    known = built_in_catalogue().skills.keys()
    for answer in answers:
        assert set(answer.decision.skills) <= known
        shown = {item.id for item in answer.decision.shown}
        assert {said.item_id for said in answer.feedback} <= shown


def test_figures_have_something_to_show(engine: Engine, answers: list[DemoAnswer]) -> None:
    """Acceptance, skills and calibration of the demo organisation are there, once however often loaded."""
    with engine.begin() as connection:
        for organisation in {answer.decision.organisation for answer in answers}:
            ensure_organisation(connection, organisation)
        put_answers(connection, answers)
        put_answers(connection, answers)
        assert len(connection.execute(select(decisions.c.id)).all()) == 378
        stored = connection.execute(select(outcomes.c.id)).scalars().all()
    assert sorted(stored) == sorted(said.id for answer in answers for said in answer.feedback)
    period = Period(TODAY - timedelta(days=29), TODAY)
    found = Analytics(engine)
    assert [flow.flow for flow in found.flows("demo", period)] == ["learning_path", "next_best_prompt"]
    assert found.people("demo", period) == 25
    assert len(found.asked_skills("demo", period)) == 20
    calibration = reliability(found.calibration("demo", period))
    assert 0.03 < calibration["ece"] < 0.2
