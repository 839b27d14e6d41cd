"""The days that an analysis is about."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flows.errors import InvalidInput, InvalidRequest

DEFAULT_DAYS = 30
MAX_DAYS = 400
DAY = timedelta(days=1)
WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, the last one included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """When it begins."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + DAY, time(), UTC)


def period_of(first: str | None, last: str | None, today: date) -> Period:
    """The period between two days as YYYY-MM-DD, the last one today by default, 30 days by default.

    Raises InvalidRequest that names the query parameters ``from`` and ``to``.
    """
    faults: list[InvalidInput] = []
    to = _day(last, "?to", faults) or today
    # Before all time stands the first day: a default must not raise.
    since = _day(first, "?from", faults) or date.fromordinal(max(1, to.toordinal() - DEFAULT_DAYS + 1))
    if not faults and to == date.max:
        faults.append(InvalidInput("is too late", field="?to"))
    elif not faults and since > to:
        faults.append(InvalidInput(f"must not be after {to.isoformat()}", field="?from"))
    elif not faults and (to - since).days >= MAX_DAYS:
        faults.append(
            InvalidInput(f"must be less than {MAX_DAYS} days before {to.isoformat()}", field="?from")
        )
    if faults:
        raise InvalidRequest(faults)
    return Period(since, to)


def _day(text: str | None, field: str, faults: list[InvalidInput]) -> date | None:
    if text is None:
        return None
    try:
        if not WRITTEN.fullmatch(text):  # The parser takes 20250131 and week dates as well.
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        faults.append(InvalidInput("must be a day as YYYY-MM-DD", field=field))
        return None
