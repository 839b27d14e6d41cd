"""Demo data in the durable store: loaded once, kept while people learn, made afresh on request.

What it holds is made by the pure ``demo_*`` modules beside this one; here it is written, counted
and removed.
"""

from datetime import UTC, date, datetime

from sqlalchemy import Column, Connection, Engine, Table, bindparam, delete, func, select, update

from flows.catalogue.model import Catalogue
from tasks.store.database import answering, insert_or_keep, insert_or_replace
from tasks.store.demo_data import DemoData, demo_data
from tasks.store.demo_decisions import demo_answers, put_answers
from tasks.store.demo_people import MEMBERS, ORGANISATIONS
from tasks.store.demo_training import Row, dates
from tasks.store.events import write
from tasks.store.memories import write as write_memories
from tasks.store.tables import metadata, organisations, users

#: Columns that a load brings up to date in rows that are there; other rows are kept as they are.
NAMES = {"organisations": ("name",), "users": ("name", "level")}
DATES = {"contracts": ("expires_at",), "trainings": ("due_on",)}
#: What an organisation set up for itself, or shares with others, which a reset does not touch.
KEPT = frozenset(
    {
        "organisations",
        "catalogues",
        "api_keys",
        "flags",
        "experiments",
        "shared_models",
        "model_timings",
        "memory_indexes",
        "memory_vectors",  # They outlive their memories, until the index is told.
        "webhook_secrets",
        "webhook_disabled",
    }
)

ANSWERS = ("decisions", "outcomes")

_IDS = [organisation.id for organisation in ORGANISATIONS]


def load_demo(
    engine: Engine, catalogue: Catalogue, *, today: date | None = None, reset: bool = False
) -> dict[str, int]:
    """Make sure that the demo data is there; returns how many rows of it there are now, by table.

    What people have done since stays; contracts and trainings get dates as seen from ``today``
    (the current day in UTC). With ``reset`` everybody in the demo organisations is removed first
    with all that was made or learned there; imported catalogues, keys, flags and experiments
    stay. Raises PortUnavailable.
    """
    data = demo_data(catalogue, today or datetime.now(UTC).date())
    with answering(), engine.begin() as connection:
        if reset:
            _remove(connection)
        if _everybody_is_there(connection):
            _write_dates(connection, data)
        else:
            _write(connection, data)
            put_answers(connection, demo_answers(catalogue, today or datetime.now(UTC).date()))
        return _counts(connection, data)


def demo_is_loaded(engine: Engine) -> bool:
    """True when all demo people are there. Raises PortUnavailable."""
    with answering(), engine.connect() as connection:
        return _everybody_is_there(connection)


def move_demo_dates(engine: Engine, *, today: date | None = None) -> list[str]:
    """Let the demo's contracts and trainings run out as seen from ``today`` (in UTC).

    Returns the demo organisations, sorted, of which something moved. Takes milliseconds and
    touches nothing else: a contract that was removed stays away. Raises PortUnavailable.
    """
    moved: set[str] = set()
    with answering(), engine.begin() as connection:
        for name, rows in dates(today or datetime.now(UTC).date()).items():
            moved |= _move(connection, metadata.tables[name], *DATES[name], rows)
    return sorted(moved)


def _move(connection: Connection, table: Table, column: str, rows: list[Row]) -> set[str]:
    """Set one column of the rows whose day is another; returns whose rows they were."""
    owned = table.c.organisation_id.in_(_IDS)
    query = select(table.c.organisation_id, table.c.id, table.c[column]).where(owned)
    there = {(owner, id_): moment for owner, id_, moment in connection.execute(query)}
    late = [
        {"owner": row["organisation_id"], "row": row["id"], "moment": row[column]}
        for row in rows
        if there.get((row["organisation_id"], row["id"]), row[column]) != row[column]
    ]
    if late:
        which = (table.c.organisation_id == bindparam("owner")) & (table.c.id == bindparam("row"))
        connection.execute(update(table).where(which).values({column: bindparam("moment")}), late)
    return {row["owner"] for row in late}


def _write(connection: Connection, data: DemoData) -> None:
    """Everything that is not there, and names and dates of what is."""
    for name, rows in data.rows.items():
        if updated := (NAMES | DATES).get(name):
            connection.execute(insert_or_replace(connection, metadata.tables[name], *updated), rows)
        elif rows:
            connection.execute(insert_or_keep(connection, metadata.tables[name]), rows)
    write(connection, data.events)
    for organisation, memories in data.memories.items():
        write_memories(connection, organisation, memories)


def _write_dates(connection: Connection, data: DemoData) -> None:
    for name, updated in DATES.items():
        connection.execute(insert_or_replace(connection, metadata.tables[name], *updated), data.rows[name])


def _remove(connection: Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        if table.name not in KEPT:
            connection.execute(delete(table).where(table.c.organisation_id.in_(_IDS)))


def _everybody_is_there(connection: Connection) -> bool:
    query = select(users.c.organisation_id, users.c.id).where(users.c.organisation_id.in_(_IDS))
    there = {(organisation, user_id) for organisation, user_id in connection.execute(query)}
    return {(organisation.id, person.id) for organisation, person in MEMBERS} <= there


def _counts(connection: Connection, data: DemoData) -> dict[str, int]:
    return {name: _count(connection, name) for name in (*data.rows, "events", "memories", *ANSWERS)}


def _count(connection: Connection, name: str) -> int:
    table = metadata.tables[name]
    owner: Column[str] = organisations.c.id if table is organisations else table.c.organisation_id
    return connection.execute(select(func.count()).select_from(table).where(owner.in_(_IDS))).scalar_one()
