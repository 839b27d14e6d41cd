"""What all tables share: one MetaData, names of constraints, and types that both databases keep alike.

Every row carries its organisation and every key begins with it, so no query can forget it. A
column called ``user_id`` names a person and ``user_pseudonym`` stands for one; erasure finds
them by these names.
"""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, ForeignKey, ForeignKeyConstraint, MetaData, Text
from sqlalchemy.types import TypeDecorator

#: Constraints get names of our own, since a migration can only drop what has a known name.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMES)


class Moment(TypeDecorator[datetime]):
    """A point in time, aware and in UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC, since SQLite would silently drop another zone."""
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the server's zone (PostgreSQL) or from none (SQLite)."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """Plain JSON that is only ever read whole.

    It is ASCII text and not a JSON column, since PostgreSQL's JSONB refuses a NUL and forgets
    the order of keys. None is NULL, never the JSON ``null``.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To compact text; raises ValueError and TypeError for what JSON cannot say."""
        return None if value is None else json.dumps(value, separators=(",", ":"), allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """From text."""
        return None if value is None else json.loads(value)


#: An id that rows are ordered by: by code points on any server, whatever the language it sorts by.
SortedText = Text().with_variant(Text(collation="C"), "postgresql")


def of_organisation() -> Column[str]:
    """The first column of a key: whose row it is. Rows go when their organisation goes."""
    return Column("organisation_id", ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True)


def refers_to(table: str, *columns: str) -> ForeignKeyConstraint:
    """Says that columns are the key of a row elsewhere; rows go when that one goes."""
    keys = ["organisation_id", "id"]
    return ForeignKeyConstraint(columns, [f"{table}.{key}" for key in keys], ondelete="CASCADE")
