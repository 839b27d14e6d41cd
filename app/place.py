"""A place in a list that goes by time, newest first: where the next page goes on."""

import re
from datetime import UTC, datetime, timedelta

from flows.errors import InvalidInput
from flows.ports import Cursor

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CURSOR = re.compile(r"([0-9]{1,17})-([0-9a-f]{32})")


def place_of(cursor: str | None) -> Cursor | None:
    """The place in a list that a cursor names; raises InvalidInput for what is no cursor."""
    if cursor is None:
        return None
    found = CURSOR.fullmatch(cursor)
    if not found:
        raise InvalidInput("must be the next of a list", field="?before")
    return EPOCH + int(found[1]) * MICROSECOND, found[2]


def cursor_of(moment: datetime, id_: str) -> str:
    """The place after what was made at that time and is called so."""
    return f"{(moment - EPOCH) // MICROSECOND}-{id_}"
