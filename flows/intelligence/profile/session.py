"""What is going on in a session: one sitting of one person, as its events show it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flows.intelligence.profile.features import LONGEST_ERROR, errors_of
from flows.signals.events import Event, Kind

MOST_ERRORS = 5
MOST_SKILLS = 10
MOST_PROMPTS = 10
LONGEST_STATED = 2_000  #: Characters of what clients said about the session that are kept.


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionContext:
    """A session. Skills, errors and prompts have the newest first; errors are those not resolved.

    ``stated`` is what clients said about it in ``session_context`` events (editor, language, file
    ...), newer values over older ones. A value that is no short plain text or number is left out.
    """

    user_id: str
    started_at: datetime
    last_at: datetime
    skills: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    stated: Mapping[str, str | int | float | bool] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {
            "userId": self.user_id,
            "startedAt": self.started_at.isoformat(),
            "lastAt": self.last_at.isoformat(),
            "skills": list(self.skills),
            "errors": list(self.errors),
            "prompts": list(self.prompts),
            "stated": dict(self.stated),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "SessionContext":
        """What ``to_document`` gave."""
        return cls(
            user_id=document["userId"],
            started_at=datetime.fromisoformat(document["startedAt"]),
            last_at=datetime.fromisoformat(document["lastAt"]),
            skills=tuple(document["skills"]),
            errors=tuple(document["errors"]),
            prompts=tuple(document["prompts"]),
            stated=document["stated"],
        )


def session_of(events: Sequence[Event]) -> SessionContext | None:
    """The context of a session from its events, oldest first; None without any.

    A session belongs to whoever was seen in it last: a sender that uses one id for two people
    gets no mixture of them.
    """
    if not events:
        return None
    user_id = events[-1].user_id
    own = [event for event in events if event.user_id == user_id]
    open_errors = [error.message for error in errors_of(own) if not error.resolved]
    prompts = (event.item for event in own if event.kind is Kind.PROMPT_USED and event.item)
    return SessionContext(
        user_id=user_id,
        started_at=own[0].at,
        last_at=own[-1].at,
        skills=_newest((event.skill for event in own if event.skill), MOST_SKILLS),
        errors=tuple(open_errors[:MOST_ERRORS]),
        prompts=_newest(prompts, MOST_PROMPTS),
        stated=_stated(own),
    )


def _newest(names: Iterable[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reversed(list(names))))[:most]


def _stated(events: Iterable[Event]) -> dict[str, str | int | float | bool]:
    found: dict[str, str | int | float | bool] = {}
    for event in events:
        if event.kind is Kind.SESSION_CONTEXT:
            found |= {name: value for name, value in event.data.items() if _is_plain(value)}
            if event.text:
                found["text"] = event.text[:LONGEST_ERROR]
    kept: dict[str, str | int | float | bool] = {}
    room = LONGEST_STATED
    for name, value in found.items():
        room -= len(name) + len(str(value))
        if room < 0:
            break
        kept[name] = value
    return kept


def _is_plain(value: object) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= LONGEST_ERROR)
