"""The mastery that is computed from demo events."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flows.catalogue.built_in import built_in_catalogue
from flows.signals.events import Event, Kind
from tasks.store.demo_data import demo_data
from tasks.store.demo_mastery import mastery_rows

START = datetime(2025, 1, 6, 9, tzinfo=UTC)


def answer(number: int, success: bool | None, **more: Any) -> Event:
    """An answer of ann's to something about Go, one minute after the other."""
    fields = {
        "organisation": "acme",
        "user_id": "ann",
        "kind": Kind.QUIZ_ANSWERED,
        "skill": "go",
        "at": START + timedelta(minutes=number),
    }
    return Event(id=str(number), success=success, **(fields | more))


def levels(*events: Event) -> list[tuple[float, int]]:
    """Level and observations of each row."""
    return [(row["level"], row["observations"]) for row in mastery_rows(events)]


def test_nothing_answered_is_nothing_known() -> None:
    """Without answers there is no row."""
    assert levels() == []


def test_a_level_is_the_share_of_successes_drawn_to_a_half() -> None:
    """One success counts as two of three, three of four as four of six."""
    assert levels(answer(0, True)) == [(0.6667, 1)]
    assert levels(answer(0, False)) == [(0.3333, 1)]
    assert levels(*(answer(n, n != 0) for n in range(4))) == [(0.6667, 4)]


def test_only_the_latest_thirty_count_for_the_level() -> None:
    """After 30 successes earlier failures are forgotten, but still counted as seen."""
    failures = [answer(n, False) for n in range(10)]
    successes = [answer(n, True) for n in range(10, 40)]
    assert levels(*failures, *successes) == [(0.9688, 40)]
    assert levels(*failures, *successes[1:]) == [(0.9375, 39)]


def test_the_order_of_arrival_does_not_matter() -> None:
    """Answers count by when they were given."""
    events = [*(answer(n, False) for n in range(10)), *(answer(n, True) for n in range(10, 40))]
    assert levels(*reversed(events)) == [(0.9688, 40)]


def test_what_is_no_answer_does_not_count() -> None:
    """Only exercises and quizzes with an outcome and a skill say something about mastery."""
    others = [
        answer(0, True, kind=Kind.ERROR_RESOLVED),
        answer(1, True, kind=Kind.CODE_WRITTEN),
        answer(2, None),
        answer(3, True, skill=None),
    ]
    assert levels(*others) == []
    exercises = [answer(4, False, kind=Kind.EXERCISE_ATTEMPTED), answer(5, True, kind=Kind.EXERCISE_SOLVED)]
    assert levels(*others, *exercises) == [(0.5, 2)]


def test_people_skills_and_organisations_are_told_apart() -> None:
    """Each person has a row for each skill in each organisation, with when it was last practised."""
    rows = mastery_rows(
        [
            answer(0, True),
            answer(7, False),
            answer(1, True, user_id="bob"),
            answer(2, True, organisation="rival"),
            answer(3, True, skill="sql"),
        ]
    )
    assert [
        (row["organisation_id"], row["user_id"], row["skill_id"], row["observations"]) for row in rows
    ] == [
        ("acme", "ann", "go", 2),
        ("acme", "ann", "sql", 1),
        ("acme", "bob", "go", 1),
        ("rival", "ann", "go", 1),
    ]
    assert rows[0]["last_seen_at"] == rows[0]["updated_at"] == START + timedelta(minutes=7)


def test_the_demo_data_has_no_other_mastery() -> None:
    """Every row of the demo data is what its own events give."""
    data = demo_data(built_in_catalogue(), START.date())
    assert data.rows["mastery"] == mastery_rows(data.events)
