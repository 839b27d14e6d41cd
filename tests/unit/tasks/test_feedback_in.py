"""Taking feedback in: checked, stored once, learned from."""

import pytest
from sqlalchemy import Engine, select

from flows.decisions.model import ShownItem
from flows.errors import InvalidRequest, PortUnavailable, UnknownName
from flows.ports import Appended
from flows.signals.events import Event, Kind
from flows.signals.feedback import Verdict
from tasks.decision_log import DecisionLog
from tasks.feedback_in import FeedbackIn
from tasks.signals_in import SignalsIn
from tasks.store.decisions import StoredDecisions
from tasks.store.events import StoredEvents
from tasks.store.in_memory_events import InMemoryEvents
from tasks.store.learners import StoredLearners
from tasks.store.outcomes import StoredOutcomes
from tasks.store.pending_decisions import InMemoryPendingDecisions
from tasks.store.tables import outcomes
from tests.decisions import a_decision, a_feedback
from tests.factories import in_memory_signals
from tests.ports import make_ports

SHOWN = (ShownItem("prompt:1", skills=("loops",)), ShownItem("skill:go"), ShownItem("week-1"))


class FailsOnce(InMemoryEvents):
    """The store of events is away the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def append(self, events: list[Event]) -> Appended:  # type: ignore[override]
        """Raise, then store."""
        self.calls += 1
        if self.calls == 1:
            raise PortUnavailable("away")
        return super().append(events)


def feedback_in(engine: Engine, signals: SignalsIn | None = None) -> FeedbackIn:
    """Over a store with one decision for ann that showed three items."""
    StoredDecisions(engine).write([a_decision(shown=SHOWN)])
    log = DecisionLog(InMemoryPendingDecisions(), StoredDecisions(engine))
    learned = signals or in_memory_signals(
        make_ports(events=StoredEvents(engine), learners=StoredLearners(engine))
    )
    return FeedbackIn(log, StoredOutcomes(engine), learned)


def stored(engine: Engine) -> list[tuple[str, str]]:
    """What is stored, by item."""
    query = select(outcomes.c.item_id, outcomes.c.outcome).order_by(outcomes.c.item_id, outcomes.c.outcome)
    with engine.connect() as connection:
        return [(row.item_id, row.outcome) for row in connection.execute(query)]


def test_feedback_becomes_an_event(engine: Engine) -> None:
    """The person of the decision did it, though the sender did not name anybody."""
    assert feedback_in(engine).take_in("acme", [a_feedback(), a_feedback(item_id="week-1")]) == 2
    (event,) = StoredEvents(engine).of_user("acme", "ann")
    assert (event.kind, event.item, event.skill) == (Kind.PROMPT_ACCEPTED, "1", "loops")
    assert stored(engine) == [("prompt:1", "accepted"), ("week-1", "accepted")]


def test_a_completed_skill_moves_mastery(engine: Engine) -> None:
    """Mastery learns of it as of any completed course."""
    done = a_feedback(item_id="skill:go", verdict=Verdict.COMPLETED)
    feedback_in(engine).take_in("acme", [done])
    assert StoredLearners(engine).mastery("acme", "ann")["go"].observations == 1


def test_the_same_feedback_counts_once(engine: Engine) -> None:
    """Sent again, in the same batch or later, it is neither stored nor learned from again."""
    taken = feedback_in(engine)
    assert taken.take_in("acme", [a_feedback(), a_feedback()]) == 1
    assert taken.take_in("acme", [a_feedback(), a_feedback(verdict=Verdict.COMPLETED)]) == 1
    assert stored(engine) == [("prompt:1", "accepted"), ("prompt:1", "completed")]
    kinds = [event.kind for event in StoredEvents(engine).of_user("acme", "ann")]
    assert sorted(kinds) == [Kind.PROMPT_ACCEPTED, Kind.PROMPT_USED]


def test_a_crash_between_the_stores_is_made_good(engine: Engine) -> None:
    """Who sends again after an error gets the event in as well, though the outcome was there."""
    events = FailsOnce()
    taken = feedback_in(engine, in_memory_signals(make_ports(events=events)))
    with pytest.raises(PortUnavailable):
        taken.take_in("acme", [a_feedback()])
    assert taken.take_in("acme", [a_feedback()]) == 0
    assert [event.item for event in events.of_user("acme", "ann")] == ["1"]


def test_unknown_decisions_and_items_are_named(engine: Engine) -> None:
    """All faults are told with their place, and nothing of the batch is stored."""
    batch = [a_feedback(), a_feedback("d-9"), a_feedback(item_id="prompt:2")]
    with pytest.raises(InvalidRequest) as raised:
        feedback_in(engine).take_in("acme", batch)
    first, second = raised.value.errors
    assert (first.field, str(first)) == (
        "feedback/1/decisionId",
        "no decision 'd-9'; they are kept for 180 days",
    )
    assert second.field == "feedback/2/itemId"
    assert isinstance(second, UnknownName)
    assert second.nearest == ("prompt:1",)
    assert stored(engine) == []


def test_another_organisations_decision_does_not_exist(engine: Engine) -> None:
    """Who guesses an id learns nothing and stores nothing."""
    with pytest.raises(InvalidRequest, match="no decision"):
        feedback_in(engine).take_in("rival", [a_feedback(organisation="rival")])
    assert stored(engine) == []


def test_an_answer_about_nobody(engine: Engine) -> None:
    """Feedback on an answer for a team is stored and is nobody's event."""
    StoredDecisions(engine).write([a_decision("d-2", user_id=None)])
    assert feedback_in(engine).take_in("acme", [a_feedback("d-2")]) == 1
    assert stored(engine) == [("prompt:1", "accepted")]
    assert StoredEvents(engine).of_user("acme", "ann") == []
