"""What people do, as the service hears of it: one event per thing that happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What happened."""

    CODE_WRITTEN = "code_written"
    ERROR_HIT = "error_hit"
    ERROR_RESOLVED = "error_resolved"
    PROMPT_USED = "prompt_used"
    PROMPT_ACCEPTED = "prompt_accepted"
    PROMPT_DISMISSED = "prompt_dismissed"
    EXERCISE_ATTEMPTED = "exercise_attempted"
    EXERCISE_SOLVED = "exercise_solved"
    COURSE_STARTED = "course_started"
    COURSE_COMPLETED = "course_completed"
    QUIZ_ANSWERED = "quiz_answered"
    SESSION_CONTEXT = "session_context"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that one person did at one time.

    ``id`` is the sender's and unique inside the organisation: the same event sent twice is one
    event. ``at`` is aware and in UTC. ``skill`` is a skill id of the catalogue; ``item`` names
    the prompt, exercise, course, question or error; ``success`` says how an attempt or answer
    went; ``text`` is what a person or a compiler wrote (an error message, the fix of it);
    ``data`` is plain JSON that nobody here interprets.
    """

    id: str
    organisation: str
    user_id: str
    kind: Kind
    at: datetime
    session_id: str | None = None
    skill: str | None = None
    item: str | None = None
    success: bool | None = None
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
