"""Decisions and feedback for tests, with what does not matter filled in."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from flows.decisions.model import Decision, ShownItem
from flows.signals.feedback import Feedback, Verdict
from tasks.store.decisions import StoredDecisions
from tasks.store.outcomes import NewOutcome, StoredOutcomes

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def a_decision(decision_id: str = "d-1", **changes: Any) -> Decision:
    """An answer of the flow ``plain`` to ann of acme that showed one prompt about loops."""
    fields: dict[str, Any] = {
        "organisation": "acme",
        "flow": "plain",
        "flow_version": "1",
        "at_ms": int(NOON.timestamp() * 1000),
        "total_ms": 10.0,
        "user_id": "ann",
        "shown": (ShownItem("prompt:1", score=0.5, confidence=0.75, skills=("loops",)),),
    }
    return Decision(id=decision_id, **{**fields, **changes})


def a_feedback(decision_id: str = "d-1", item_id: str = "prompt:1", **changes: Any) -> Feedback:
    """Somebody of acme accepted an item at noon."""
    fields: dict[str, Any] = {"organisation": "acme", "verdict": Verdict.ACCEPTED, "at": NOON}
    return Feedback(decision_id=decision_id, item_id=item_id, **{**fields, **changes})


def judge(engine: Engine, *feedback: Feedback) -> int:
    """Store feedback on stored decisions; returns how many were new."""
    organisation = feedback[0].organisation
    found = StoredDecisions(engine).find(organisation, {f.decision_id for f in feedback})
    outcomes = [NewOutcome(f, found[f.decision_id]) for f in feedback]
    return StoredOutcomes(engine).append(organisation, outcomes)
