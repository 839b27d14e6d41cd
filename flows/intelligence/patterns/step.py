"""What is kept of an event: who worked on what and when, and the words only where they are the pattern."""

from typing import NamedTuple

from flows.intelligence.patterns.error_fingerprint import error_fingerprint
from flows.signals.events import Event, Kind

DAY_MS = 86_400_000
LONGEST_FIX = 300  #: Characters of a fix that are kept.

#: What the item of an event is. Looking at an error or a session is nothing that one does next.
ITEM_TYPES = {
    Kind.PROMPT_USED: "prompt",
    Kind.PROMPT_ACCEPTED: "prompt",
    Kind.PROMPT_DISMISSED: "prompt",
    Kind.EXERCISE_ATTEMPTED: "exercise",
    Kind.EXERCISE_SOLVED: "exercise",
    Kind.COURSE_STARTED: "course",
    Kind.COURSE_COMPLETED: "course",
    Kind.QUIZ_ANSWERED: "question",
}
TYPES = ("skill", *dict.fromkeys(ITEM_TYPES.values()))  #: Of what one can do next.
ERRORS = (Kind.ERROR_HIT, Kind.ERROR_RESOLVED)
WORK = frozenset([*ITEM_TYPES, *ERRORS, Kind.CODE_WRITTEN]) - {Kind.PROMPT_DISMISSED}


class Step(NamedTuple):
    """One event as mining sees it. A tuple, since it is sorted and stored by the 100,000.

    ``at`` is in milliseconds since 1970 UTC. ``session`` is never empty: without one of its own,
    an event belongs to its day. ``skill`` and ``item`` are typed (``skill:react-hooks``,
    ``course:react-101``) or empty; the item of an error is the sender's name for it. ``text`` is
    the fingerprint of an error, or the fix of one, else empty. ``worked`` is False for a fix that
    did not work.
    """

    at: int
    id: str
    kind: str
    session: str
    skill: str
    item: str
    text: str
    worked: bool


def step_of(event: Event) -> Step | None:
    """The step of an event, or None when it says nothing of what the person worked on."""
    if event.kind not in WORK:
        return None
    at = milliseconds(event)
    text = ""
    if event.kind is Kind.ERROR_HIT:
        text = error_fingerprint(event.text or event.item or "")
    elif event.kind is Kind.ERROR_RESOLVED:
        text = fix_of(event.text)
    item = item_of(event)
    skill = f"skill:{event.skill}" if event.skill else ""
    if not (skill or item or text):
        return None
    session = event.session_id or f"day {at // DAY_MS}"
    return Step(at, event.id, event.kind.value, session, skill, item, text, event.success is not False)


def item_of(event: Event) -> str:
    """The typed item of an event, empty when it has none."""
    item_type = ITEM_TYPES.get(event.kind, "error" if event.kind in ERRORS else "")
    return f"{item_type}:{event.item}" if item_type and event.item else ""


def milliseconds(event: Event) -> int:
    """The time of an event in milliseconds since 1970 UTC."""
    return round(event.at.timestamp() * 1000)


def fix_of(text: str) -> str:
    """A fix as it is counted: white space and a full stop at the end do not make another one."""
    return " ".join(text.split()).rstrip(".")[:LONGEST_FIX]
