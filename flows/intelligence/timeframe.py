"""Time frames as people write them: ``3months``, ``6weeks``, ``90days``."""

import re

from flows.errors import InvalidInput

PATTERN = r"^\s*(\d{1,4})\s*(day|week|month|year)s?\s*$"
DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
MAX_WEEKS = 104


def weeks_in(timeframe: str) -> int:
    """Whole weeks in a time frame, 1 to 104; raises InvalidInput."""
    match = re.match(PATTERN, timeframe, re.IGNORECASE)
    if not match:
        raise InvalidInput(
            "must be a number with days, weeks, months or years, such as 3months, 6weeks or 90days",
            field="timeframe",
        )
    weeks = int(int(match[1]) * DAYS[match[2].lower()] / 7)
    if not 1 <= weeks <= MAX_WEEKS:
        raise InvalidInput(f"must be between 7days and {MAX_WEEKS}weeks", field="timeframe")
    return weeks
