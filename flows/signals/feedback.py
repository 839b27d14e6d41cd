"""What a person made of an item that was shown to them, and what that says as an event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from flows.signals.events import Event, Kind


class Verdict(StrEnum):
    """What became of an item."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    COMPLETED = "completed"


#: What a verdict on an item of some type means as an event; a pair that is not here says nothing
#: that patterns or mastery could learn from. The type is the part of the id before the colon.
EVENTS = {
    ("prompt", Verdict.ACCEPTED): Kind.PROMPT_ACCEPTED,
    ("prompt", Verdict.DISMISSED): Kind.PROMPT_DISMISSED,
    ("prompt", Verdict.COMPLETED): Kind.PROMPT_USED,
    ("course", Verdict.ACCEPTED): Kind.COURSE_STARTED,
    ("course", Verdict.COMPLETED): Kind.COURSE_COMPLETED,
    ("skill", Verdict.ACCEPTED): Kind.COURSE_STARTED,
    ("skill", Verdict.COMPLETED): Kind.COURSE_COMPLETED,
    ("exercise", Verdict.COMPLETED): Kind.EXERCISE_SOLVED,
}
SKILL = "skill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A verdict on one item of one decision. ``rating`` is 1 to 5; ``event_id`` is the sender's."""

    organisation: str
    decision_id: str
    item_id: str
    verdict: Verdict
    at: datetime
    rating: int | None = None
    comment: str = ""
    event_id: str | None = None

    @property
    def id(self) -> str:
        """The sender's event id, else a digest: the same verdict on the same item counts once."""
        said = "\n".join((self.decision_id, self.item_id, self.verdict))
        return self.event_id or sha256(said.encode()).hexdigest()


def feedback_from(organisation: str, sent: Mapping[str, Any], at: datetime) -> Feedback:
    """A feedback from its wire form, whose fields were checked by a schema, as of the time it came."""
    return Feedback(
        organisation=organisation,
        decision_id=sent["decisionId"],
        item_id=sent["itemId"],
        verdict=Verdict(sent["outcome"]),
        at=at,
        rating=sent.get("rating"),
        comment=sent.get("comment") or "",
        event_id=sent.get("eventId"),
    )


def event_of(feedback: Feedback, user_id: str, skills: tuple[str, ...]) -> Event | None:
    """The event that a feedback stands for, None when it stands for none.

    ``skills`` are those of the item; an event is about one, so an item with several names none.
    """
    item_type, _, name = feedback.item_id.partition(":")
    kind = EVENTS.get((item_type, feedback.verdict))
    if kind is None or not name:
        return None
    skill = skills[0] if len(skills) == 1 else None
    return Event(
        id=f"feedback:{feedback.id}",
        organisation=feedback.organisation,
        user_id=user_id,
        kind=kind,
        at=feedback.at,
        skill=name if item_type == SKILL else skill,
        item=name,
        data={"decisionId": feedback.decision_id},
    )
