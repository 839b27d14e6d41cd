"""Habits: counts of the last four weeks, and nothing from before or after."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flows.intelligence.profile.habits import Habits, habits_of
from flows.signals.events import Event, Kind

NOW = datetime(2025, 3, 31, 12, tzinfo=UTC)


def happened(days_ago: float, kind: Kind = Kind.CODE_WRITTEN, **more: Any) -> Event:
    at = NOW - timedelta(days=days_ago)
    return Event(id=f"{kind}{days_ago}", organisation="acme", user_id="ann", kind=kind, at=at, **more)


def test_nobody_without_events_has_habits() -> None:
    """Without events there is nothing to count, and no length of a session."""
    assert habits_of([], NOW) == Habits()


def test_only_the_last_28_days_count() -> None:
    """What is older than the window, or lies in the future, is left out."""
    events = [happened(28.01), happened(28), happened(1), happened(0), happened(-0.01)]
    assert habits_of(events, NOW).active_days == 3


def test_a_session_runs_from_its_first_event_to_its_last() -> None:
    """The median is taken over sessions; events without a session have no length."""
    minute = 1 / 1440
    events = [
        happened(5, session_id="a"),
        happened(5 - 30 * minute, session_id="a"),
        happened(3, session_id="b"),
        happened(3 - 10 * minute, session_id="b"),
        happened(2),
    ]
    found = habits_of(events, NOW)
    assert (found.sessions, found.median_session_minutes) == (2, 20.0)


def test_usual_hours_are_the_busiest_that_hold_half_of_the_events() -> None:
    """Hours come busiest first and stop once they hold half."""
    hours = [9, 9, 9, 14, 14, 20]
    events = [happened(number, session_id=None) for number in range(1, 7)]
    events = [
        Event(
            id=str(number),
            organisation="acme",
            user_id="ann",
            kind=Kind.CODE_WRITTEN,
            at=event.at.replace(hour=hour),
        )
        for number, (event, hour) in enumerate(zip(events, hours, strict=True))
    ]
    assert habits_of(events, NOW).usual_hours == (9,)
    assert habits_of(events[1:], NOW).usual_hours == (9, 14)


def test_prompts_and_exercises_are_counted_by_what_became_of_them() -> None:
    """Each kind has a count of its own."""
    kinds = [Kind.PROMPT_USED, Kind.PROMPT_USED, Kind.PROMPT_ACCEPTED, Kind.PROMPT_DISMISSED]
    kinds += [Kind.EXERCISE_ATTEMPTED, Kind.EXERCISE_ATTEMPTED, Kind.EXERCISE_ATTEMPTED, Kind.EXERCISE_SOLVED]
    found = habits_of([happened(1, kind) for kind in kinds], NOW)
    assert (found.prompts_used, found.prompts_accepted, found.prompts_dismissed) == (2, 1, 1)
    assert (found.exercises_attempted, found.exercises_solved) == (3, 1)


def test_a_document_reads_back() -> None:
    """What is written as JSON comes back equal."""
    habits = habits_of([happened(1, session_id="a"), happened(2)], NOW)
    assert Habits.from_document(habits.to_document()) == habits
