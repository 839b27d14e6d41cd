"""The tables of the durable store, for SQLite and PostgreSQL alike.

Every row carries its organisation and every key begins with it, so no query can forget it.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

#: Constraints get names of our own, since a migration can only drop what has a known name.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


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


metadata = MetaData(naming_convention=NAMES)

organisations = Table(
    "organisations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

#: ``name`` and ``level`` are empty for a person who was only ever seen through events.
users = Table(
    "users",
    metadata,
    Column("organisation_id", ForeignKey(organisations.c.id, ondelete="CASCADE"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("level", Text),
)

mastery = Table(
    "mastery",
    metadata,
    Column("organisation_id", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("skill_id", Text, primary_key=True),
    Column("level", Float, nullable=False),
    Column("observations", Integer, nullable=False),
    Column("updated_at", Moment, nullable=False),
    ForeignKeyConstraint(
        ["organisation_id", "user_id"], [users.c.organisation_id, users.c.id], ondelete="CASCADE"
    ),
)

#: ``document`` is canonical JSON in the import format. It is text and not a JSON column, since
#: it is only ever read whole and text keeps it byte for byte.
catalogues = Table(
    "catalogues",
    metadata,
    Column("organisation_id", ForeignKey(organisations.c.id, ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("revision", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("imported_at", Moment, nullable=False),
)
