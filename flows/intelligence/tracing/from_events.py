"""The answers that events of people stand for."""

from flows.intelligence.tracing.learner import Answer
from flows.intelligence.tracing.signals import QUIZ_ANSWERED, answer_from
from flows.signals.events import Event

DAY_S = 86_400


def answer_of(event: Event) -> Answer | None:
    """What an event says about its skill; None when it says nothing, or was never judged."""
    if event.skill is None or (event.kind == QUIZ_ANSWERED and event.success is None):
        return None
    day = event.at.timestamp() / DAY_S
    return answer_from(event.kind, event.skill, item=event.item, day=day, correct=event.success)
