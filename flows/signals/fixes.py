"""Which error a fix was for, where the sender does not say."""

from collections.abc import Sequence

from flows.signals.events import Event, Kind


def resolved_error(fix: Event, history: Sequence[Event]) -> Event | None:
    """The newest error before a fix that it may have been for, None when there is none.

    ``history`` holds a person's events, oldest first. An error of the fix's item comes before one
    of its session and skill, and that before one of its session; of other sessions only the item
    counts.
    """
    hits = [
        event
        for event in reversed(history)
        if event.kind is Kind.ERROR_HIT and event.text and event.at <= fix.at
    ]
    of_item = (hit for hit in hits if fix.item and hit.item == fix.item)
    of_session = [hit for hit in hits if fix.session_id and hit.session_id == fix.session_id]
    of_skill = (hit for hit in of_session if fix.skill and hit.skill == fix.skill)
    return next(of_item, None) or next(of_skill, None) or next(iter(of_session), None)
