"""Rows for any table of the durable store, made from its columns, so that no table is forgotten."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    Table,
    Text,
    insert,
)

from tasks.store.tables import metadata, organisations
from tasks.store.tables.schema import Json, Moment

LONG_AGO = datetime(2020, 3, 1, 12, tzinfo=UTC)
NUMBERS = {"share": 0.5, "seats_used": 1, "seats": 3}
IN_COMMON = "in-common"  #: The id of what belongs to nobody alone: a team, a contract, a batch.


def names_people(table: Table) -> bool:
    """True when some column says by its name, or by what it points at, that it is about a person."""
    return table.name == "users" or any(
        "user" in column.name or any(key.column.table.name == "users" for key in column.foreign_keys)
        for column in table.columns
    )


def add_organisation(connection: Connection, organisation: str, key: str) -> None:
    """An organisation with one row in every table that is not about people."""
    connection.execute(
        insert(organisations), {"id": organisation, "name": organisation, "pseudonym_key": key}
    )
    for table in metadata.sorted_tables:
        if table is not organisations and not names_people(table):
            values = {column.name: _value(column, organisation, 1) for column in table.columns}
            fixed = {"id": IN_COMMON, "name": IN_COMMON, "organisation_id": organisation}
            known = {name: value for name, value in fixed.items() if name in values}
            connection.execute(insert(table), values | known)


def add_person(connection: Connection, organisation: str, user_id: str, pseudonym: str, number: int) -> None:
    """One row about a person in every table about people; ``number`` is another for each person."""
    fixed = {"organisation_id": organisation, "user_id": user_id, "user_pseudonym": pseudonym}
    for table in metadata.sorted_tables:
        if names_people(table):
            values = {
                column.name: _value(column, f"{organisation} {user_id}", number) for column in table.columns
            }
            own = {"id": user_id} if table.name == "users" else {}
            known = {name: value for name, value in fixed.items() if name in values}
            connection.execute(insert(table), values | own | known)


def _value(column: Column[Any], mark: str, number: int) -> Any:
    if column.foreign_keys:
        return IN_COMMON
    values: dict[type, Any] = {
        Text: mark,
        Moment: LONG_AGO,
        Json: {"about": mark},
        Date: LONG_AGO.date(),
        LargeBinary: mark.encode(),
        BigInteger: number,
        Boolean: True,
        Integer: NUMBERS.get(column.name, number),
        Float: NUMBERS.get(column.name, 0.25),
    }
    return values[type(column.type)]
