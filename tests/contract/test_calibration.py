"""Calibration from stored outcomes to served confidences: on SQLite and on PostgreSQL."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from flows.decisions.model import ShownItem
from flows.intelligence.confidence.prior import prior_of
from flows.signals.feedback import Verdict
from tasks.serving.calibration import TrainedCalibrations
from tasks.store.database import open_database
from tasks.store.decisions import StoredDecisions
from tasks.store.event_corpus import EventCorpus
from tasks.store.outcomes import StoredOutcomes
from tasks.store.trained_models import CALIBRATION, StoredModels
from tasks.training.calibration import CalibrationFitter
from tests.decisions import NOON, a_decision, a_feedback, judge

FLOW = "next_best_prompt"


def fitter(engine: Engine) -> CalibrationFitter:
    return CalibrationFitter(
        EventCorpus(engine), StoredOutcomes(engine), StoredModels(engine), lambda: NOON + timedelta(hours=1)
    )


def judged(engine: Engine, *, first: int, count: int, flow: str = FLOW, organisation: str = "acme") -> None:
    """So many items at a score of .8, of which every fourth was accepted."""
    decisions = [
        a_decision(
            f"d-{number}",
            flow=flow,
            organisation=organisation,
            shown=(ShownItem("prompt:1", score=0.8, confidence=0.9),),
        )
        for number in range(first, first + count)
    ]
    StoredDecisions(engine).write(decisions)
    verdicts = (Verdict.ACCEPTED, Verdict.DISMISSED, Verdict.DISMISSED, Verdict.DISMISSED)
    feedback = [
        a_feedback(decision.id, organisation=organisation, verdict=verdicts[number % 4])
        for number, decision in enumerate(decisions)
    ]
    assert judge(engine, *feedback) == count


def test_without_outcomes_the_prior_is_served(engine: Engine) -> None:
    """Nothing is fitted from nothing, and every flow has its prior."""
    StoredDecisions(engine).write([a_decision(flow=FLOW)])
    assert fitter(engine).fit_all() == {"fitted": 0, "left": 1}
    calibrations = TrainedCalibrations(StoredModels(engine))
    assert calibrations.of("acme", FLOW) == prior_of(FLOW)
    assert calibrations.of("nobody", "unheard-of") == prior_of("unheard-of")


def test_outcomes_move_confidence_towards_what_happened(engine: Engine) -> None:
    """A score that was accepted one time in four is worth less than the prior says."""
    judged(engine, first=0, count=200)
    assert fitter(engine).fit_all() == {"fitted": 1, "left": 0}
    served = TrainedCalibrations(StoredModels(engine)).of("acme", FLOW)
    assert served.method == "platt"
    assert prior_of(FLOW)(0.8) > 0.8
    assert served(0.8) == pytest.approx(0.4, abs=0.05)


def test_few_outcomes_change_nothing(engine: Engine) -> None:
    """Under fifty the prior has the word, and the measures say how well it does."""
    judged(engine, first=0, count=40)
    fitter(engine).fit_all()
    assert TrainedCalibrations(StoredModels(engine)).of("acme", FLOW) == prior_of(FLOW)
    summary = StoredModels(engine).summary("acme", CALIBRATION)
    assert summary is not None
    assert (summary.measures[FLOW]["outcomes"], summary.measures[FLOW]["method"]) == (40, "prior")


def test_nothing_is_fitted_twice_from_the_same(engine: Engine) -> None:
    """Only new outcomes make a new calibration."""
    judged(engine, first=0, count=4)
    assert [fitter(engine).fit("acme") for _ in range(2)] == [True, False]
    judged(engine, first=4, count=4)
    assert fitter(engine).fit("acme")


def test_flows_and_organisations_are_fitted_apart(engine: Engine) -> None:
    """What happened in one says nothing of another."""
    judged(engine, first=0, count=200)
    judged(engine, first=200, count=4, organisation="rival")
    fitter(engine).fit_all()
    calibrations = TrainedCalibrations(StoredModels(engine))
    assert calibrations.of("acme", "recommendations") == prior_of("recommendations")
    assert calibrations.of("rival", FLOW) == prior_of(FLOW)


def test_while_the_database_is_away_the_prior_is_served(empty_sqlite_url: str) -> None:
    """A confidence is never a reason to have no answer."""
    engine = open_database(empty_sqlite_url)  # Without tables.
    assert TrainedCalibrations(StoredModels(engine)).of("acme", FLOW) == prior_of(FLOW)
    engine.dispose()
