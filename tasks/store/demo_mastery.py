"""What the service believes of demo people at first: computed from their events, and nothing else.

The level of a skill is the share of successes among a person's latest answers to it, smoothed
by a prior: the mean of a Beta distribution that began at Beta(1, 1), Laplace's rule of
succession. The model that goes on from there may keep something better.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from flows.signals.events import Event, Kind

GRADED = frozenset({Kind.EXERCISE_ATTEMPTED, Kind.EXERCISE_SOLVED, Kind.QUIZ_ANSWERED})
RECENT = 30  #: Answers before these say little about today.
PRIOR_SUCCESSES, PRIOR_FAILURES = 1, 1


def mastery_rows(events: Iterable[Event]) -> list[dict[str, Any]]:
    """One row per person and skill with at least one answer; events may be in any order."""
    answers: dict[tuple[str, str, str], list[Event]] = defaultdict(list)
    for event in events:
        if event.kind in GRADED and event.success is not None and event.skill is not None:
            answers[event.organisation, event.user_id, event.skill].append(event)
    return [_row(key, sorted(given, key=lambda e: (e.at, e.id))) for key, given in sorted(answers.items())]


def _row(key: tuple[str, str, str], answers: list[Event]) -> dict[str, Any]:
    organisation, user_id, skill = key
    recent = answers[-RECENT:]
    successes = sum(answer.success is True for answer in recent)
    level = (PRIOR_SUCCESSES + successes) / (PRIOR_SUCCESSES + PRIOR_FAILURES + len(recent))
    return {
        "organisation_id": organisation,
        "user_id": user_id,
        "skill_id": skill,
        "level": round(level, 4),
        "observations": len(answers),
        "updated_at": answers[-1].at,
        "last_seen_at": answers[-1].at,
    }
