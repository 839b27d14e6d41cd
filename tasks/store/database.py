"""Opening the durable store, bringing its tables up to date, and what all its users share."""

import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from flows.errors import InvalidInput, PortUnavailable
from tasks.store.tables import organisations

MIGRATIONS = Path(__file__).parent / "migrations"

#: The busy timeout comes first: the change to WAL itself may have to wait for another process.
SQLITE_PRAGMAS = ("busy_timeout=5000", "journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL")

CONNECT_TIMEOUT_S = 2  #: The least that libpq takes.
POOL_TIMEOUT_S = 2
UNACKNOWLEDGED_MS = 3_000  #: When a server that vanished without a word is given up.

#: Any number will do, as long as nothing else on the server locks the same one.
UPGRADE_LOCK = 3_005_0001


def open_database(url: str) -> Engine:
    """An engine for a SQLite file or a PostgreSQL server; connects when first used.

    Raises InvalidInput when the URL names neither.
    """
    address = _address(url)
    if address.get_backend_name() == "postgresql":
        return create_engine(
            address,
            pool_pre_ping=True,
            pool_timeout=POOL_TIMEOUT_S,
            skip_autocommit_rollback=True,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "tcp_user_timeout": UNACKNOWLEDGED_MS},
        )
    _file(address).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, pool_timeout=POOL_TIMEOUT_S, skip_autocommit_rollback=True)
    event.listen(engine, "connect", _set_pragmas)
    return engine


def reading(engine: Engine) -> Engine:
    """The same engine and pool for single SELECTs, which need no transaction around them."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def upgrade(url: str) -> None:
    """Bring the tables up to date: all migrations, or none when one fails.

    May be called by several processes at once; the first does the work, the others wait.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    engine = open_database(url)
    try:
        with _alone(engine.url), engine.connect() as connection:
            _begin(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    finally:
        engine.dispose()


def revision(engine: Engine) -> str | None:
    """The migration that the tables are at, None for an empty database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def answering() -> Iterator[None]:
    """Turn "the database is down, locked or out of connections" into PortUnavailable."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        # The message may reach a client, and the driver's own one names hosts, users and SQL.
        raise PortUnavailable("the database did not answer") from error


def insert_or_replace(
    connection: Connection, table: Table, *columns: str
) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that overwrites these columns, or all, of the row with the same primary key."""
    insert = _insert(connection, table)
    names = columns or [column.name for column in table.columns if not column.primary_key]
    values = {name: insert.excluded[name] for name in names}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=values)


def insert_or_keep(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that leaves a row alone that is there already."""
    return _insert(connection, table).on_conflict_do_nothing()


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows that are not there, by primary key, and say how many that were."""
    if not rows:
        return 0
    # Row counts of an INSERT of many rows are not the same thing in both drivers.
    key = list(table.primary_key.columns)
    return len(connection.execute(insert_or_keep(connection, table).returning(*key), rows).all())


def ensure_organisation(connection: Connection, organisation: str) -> None:
    """Organisations come into being with the first thing that is stored for them."""
    connection.execute(insert_or_keep(connection, organisations), {"id": organisation, "name": organisation})


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:  # Its message quotes the URL, password and all.
        raise InvalidInput("DATABASE_URL is not a database URL", field="DATABASE_URL") from None
    if address.drivername in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    on_file = address.get_backend_name() == "sqlite" and address.database not in (None, "", ":memory:")
    if not on_file and address.drivername != "postgresql+psycopg":
        raise InvalidInput(
            "DATABASE_URL must be sqlite:///a/file or postgresql://user@host/database", field="DATABASE_URL"
        )
    return address


def _file(address: URL) -> Path:
    return Path(address.database or "")


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _alone(address: URL) -> AbstractContextManager[None]:
    """SQLite cannot lock a database before the file is one; a file beside it can be locked."""
    return nullcontext() if address.get_backend_name() == "postgresql" else _locked(_file(address))


@contextmanager
def _locked(database: Path) -> Iterator[None]:
    with database.with_name(database.name + ".upgrade-lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # Let go when the file is closed, also by a crash.
        yield


def _begin(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")
        return
    # A SQLite table is altered by copying and dropping it: dropping would cascade. The pragma
    # has no effect inside a transaction, and the driver opens none by itself for DDL.
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
