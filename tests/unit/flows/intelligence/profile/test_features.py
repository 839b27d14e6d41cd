"""Features: what a person's events say about them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.intelligence.mastery import Mastery
from flows.intelligence.profile.features import (
    Features,
    ItemFate,
    Practice,
    errors_of,
    fates_of,
    features_of,
    practice_of,
)
from flows.signals.events import Event, Kind

START = datetime(2025, 3, 1, 9, tzinfo=UTC)
LOOP = "Error: Maximum update depth exceeded."
MISSING = "ModuleNotFoundError: No module named 'yaml'"


def happened(minute: float, kind: Kind = Kind.CODE_WRITTEN, **more: Any) -> Event:
    at = START + timedelta(minutes=minute)
    return Event(id=f"e{minute}", organisation="acme", user_id="ann", kind=kind, at=at, **more)


def hit(minute: float, text: str = LOOP, **more: Any) -> Event:
    return happened(minute, Kind.ERROR_HIT, text=text, **more)


def fixed(minute: float, **more: Any) -> Event:
    return happened(minute, Kind.ERROR_RESOLVED, **more)


def test_somebody_of_whom_nothing_is_known_has_empty_features() -> None:
    """No events and no mastery give the empty features."""
    assert features_of([], {}, built_in_catalogue(), START) == Features()


def test_practice_counts_what_went_right_and_what_went_wrong() -> None:
    """Solved, completed, resolved and right answers are right; attempts, errors and wrong answers wrong."""
    events = [
        happened(1, Kind.EXERCISE_ATTEMPTED, skill="go"),
        happened(2, Kind.EXERCISE_SOLVED, skill="go"),
        happened(3, Kind.QUIZ_ANSWERED, skill="go", success=True),
        happened(4, Kind.QUIZ_ANSWERED, skill="go", success=False),
        happened(5, skill="go"),
        happened(6, Kind.EXERCISE_SOLVED),
    ]
    assert practice_of(events) == {"go": Practice(2, 2, START + timedelta(minutes=5), ("e5", "e4", "e3"))}


def test_recent_skills_have_the_newest_first() -> None:
    """A skill stands where it was last touched."""
    events = [happened(1, skill="a"), happened(2, skill="b"), happened(3, skill="a")]
    assert features_of(events, {}, built_in_catalogue(), START).recent_skills == ("a", "b")


def test_an_error_is_one_however_it_is_worded() -> None:
    """Errors go by fingerprint: times add up, and the newest words are kept."""
    found = errors_of([hit(1, MISSING), hit(2), hit(3, "ModuleNotFoundError: No module named 'numpy'")])
    assert [(error.message, error.times) for error in found] == [
        ("ModuleNotFoundError: No module named 'numpy'", 2),
        (LOOP, 1),
    ]


@pytest.mark.parametrize(
    ("fix", "resolved"),
    [
        ({"item": "loop"}, [False, True]),
        ({"skill": "python"}, [True, False]),
        ({"session_id": "s1"}, [False, True]),
        ({"session_id": "s1", "success": False}, [False, False]),
        ({"item": "other"}, [False, False]),
        ({}, [False, False]),
    ],
)
def test_a_fix_resolves_the_error_that_it_is_for(fix: dict[str, Any], resolved: list[bool]) -> None:
    """The error of its item, else of its skill, else of its session; a fix that failed resolves none."""
    events = [hit(1, item="loop", session_id="s1"), hit(2, MISSING, skill="python"), fixed(3, **fix)]
    assert [error.resolved for error in errors_of(events)] == resolved


def test_an_error_that_comes_back_is_open_again() -> None:
    """A hit after the fix is a new episode of the same error."""
    (error,) = errors_of([hit(1, item="loop"), fixed(2, item="loop"), hit(3, item="loop")])
    assert (error.times, error.resolved) == (2, False)


def test_only_the_newest_ten_errors_are_kept() -> None:
    """Old errors give way."""
    events = [hit(number, f"E{number:03} went wrong") for number in range(12)]
    found = errors_of(events)
    assert len(found) == 10
    assert found[0].message == "E011 went wrong"


def test_the_fate_of_an_item_is_what_was_last_done_with_it() -> None:
    """Later acts replace earlier ones; what is no act on an item has no fate."""
    events = [
        happened(1, Kind.PROMPT_USED, item="p"),
        happened(2, Kind.COURSE_STARTED, item="c"),
        happened(3, Kind.PROMPT_DISMISSED, item="p"),
        hit(4, item="x"),
    ]
    assert fates_of(events) == {
        "course:c": ItemFate(Kind.COURSE_STARTED, START + timedelta(minutes=2)),
        "prompt:p": ItemFate(Kind.PROMPT_DISMISSED, START + timedelta(minutes=3)),
    }


def test_goals_follow_from_practice_of_the_last_sixty_days() -> None:
    """What was practised long ago points to no goal any more."""
    events = [happened(number, skill=skill) for number, skill in enumerate(("react-hooks", "css-layout"))]
    soon = features_of(events, {}, built_in_catalogue(), START + timedelta(days=59))
    late = features_of(events, {}, built_in_catalogue(), START + timedelta(days=61))
    assert soon.likely_goals != ()
    assert late.likely_goals == ()


def test_features_travel_as_json() -> None:
    """A document that went through JSON reads back equal, full or empty."""
    events = [
        hit(1, skill="go", session_id="s"),
        happened(2, Kind.PROMPT_USED, item="p", skill="react-hooks"),
        happened(3, skill="css-layout"),
    ]
    full = features_of(events, {"go": Mastery(0.25, 3)}, built_in_catalogue(), START)
    for features in (full, Features()):
        assert Features.from_document(json.loads(json.dumps(features.to_document()))) == features
