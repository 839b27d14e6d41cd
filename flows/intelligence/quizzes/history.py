"""What a person's earlier quizzes say about which questions to hold back."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from flows.signals.events import Event, Kind

HELD_BACK_DAYS = 30  #: A question answered right is not asked again for as long.


def since(day: date) -> datetime:
    """From when on answers matter to a quiz of that day (UTC)."""
    return datetime.combine(day - timedelta(days=HELD_BACK_DAYS), time(), UTC)


def answered_right(events: Iterable[Event]) -> frozenset[str]:
    """Ids of the questions whose last answer was right; events oldest first."""
    last = {e.item: e.success for e in events if e.kind is Kind.QUIZ_ANSWERED and e.item is not None}
    return frozenset(item for item, success in last.items() if success)
