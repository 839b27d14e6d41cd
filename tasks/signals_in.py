"""Taking events in: stored once, and what they say about skills learned at once.

A person's mastery is replayed from all their events in the order in which they happened, so
an event that comes late lands where it belongs.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from flows.errors import StoreUnavailable
from flows.intelligence.mastery import Mastery
from flows.intelligence.tracing.from_events import answer_of
from flows.intelligence.tracing.learner import Answer, Learner
from flows.intelligence.tracing.model import unfitted
from flows.intelligence.tracing.tracer import Tracer
from flows.memory.from_events import ERROR, memories_from_events
from flows.ports import Appended, Ports
from flows.signals.events import Event, Kind
from flows.signals.fixes import resolved_error
from tasks.store.ledger import Ledger

log = logging.getLogger(__name__)

RECENT_ERRORS = 200  #: A person's newest errors that a fix is looked up in.
HISTORY = 5_000  #: A person's newest events; what is older hardly moves today's estimate.

PRIOR = Tracer(unfitted())  #: Knows the prior weights and nothing of any organisation.


@dataclass(frozen=True, slots=True)
class SignalsIn:
    """Takes in events with the ports it was given.

    ``tracers`` gives the tracer of an organisation: of its fitted model where there is one.
    """

    ports: Ports
    ledger: Ledger
    tracers: Callable[[str], Tracer] = lambda _organisation: PRIOR

    def take_in(self, events: Sequence[Event]) -> Appended:
        """Store events and learn from them, each once. Raises InvalidInput and PortUnavailable."""
        appended = self.ports.events.append(events)
        # What follows from the stored events is made anew for all that were sent, so that who sends
        # again after a failure half-way finds it done. A memory is made once: it may be deleted since.
        graded = {(e.organisation, e.user_id) for e in events if answer_of(e) is not None}
        for organisation, user_id in sorted(graded):
            mastery = mastery_after(self.history(organisation, user_id), self.tracers(organisation))
            self.ports.learners.record(organisation, user_id, mastery)
        for organisation, memories in memories_from_events(self._with_errors(appended.new)).items():
            self.ports.memories.add(organisation, memories)
        self._outdate(events)
        return appended

    def _with_errors(self, events: Sequence[Event]) -> Iterator[Event]:
        """The events, each fix with the message of the error that it was for as far as it is known."""
        seen: dict[tuple[str, str], Sequence[Event]] = {}
        for event in events:
            if event.kind is Kind.ERROR_RESOLVED and ERROR not in event.data:
                who = (event.organisation, event.user_id)
                if who not in seen:
                    seen[who] = self.ports.events.of_user(*who, kinds=[Kind.ERROR_HIT], limit=RECENT_ERRORS)
                hit = resolved_error(event, seen[who])
                event = replace(event, data={**event.data, ERROR: hit.text}) if hit else event
            yield event

    def learner(self, organisation: str, user_id: str) -> Learner:
        """What the organisation's tracer remembers of a person. Raises PortUnavailable."""
        return self.tracers(organisation).replay(_answers(self.history(organisation, user_id)))

    def history(self, organisation: str, user_id: str) -> Sequence[Event]:
        """The events that mastery is replayed from, oldest first. Raises PortUnavailable."""
        return self.ports.events.of_user(organisation, user_id, limit=HISTORY)

    def _outdate(self, events: Sequence[Event]) -> None:
        """Let the next answers rest on what is known now."""
        self.ports.profiles.changed(events)
        try:
            for organisation, user_id in sorted({(event.organisation, event.user_id) for event in events}):
                self.ledger.outdate(organisation, user_id)
        except StoreUnavailable as error:  # The events are stored; cached answers end by themselves.
            log.warning("answers_not_outdated", extra={"error": str(error)})


def mastery_after(history: Iterable[Event], tracer: Tracer = PRIOR) -> dict[str, Mastery]:
    """Mastery by skill after a person's events, oldest first, as of the last one."""
    learner = tracer.replay(_answers(history))
    today = learner.last.day if learner.last else None
    return {skill: tracer.mastery(learner, skill, today) for skill in learner.skills}


def _answers(history: Iterable[Event]) -> Iterator[Answer]:
    return (answer for event in history if (answer := answer_of(event)) is not None)
