"""Opening the durable store and bringing it up to date, on SQLite."""

from datetime import UTC, datetime, timedelta, timezone
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, inspect, select
from sqlalchemy.exc import IntegrityError

from flows.errors import InvalidInput
from tasks.store.database import open_database, revision, upgrade
from tasks.store.tables import catalogues, mastery, metadata, organisations

NEWEST = "0001"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'a' / 'folder' / 'learning.db'}"


def test_an_empty_database_has_no_revision(url: str) -> None:
    """Before the first upgrade there is nothing; opening made the folder."""
    engine = open_database(url)
    assert revision(engine) is None
    assert Path(engine.url.database or "").parent.is_dir()


def test_upgrade_creates_the_tables(url: str) -> None:
    """After an upgrade the database is at the newest revision and has all tables."""
    upgrade(url)
    engine = open_database(url)
    assert revision(engine) == NEWEST
    assert set(inspect(engine).get_table_names()) == {
        "alembic_version",
        "catalogues",
        "mastery",
        "organisations",
        "users",
    }


def test_upgrade_twice_keeps_what_is_stored(url: str) -> None:
    """An upgrade of what is up to date changes nothing."""
    upgrade(url)
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(insert(organisations), {"id": "acme", "name": "Acme"})
    upgrade(url)
    with engine.connect() as connection:
        assert connection.execute(select(organisations)).all() == [("acme", "Acme")]
    assert revision(engine) == NEWEST


def test_processes_may_upgrade_at_once(url: str) -> None:
    """Processes that start together upgrade once between them, and none of them fails."""
    spawn = get_context("spawn")
    processes = [spawn.Process(target=upgrade, args=(url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert revision(open_database(url)) == NEWEST


def test_a_failed_upgrade_leaves_nothing_behind(url: str) -> None:
    """When a later step of an upgrade fails, its earlier steps are undone, so it can be repeated."""
    engine = open_database(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE catalogues (in_the_way TEXT)")
    with pytest.raises(Exception, match="already exists"):
        upgrade(url)
    assert inspect(engine).get_table_names() == ["catalogues"]
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE catalogues")
    upgrade(url)
    assert revision(engine) == NEWEST


def test_migrations_make_the_tables_that_the_code_uses(url: str) -> None:
    """Nothing is left to migrate between the migrations' tables and the declared ones."""
    upgrade(url)
    with open_database(url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_constraints_are_named_alike(url: str) -> None:
    """Migrations and declared tables give constraints the same names, so that they can be dropped."""
    upgrade(url)
    declared = open_database(url + "-declared")
    metadata.create_all(declared)
    migrated = inspect(open_database(url))
    for table in metadata.tables:
        assert inspect(declared).get_pk_constraint(table) == migrated.get_pk_constraint(table)
        assert inspect(declared).get_foreign_keys(table) == migrated.get_foreign_keys(table)


def test_sqlite_is_set_up_for_several_processes(url: str) -> None:
    """Every connection has the write-ahead log, foreign keys, patience, and synchronous NORMAL."""
    with open_database(url).connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000, "synchronous": 1}


def test_rows_of_nobody_are_refused(url: str) -> None:
    """Mastery belongs to a person who exists."""
    upgrade(url)
    row = {"organisation_id": "acme", "user_id": "ann", "skill_id": "go", "level": 0.5, "observations": 1}
    with pytest.raises(IntegrityError), open_database(url).begin() as connection:
        connection.execute(insert(mastery), row | {"updated_at": datetime(2025, 1, 1, tzinfo=UTC)})


def test_moments_come_back_in_utc(url: str) -> None:
    """A time in any zone is stored as the moment it is."""
    upgrade(url)
    noon_in_delhi = datetime(2025, 1, 1, 12, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    row = {"organisation_id": "acme", "name": "go", "revision": "1", "document": "{}", "source": "test"}
    with open_database(url).begin() as connection:
        connection.execute(insert(organisations), {"id": "acme", "name": "Acme"})
        connection.execute(insert(catalogues), row | {"imported_at": noon_in_delhi})
        found = connection.execute(select(catalogues.c.imported_at)).scalar_one()
    assert found == datetime(2025, 1, 1, 6, 30, tzinfo=UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_reached_with_psycopg(scheme: str) -> None:
    """However the URL spells PostgreSQL, psycopg 3 is the driver; nothing connects yet."""
    engine = open_database(f"{scheme}://ann:s3cret@db.example/learning")
    assert (engine.dialect.name, engine.dialect.driver) == ("postgresql", "psycopg")
    assert engine.url.password == "s3cret"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense s3cret",
        "mysql://u:s3cret@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql+psycopg2://h/d",
    ],
)
def test_other_databases_are_refused(url: str) -> None:
    """What is neither a SQLite file nor PostgreSQL is refused by the variable's name, without its secrets."""
    with pytest.raises(InvalidInput) as caught:
        open_database(url)
    assert caught.value.field == "DATABASE_URL"
    assert "s3cret" not in str(caught.value)
