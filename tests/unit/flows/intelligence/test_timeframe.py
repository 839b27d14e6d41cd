"""Time frames as people write them."""

import pytest

from flows.errors import InvalidInput
from flows.intelligence.timeframe import weeks_in


@pytest.mark.parametrize(
    ("timeframe", "weeks"),
    [
        ("7days", 1),
        ("13days", 1),
        ("14days", 2),
        ("90days", 12),
        ("1week", 1),
        ("6weeks", 6),
        ("104weeks", 104),
        ("1month", 4),
        ("3months", 13),
        ("12months", 52),
        ("23months", 100),
        ("1year", 52),
        ("2years", 104),
        ("0003weeks", 3),
        ("  3 Months ", 13),
        ("6WEEKS", 6),
    ],
)
def test_a_time_frame_is_counted_in_whole_weeks(timeframe: str, weeks: int) -> None:
    """Days, weeks, months and years become whole weeks, rounded down; case and spaces do not matter."""
    assert weeks_in(timeframe) == weeks


@pytest.mark.parametrize(
    "timeframe",
    ["", "soon", "3", "months", "-3weeks", "3.5months", "3fortnights", "in 3weeks", "3weeksish", "12345days"],
)
def test_other_words_are_refused_with_an_example(timeframe: str) -> None:
    """What is no number with a unit is refused, with the field and what would be right."""
    with pytest.raises(InvalidInput, match="such as 3months, 6weeks or 90days") as refused:
        weeks_in(timeframe)
    assert refused.value.field == "timeframe"


@pytest.mark.parametrize("timeframe", ["0weeks", "6days", "105weeks", "240months", "3years"])
def test_too_short_and_too_long_are_refused_with_the_bounds(timeframe: str) -> None:
    """Less than a week or more than 104 is refused, with the field and the bounds."""
    with pytest.raises(InvalidInput, match=r"^must be between 7days and 104weeks$") as refused:
        weeks_in(timeframe)
    assert refused.value.field == "timeframe"
