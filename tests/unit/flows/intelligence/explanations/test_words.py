"""Facts as words, or not at all."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from flows.intelligence.explanations.words import count, counted, day, sentence, share, text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("React Hooks", "React Hooks"),
        ("  Two\nlines.\t", "Two lines"),
        ("bell\x07\u202eand\u2028separators", "bell and separators"),
        ("{title} %s", "{title} %s"),
        ("x" * 160, "x" * 160),
        ("x" * 321, "x" * 317 + "..."),
        ("ab " * 110, "ab " * 104 + "ab..."),
        ("", None),
        (" . ", None),
        (7, None),
        (None, None),
    ],
)
def test_a_text_is_one_bounded_line(value: Any, expected: str | None) -> None:
    """Without control characters and without the full stop at its end."""
    assert text({"title": value}, "title") == expected


def test_a_sentence_begins_with_a_capital() -> None:
    """Only the first letter is touched."""
    assert sentence({"cause": "a list has no key IDs."}, "cause") == "A list has no key IDs"
    assert sentence({}, "cause") is None


@pytest.mark.parametrize(
    ("value", "expected"), [(0, None), (1, 1), (9, 9), (-1, None), (1.0, None), (True, None), ("3", None)]
)
def test_a_count_is_a_whole_number_of_enough(value: Any, expected: int | None) -> None:
    """Anything else is not said."""
    assert count({"people": value}, "people", 1) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0, "0.00"), (0.726, "0.73"), (1, "1.00"), (1.1, None), (True, None), ("1", None)]
)
def test_a_share_has_two_decimals(value: Any, expected: str | None) -> None:
    """And is 0 to 1."""
    assert share({"level": value}, "level") == expected


def test_one_is_singular() -> None:
    """All other numbers are plural."""
    assert [counted(n, "day", "days") for n in (0, 1, 2, None)] == ["0 days", "1 day", "2 days", None]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-10-03", "3 October"),
        ("2026-10-03T23:59:00Z", "3 October"),
        (date(2026, 12, 31), "31 December"),
        (datetime(2026, 2, 1, tzinfo=UTC), "1 February"),
        ("2025-10-03", "3 October 2025"),
        ("soon", None),
        (20261003, None),
        (None, None),
    ],
)
def test_a_date_has_its_year_when_it_is_far(value: Any, expected: str | None) -> None:
    """Seen from the 23rd of November 2026."""
    assert day({"at": value}, "at", date(2026, 11, 23)) == expected


def test_a_date_without_a_today_has_no_year() -> None:
    """Nobody can tell whether it is far."""
    assert day({"at": "2019-02-28"}, "at") == "28 February"
