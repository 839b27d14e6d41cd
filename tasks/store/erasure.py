"""Taking a person out of the durable store, everywhere, and saying what was taken."""

from sqlalchemy import Column, Connection, Engine, Table, bindparam, delete, select

from tasks.store.database import answering
from tasks.store.pseudonyms import pseudonym
from tasks.store.tables import metadata, organisations, users

_KEY = select(organisations.c.pseudonym_key).where(organisations.c.id == bindparam("organisation"))


def erase_user(engine: Engine, organisation: str, user_id: str) -> dict[str, int]:
    """Delete every row about a person, in one transaction; returns the rows by table.

    Tables that hold people and had nothing about this one are there with 0, so that the answer
    says where was looked. What comes in afterwards is about somebody new. Raises PortUnavailable.
    """
    with answering(), engine.begin() as connection:
        key = connection.execute(_KEY, {"organisation": organisation}).scalar_one_or_none()
        if key is None:  # Every row belongs to an organisation.
            return {table.name: 0 for table, _ in tables_of_people()}
        return _erase(connection, organisation, user_id, pseudonym(key, user_id))


def tables_of_people() -> list[tuple[Table, Column[str]]]:
    """Every table that names a person with the column that does, those that refer to others first."""
    found = [(table, _column(table)) for table in reversed(metadata.sorted_tables)]
    return [(table, column) for table, column in found if column is not None]


def _column(table: Table) -> Column[str] | None:
    if table is users:
        return users.c.id
    return next((table.c[name] for name in ("user_id", "user_pseudonym") if name in table.c), None)


def _erase(connection: Connection, organisation: str, user_id: str, called: str) -> dict[str, int]:
    erased = {}
    for table, column in tables_of_people():
        person = called if column.name == "user_pseudonym" else user_id
        about = (table.c.organisation_id == organisation) & (column == person)
        erased[table.name] = connection.execute(delete(table).where(about)).rowcount
    return erased
