"""Who may take which course: the rules at their edges."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from flows.intelligence.entitlements.model import Contract, EntitlementSnapshot, Licences
from flows.intelligence.entitlements.policy import (
    Removed,
    contract_for,
    days_left,
    entitled,
    is_open,
    priority,
)

NOW = datetime(2025, 8, 18, 12, tzinfo=UTC)
CONTRACT = Contract(
    id="ts",
    course="Advanced TypeScript",
    skill="typescript-advanced",
    seats=40,
    seats_used=10,
    expires_at=datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC),
)


def having(*contracts: Contract, seats: tuple[str, ...] = ()) -> EntitlementSnapshot:
    licences = Licences(contracts=contracts, trainings=(), as_of=NOW)
    return EntitlementSnapshot(licences=licences, seats_held=frozenset(seats))


def test_a_contract_ends_at_its_moment() -> None:
    """A contract is open until just before its end, and over at it, in whatever zone it is written."""
    ends = replace(CONTRACT, expires_at=datetime(2025, 8, 18, 14, tzinfo=timezone(timedelta(hours=2))))
    assert is_open(ends, having(ends), NOW - timedelta(microseconds=1))
    assert not is_open(ends, having(ends), NOW)


def test_an_end_without_a_zone_is_refused() -> None:
    """Nobody can say when a moment without a zone is."""
    with pytest.raises(ValueError, match="contract ts has an end without a time zone"):
        replace(CONTRACT, expires_at=NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("used", "seats", "expected"), [(39, (), True), (40, (), False), (41, (), False), (40, ("ts",), True)]
)
def test_a_seat_is_needed(used: int, seats: tuple[str, ...], expected: bool) -> None:
    """A contract is open to a person while a seat is free, or when one is theirs."""
    contract = replace(CONTRACT, seats_used=used)
    assert is_open(contract, having(contract, seats=seats), NOW) is expected


def test_a_seat_in_an_ended_contract_opens_nothing() -> None:
    """A seat does not outlive its contract, and not a full one that follows it either."""
    ended = replace(CONTRACT, id="old", expires_at=NOW)
    full = replace(CONTRACT, id="new", seats_used=40)
    assert contract_for("Advanced TypeScript", having(ended, full, seats=("old",)), NOW) is None


def test_among_several_contracts() -> None:
    """The one with the person's own seat comes first, then the soonest to end, then the first id."""
    soon = replace(CONTRACT, id="soon", expires_at=NOW + timedelta(days=1))
    also_soon = replace(soon, id="also-soon")
    course = "advanced  typescript "
    assert contract_for(course, having(CONTRACT, soon, also_soon), NOW) == also_soon
    assert contract_for(course, having(CONTRACT, soon, seats=("ts",)), NOW) == CONTRACT


def test_the_filter_says_why() -> None:
    """What is taken out is unlicensed, expired, or without a seat; what names no course stays."""
    ended = replace(CONTRACT, id="old", course="SQL", expires_at=NOW)
    full = replace(CONTRACT, id="full", course="Go", seats_used=40)
    also_ended = replace(full, id="full-old", expires_at=NOW)
    candidates = [
        "react-hooks",
        {"id": "free"},
        {"id": "a", "course": "SQL"},
        {"id": "b", "course": "Go"},
        {"id": "c", "course": "Juggling"},
        {"id": "d", "course": "Advanced TypeScript", "contract": "full"},
    ]
    kept, removed = entitled(candidates, having(CONTRACT, ended, full, also_ended), NOW)
    assert kept == ["react-hooks", {"id": "free"}, {**candidates[5], "contract": "ts"}]  # type: ignore[dict-item]
    assert removed == [Removed("a", "expired"), Removed("b", "no_seat"), Removed("c", "unlicensed")]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2025, 12, 31, 0, 0, tzinfo=UTC), 0),
        (datetime(2025, 12, 30, 23, 59, tzinfo=UTC), 1),
        (datetime(2025, 12, 31, 1, 0, tzinfo=timezone(timedelta(hours=2))), 1),
        (datetime(2025, 12, 1, 12, 0, tzinfo=UTC), 30),
    ],
)
def test_days_are_counted_in_utc(now: datetime, expected: int) -> None:
    """Days left are calendar days in UTC, whatever zone the clock is in."""
    assert days_left(CONTRACT, now) == expected


@pytest.mark.parametrize(
    ("days", "seats", "used", "held", "expected"),
    [
        (30, 40, 10, False, "USE_IT_OR_LOSE_IT"),
        (30, 40, 39, True, "USE_IT_OR_LOSE_IT"),
        (31, 40, 10, False, "STANDARD"),
        (31, 40, 36, False, "LAST_SEATS"),
        (31, 40, 35, False, "STANDARD"),
        (31, 10, 8, False, "LAST_SEATS"),
        (31, 10, 7, False, "STANDARD"),
        (31, 10, 8, True, "STANDARD"),
    ],
)
def test_priority(days: int, seats: int, used: int, held: bool, expected: str) -> None:
    """Urgent within 30 days; else the last two seats or the last tenth, unless one is the person's own."""
    contract = replace(CONTRACT, seats=seats, seats_used=used, expires_at=NOW + timedelta(days=days))
    assert priority(contract, having(contract, seats=("ts",) if held else ()), NOW) == expected
