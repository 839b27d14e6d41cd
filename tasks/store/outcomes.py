"""What became of what was shown, in the durable store: each feedback once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, case, func, select

from flows.decisions.model import ShownItem
from flows.signals.feedback import Feedback, Verdict
from tasks.store.database import answering, ensure_organisation, insert_new, reading
from tasks.store.decisions import Recorded
from tasks.store.in_memory_events import storable_text
from tasks.store.tables import outcomes as table

_c = table.c

TAKEN = (Verdict.ACCEPTED.value, Verdict.COMPLETED.value)  #: The person went for it.


@dataclass(frozen=True, slots=True)
class NewOutcome:
    """A feedback with the decision and the item that it is about."""

    feedback: Feedback
    decision: Recorded

    @property
    def item(self) -> ShownItem:
        """What was shown of the item."""
        return self.decision.shown[self.feedback.item_id]


@dataclass(frozen=True, slots=True)
class OutcomePair:
    """What was expected of an item and whether it came true; what was not said is None."""

    score: float | None
    confidence: float | None
    accepted: bool


class StoredOutcomes:
    """The outcomes; one instance serves all threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._reads = engine, reading(engine)

    def append(self, organisation: str, outcomes: Sequence[NewOutcome]) -> int:
        """Store those whose id is not there, in one transaction; returns how many that were.

        Raises PortUnavailable.
        """
        with answering(), self._engine.begin() as connection:
            ensure_organisation(connection, organisation)
            return write(connection, organisation, outcomes)

    def outcome_pairs(
        self, organisation: str, flow: str, since: datetime, limit: int
    ) -> Iterator[OutcomePair]:
        """One pair per item with feedback since then, the newest ``limit`` of them, oldest first.

        An item was accepted when any feedback on it says accepted or completed. Items of which
        neither score nor confidence is known are left out. Raises PortUnavailable.
        """
        judged = judged_items(organisation, since, None).where(_c.flow == flow)
        known = (func.max(_c.score).is_not(None)) | (func.max(_c.confidence).is_not(None))
        newest = (
            judged.having(known).order_by(func.max(_c.at).desc(), _c.decision_id, _c.item_id).limit(limit)
        )
        with answering(), self._reads.connect() as connection:
            rows: Sequence[Row[Any]] = connection.execute(newest).all()
        for row in reversed(rows):
            yield OutcomePair(row.score, row.confidence, bool(row.accepted))


def write(connection: Connection, organisation: str, outcomes: Sequence[NewOutcome]) -> int:
    """Store those whose id is not there, inside the caller's transaction; returns how many that were."""
    rows = {outcome.feedback.id: _row(organisation, outcome) for outcome in reversed(outcomes)}
    return insert_new(connection, table, [rows[id_] for id_ in sorted(rows)])


def judged_items(organisation: str, start: datetime, end: datetime | None) -> Select[Any]:
    """One row per item of a decision with feedback in a period: whether it was accepted, completed."""
    in_period = [_c.organisation_id == organisation, _c.at >= start]
    if end is not None:
        in_period.append(_c.at < end)
    return (
        select(
            _c.flow,
            func.max(_c.score).label("score"),
            func.max(_c.confidence).label("confidence"),
            func.max(case((_c.outcome.in_(TAKEN), 1), else_=0)).label("accepted"),
            func.max(case((_c.outcome == Verdict.COMPLETED.value, 1), else_=0)).label("completed"),
        )
        .where(*in_period)
        .group_by(_c.decision_id, _c.item_id, _c.flow)
    )


def _row(organisation: str, outcome: NewOutcome) -> dict[str, Any]:
    feedback = outcome.feedback
    return {
        "organisation_id": organisation,
        "id": feedback.id,
        "decision_id": feedback.decision_id,
        "item_id": feedback.item_id,
        "user_pseudonym": outcome.decision.user_pseudonym,
        "outcome": feedback.verdict.value,
        "rating": feedback.rating,
        "comment": storable_text(feedback.comment) or None,
        "at": feedback.at,
        "flow": outcome.decision.flow,
        "score": outcome.item.score,
        "confidence": outcome.item.confidence,
    }
