"""Taking feedback in: checked against its decision, stored once, and learned from as an event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.retention import DAYS_KEPT
from flows.catalogue.nearest import nearest
from flows.errors import InvalidInput, InvalidRequest, UnknownName
from flows.signals.feedback import Feedback, event_of
from tasks.decision_log import DecisionLog
from tasks.signals_in import SignalsIn
from tasks.store.decisions import Recorded
from tasks.store.outcomes import NewOutcome, StoredOutcomes


@dataclass(frozen=True, slots=True)
class FeedbackIn:
    """Takes in feedback with the stores it was given."""

    decisions: DecisionLog
    outcomes: StoredOutcomes
    signals: SignalsIn

    def take_in(self, organisation: str, sent: Sequence[Feedback]) -> int:
        """Store what is new and learn from it; returns how many were new.

        Raises InvalidRequest, and stores nothing, when any names a decision that the organisation
        does not have (any more) or an item that was not in it; PortUnavailable; StoreUnavailable.
        """
        found = self.decisions.find(organisation, {feedback.decision_id for feedback in sent})
        if faults := _faults(sent, found):
            raise InvalidRequest(faults)
        outcomes = [NewOutcome(feedback, found[feedback.decision_id]) for feedback in sent]
        stored = self.outcomes.append(organisation, outcomes)
        self._learn(outcomes)
        return stored

    def _learn(self, outcomes: Sequence[NewOutcome]) -> None:
        """Also from what was stored before: a sender who tries again may do so after a crash between
        the two stores, and an event counts once by its id.
        """
        events = []
        for outcome in outcomes:
            if (user_id := outcome.decision.user_id) is not None:
                event = event_of(outcome.feedback, user_id, outcome.item.skills)
                events += [event] if event is not None else []
        if events:
            self.signals.take_in(events)


def _faults(sent: Sequence[Feedback], found: Mapping[str, Recorded]) -> list[InvalidInput]:
    faults: list[InvalidInput] = []
    for index, feedback in enumerate(sent):
        decision = found.get(feedback.decision_id)
        if decision is None:
            field = f"feedback/{index}/decisionId"
            faults.append(InvalidInput(_unknown(feedback.decision_id), field=field))
        elif feedback.item_id not in decision.shown:
            like_it = nearest(feedback.item_id, decision.shown)
            faults.append(UnknownName("item", feedback.item_id, like_it, field=f"feedback/{index}/itemId"))
    return faults


def _unknown(decision_id: str) -> str:
    return f"no decision {decision_id!r}; they are kept for {DAYS_KEPT['decisions']} days"
