"""Which memories a run may claim to make their points, and claiming them.

A claim stands in the row of a memory, so it keeps runs apart wherever they are.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from tasks.store.database import insert_or_keep
from tasks.store.tables import memories, memory_vectors

#: A claim holds this long. Whoever has it begins nothing after half of that, and no call takes so long.
CLAIM = timedelta(minutes=10)

#: A server that refuses a text today may take it tomorrow, or may have been out of sorts.
REFUSED_FOR = timedelta(days=1)

_m, _v = memories.c, memory_vectors.c


class State(StrEnum):
    """What is known of a point."""

    CLAIMED = "claimed"
    INDEXED = "indexed"
    STALE = "stale"
    OUTDATED = "outdated"
    REFUSED = "refused"


def wanting(collection: str, after: int, limit: int, now: datetime) -> Any:
    """Memories without a point, by number from ``after`` on."""
    same = (_v.organisation_id == _m.organisation_id) & (_v.number == _m.number)
    joined = memories.outerjoin(memory_vectors, same & (_v.collection == collection))
    query = select(_m.number, _m.organisation_id, _v.state).select_from(joined)
    return query.where(_m.number > after, _v.number.is_(None) | free(now)).order_by(_m.number).limit(limit)


def free(now: datetime) -> ColumnElement[bool]:
    """Rows that a run may claim."""
    refused = (_v.state == State.REFUSED.value) & (_v.at <= now - REFUSED_FOR)
    return (_v.state == State.STALE.value) | refused | (left_lying(now) & (_v.claim != ""))


def left_lying(now: datetime) -> ColumnElement[bool]:
    """Rows that a run claimed that is gone by now."""
    return (_v.state == State.CLAIMED.value) & (_v.at <= now - CLAIM)


def take(
    connection: Connection, collection: str, wanted: Sequence[Any], token: str, now: datetime
) -> list[int]:
    """Those that nobody else took at the same time."""
    new = [
        row_of(row.organisation_id, row.number, collection, State.CLAIMED, token, now)
        for row in wanted
        if row.state is None
    ]
    taken: list[int] = []
    if new:
        insert = insert_or_keep(connection, memory_vectors).returning(_v.number)
        taken += connection.execute(insert, new).scalars()
    if old := [row.number for row in wanted if row.state is not None]:
        again = update(memory_vectors).where(among(collection, old), free(now))
        again = again.values(state=State.CLAIMED.value, claim=token, at=now)
        taken += connection.execute(again.returning(_v.number)).scalars()
    return taken


def among(collection: str, numbers: Collection[int]) -> ColumnElement[bool]:
    """Rows of these memories."""
    return (_v.collection == collection) & _v.number.in_(sorted(numbers))


def row_of(
    organisation: str, number: int, collection: str, state: State, claim: str, at: datetime
) -> dict[str, Any]:
    """A row of what is to be inserted."""
    return {
        "organisation_id": organisation,
        "number": number,
        "collection": collection,
        "state": state.value,
        "claim": claim,
        "at": at,
    }
