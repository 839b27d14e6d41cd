"""The features of a person: everything that flows ask about one, rolled up from their events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flows.catalogue.model import Catalogue
from flows.intelligence.mastery import Mastery
from flows.intelligence.patterns.error_fingerprint import error_fingerprint
from flows.intelligence.patterns.step import item_of
from flows.intelligence.profile.habits import Habits, habits_of
from flows.intelligence.profile.likely_goals import LikelyGoal, likely_goals
from flows.signals.events import Event, Kind

LATELY = timedelta(days=60)  #: Practice of this time points to goals.
MOST_SKILLS = 20  #: Recent skills that are kept.
MOST_ERRORS = 10  #: Errors that are kept, the newest.
MOST_ITEMS = 200  #: Items whose last fate is kept, the newest.
MOST_EVIDENCE = 3  #: Event ids that are kept per skill, the newest.
LONGEST_ERROR = 300  #: Characters of an error message that are kept.


@dataclass(frozen=True, slots=True)
class Practice:
    """How a person practised one skill: attempts that went right and wrong, the last time, event ids."""

    right: int
    wrong: int
    last_at: datetime
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenError:
    """An error that the person met: its message, skill, last time, times met, and whether it was resolved."""

    message: str
    skill: str | None
    last_at: datetime
    times: int
    resolved: bool


@dataclass(frozen=True, slots=True)
class ItemFate:
    """What the person last did with a prompt, exercise or course."""

    kind: Kind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What is known about a person.

    ``items`` go by typed id (``prompt:react-hooks/2``); ``recent_skills`` has the newest first.
    """

    mastery: Mapping[str, Mastery] = field(default_factory=dict)
    practice: Mapping[str, Practice] = field(default_factory=dict)
    recent_skills: tuple[str, ...] = ()
    errors: tuple[SeenError, ...] = ()
    items: Mapping[str, ItemFate] = field(default_factory=dict)
    habits: Habits = field(default_factory=Habits)
    likely_goals: tuple[LikelyGoal, ...] = ()
    events: int = 0
    last_event_at: datetime | None = None

    def to_document(self) -> dict[str, Any]:
        """All of it as plain JSON, short enough to travel with a job."""
        return {
            "mastery": {skill: [m.level, m.observations] for skill, m in self.mastery.items()},
            "practice": {
                skill: [p.right, p.wrong, p.last_at.isoformat(), list(p.evidence)]
                for skill, p in self.practice.items()
            },
            "recentSkills": list(self.recent_skills),
            "errors": [[e.message, e.skill, e.last_at.isoformat(), e.times, e.resolved] for e in self.errors],
            "items": {item: [fate.kind.value, fate.at.isoformat()] for item, fate in self.items.items()},
            "habits": self.habits.to_document(),
            "likelyGoals": [[goal.id, goal.likeness, list(goal.skills)] for goal in self.likely_goals],
            "events": self.events,
            "lastEventAt": self.last_event_at.isoformat() if self.last_event_at else None,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Features":
        """What ``to_document`` gave."""
        last = document["lastEventAt"]
        return cls(
            mastery={skill: Mastery(*seen) for skill, seen in document["mastery"].items()},
            practice={
                skill: Practice(right, wrong, datetime.fromisoformat(at), tuple(evidence))
                for skill, (right, wrong, at, evidence) in document["practice"].items()
            },
            recent_skills=tuple(document["recentSkills"]),
            errors=tuple(
                SeenError(message, skill, datetime.fromisoformat(at), times, resolved)
                for message, skill, at, times, resolved in document["errors"]
            ),
            items={
                item: ItemFate(Kind(kind), datetime.fromisoformat(at))
                for item, (kind, at) in document["items"].items()
            },
            habits=Habits.from_document(document["habits"]),
            likely_goals=tuple(
                LikelyGoal(id_, likeness, tuple(skills)) for id_, likeness, skills in document["likelyGoals"]
            ),
            events=document["events"],
            last_event_at=datetime.fromisoformat(last) if last else None,
        )


def features_of(
    events: Sequence[Event], mastery: Mapping[str, Mastery], catalogue: Catalogue, now: datetime
) -> Features:
    """Roll up a person's events, oldest first; what lies after ``now`` counts with the rest."""
    practice = practice_of(events)
    recent = sorted(practice, key=lambda skill: (practice[skill].last_at, skill), reverse=True)
    lately = [skill for skill in recent if now - practice[skill].last_at <= LATELY]
    return Features(
        mastery=mastery,
        practice=practice,
        recent_skills=tuple(recent[:MOST_SKILLS]),
        errors=errors_of(events),
        items=fates_of(events),
        habits=habits_of(events, now),
        likely_goals=likely_goals(catalogue, lately),
        events=len(events),
        last_event_at=events[-1].at if events else None,
    )


RIGHT = frozenset({Kind.EXERCISE_SOLVED, Kind.COURSE_COMPLETED, Kind.ERROR_RESOLVED})
WRONG = frozenset({Kind.EXERCISE_ATTEMPTED, Kind.ERROR_HIT})


def practice_of(events: Iterable[Event]) -> dict[str, Practice]:
    """Practice by skill. What is neither right nor wrong, such as code written, still has its time."""
    found: dict[str, Practice] = {}
    for event in events:
        if event.skill is None:
            continue
        before = found.get(event.skill, Practice(0, 0, event.at, ()))
        found[event.skill] = Practice(
            before.right + (event.kind in RIGHT or _answered(event, right=True)),
            before.wrong + (event.kind in WRONG or _answered(event, right=False)),
            max(before.last_at, event.at),
            (event.id, *before.evidence)[:MOST_EVIDENCE],
        )
    return found


def _answered(event: Event, *, right: bool) -> bool:
    return event.kind is Kind.QUIZ_ANSWERED and event.success is right


def errors_of(events: Iterable[Event]) -> tuple[SeenError, ...]:
    """The errors met, the newest first, one per fingerprint.

    A fix resolves the newest open error of its item, else of its skill, else of its session.
    """
    found: dict[str, SeenError] = {}
    where: dict[str, tuple[str | None, str | None]] = {}
    for event in events:
        if event.kind is Kind.ERROR_HIT and (message := event.text or event.item):
            key = error_fingerprint(message)
            times = found[key].times + 1 if key in found else 1
            found.pop(key, None)  # So that the newest comes last.
            found[key] = SeenError(message[:LONGEST_ERROR], event.skill, event.at, times, False)
            where[key] = (event.item, event.session_id)
        elif event.kind is Kind.ERROR_RESOLVED and (key := _resolved_by(event, found, where)):
            found[key] = replace(found[key], resolved=True)
    return tuple(found.values())[::-1][:MOST_ERRORS]


def _resolved_by(
    fix: Event, found: dict[str, SeenError], where: Mapping[str, tuple[str | None, str | None]]
) -> str:
    if fix.success is False:
        return ""
    open_errors = [key for key in reversed(found) if not found[key].resolved]
    same_item = [key for key in open_errors if fix.item and where[key][0] == fix.item]
    same_skill = [key for key in open_errors if fix.skill and found[key].skill == fix.skill]
    same_session = [key for key in open_errors if fix.session_id and where[key][1] == fix.session_id]
    return next(iter([*same_item, *same_skill, *same_session]), "")


FATES = frozenset(
    {
        Kind.PROMPT_USED,
        Kind.PROMPT_ACCEPTED,
        Kind.PROMPT_DISMISSED,
        Kind.EXERCISE_ATTEMPTED,
        Kind.EXERCISE_SOLVED,
        Kind.COURSE_STARTED,
        Kind.COURSE_COMPLETED,
    }
)


def fates_of(events: Iterable[Event]) -> dict[str, ItemFate]:
    """What was last done with each item, for the newest items."""
    fates: dict[str, ItemFate] = {}
    for event in events:
        if event.kind in FATES and (item := item_of(event)):
            fates.pop(item, None)
            fates[item] = ItemFate(event.kind, event.at)
    newest = list(fates.items())[-MOST_ITEMS:]
    return dict(newest)
