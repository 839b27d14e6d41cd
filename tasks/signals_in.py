"""Taking events in: stored once, and what they say about skills learned at once.

A person's mastery is replayed from all their events in the order in which they happened, so
an event that comes late lands where it belongs.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flows.errors import StoreUnavailable
from flows.intelligence.mastery import Mastery
from flows.intelligence.tracing.learner import Answer
from flows.intelligence.tracing.model import unfitted
from flows.intelligence.tracing.signals import answer_from
from flows.intelligence.tracing.tracer import Tracer
from flows.ports import Appended, EventStore, LearnerRecords, Profiles
from flows.signals.events import Event
from tasks.store.base import Ledger

log = logging.getLogger(__name__)

HISTORY = 5_000  #: A person's newest events; what is older hardly moves today's estimate.
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class SignalsIn:
    """Takes in events with the stores it was given."""

    events: EventStore
    learners: LearnerRecords
    profiles: Profiles
    ledger: Ledger

    def take_in(self, events: Sequence[Event]) -> Appended:
        """Store events and learn from the new ones. Raises InvalidInput and PortUnavailable."""
        appended = self.events.append(events)
        graded = {(e.organisation, e.user_id) for e in appended.new if _answer(e) is not None}
        for organisation, user_id in sorted(graded):
            history = self.events.of_user(organisation, user_id, limit=HISTORY)
            self.learners.record(organisation, user_id, mastery_after(history))
        self._outdate(appended.new)
        return appended

    def _outdate(self, new: Sequence[Event]) -> None:
        """Let the next answers rest on what is known now."""
        self.profiles.changed(new)
        try:
            for organisation, user_id in sorted({(event.organisation, event.user_id) for event in new}):
                self.ledger.outdate(organisation, user_id)
        except StoreUnavailable as error:  # The events are stored; cached answers end by themselves.
            log.warning("answers_not_outdated", extra={"error": str(error)})


def mastery_after(history: Iterable[Event]) -> dict[str, Mastery]:
    """Mastery by skill after a person's events, oldest first, as of the last one."""
    tracer = Tracer(unfitted())
    answers = [answer for event in history if (answer := _answer(event)) is not None]
    learner = tracer.replay(answers)
    today = answers[-1].day if answers else None
    return {skill: tracer.mastery(learner, skill, today) for skill in learner.skills}


def _answer(event: Event) -> Answer | None:
    if event.skill is None:
        return None
    return answer_from(event.kind, event.skill, item=event.item, day=_day(event.at), correct=event.success)


def _day(moment: datetime) -> float:
    return moment.timestamp() / DAY_S
