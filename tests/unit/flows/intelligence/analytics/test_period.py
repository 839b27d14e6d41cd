"""The days that an analysis is about."""

from datetime import UTC, date, datetime

import pytest

from flows.errors import InvalidRequest
from flows.intelligence.analytics.period import Period, period_of

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, Period(date(2026, 2, 9), TODAY)),
        (None, "2026-02-09", Period(date(2026, 1, 11), date(2026, 2, 9))),
        ("2026-03-10", None, Period(TODAY, TODAY)),
        ("2025-02-04", None, Period(date(2025, 2, 4), TODAY)),
        ("2026-12-01", "2026-12-31", Period(date(2026, 12, 1), date(2026, 12, 31))),
        (None, "0001-01-05", Period(date(1, 1, 1), date(1, 1, 5))),
    ],
)
def test_periods(first: str | None, last: str | None, expected: Period) -> None:
    """Both days count; it is the last thirty by default, and 400 are allowed."""
    assert period_of(first, last, TODAY) == expected


def test_moments() -> None:
    """A period goes from midnight to midnight in UTC."""
    period = Period(date(2026, 2, 28), date(2026, 2, 28))
    assert period.start == datetime(2026, 2, 28, tzinfo=UTC)
    assert period.end == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "fields"),
    [
        ("yesterday", None, ["?from"]),
        ("2026-02-30", None, ["?from"]),
        ("20260301", None, ["?from"]),
        ("2026-W10-1", None, ["?from"]),
        ("2026-03-01T00:00:00Z", None, ["?from"]),
        ("", None, ["?from"]),
        (None, "2026-3-1", ["?to"]),
        ("x", "y", ["?to", "?from"]),
        ("2026-03-11", None, ["?from"]),
        ("2025-02-03", None, ["?from"]),
        (None, "9999-12-31", ["?to"]),
    ],
)
def test_what_is_no_period(first: str | None, last: str | None, fields: list[str]) -> None:
    """A day that is none, a wrong order and more than 400 days are refused by the parameter's name."""
    with pytest.raises(InvalidRequest) as raised:
        period_of(first, last, TODAY)
    assert [error.field for error in raised.value.errors] == fields
