"""Opening the durable store and bringing it up to date, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from flows.errors import InvalidInput
from tasks.store.database import MIGRATIONS, open_database, revision, upgrade
from tasks.store.tables import (
    catalogues,
    contracts,
    decisions,
    events,
    flags,
    mastery,
    metadata,
    organisations,
    outcomes,
    users,
)
from tasks.store.tables.memories import SEARCH_INDEX

NEWEST = max(file.name[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
LONGEST_NAME = 63  #: PostgreSQL cuts longer names off.


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An engine that is closed again."""
    engine = open_database(url)
    yield engine
    engine.dispose()


def tables_of(engine: Engine) -> list[str]:
    """The tables there are, without those that the search index of SQLite is made of."""
    return sorted(t for t in inspect(engine).get_table_names() if not t.startswith(SEARCH_INDEX))


def declared(part: Any, name: str | None, kind: str, reflected: bool, compared_to: Any) -> bool:
    """False for what belongs to a search index, which only migrations know."""
    return not (name or "").startswith(SEARCH_INDEX)


def migrate(connection: Connection, direction: Any, to: str) -> None:
    """Move the tables to some revision, forwards or back."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    direction(config, to)
    connection.commit()


def test_an_empty_database_has_no_revision(empty_database_url: str) -> None:
    """Before the first upgrade there is nothing."""
    with opened(empty_database_url) as engine:
        assert revision(engine) is None


def test_opening_makes_the_folder(empty_sqlite_url: str) -> None:
    """The folder that a database file shall lie in need not be there."""
    assert Path(open_database(empty_sqlite_url).url.database or "").parent.is_dir()


def test_upgrade_creates_the_tables(empty_database_url: str) -> None:
    """After an upgrade the database is at the newest revision and has all tables."""
    upgrade(empty_database_url)
    with opened(empty_database_url) as engine:
        assert revision(engine) == NEWEST
        assert tables_of(engine) == [
            "alembic_version",
            "api_keys",
            "batch_members",
            "batches",
            "catalogues",
            "contracts",
            "decisions",
            "drafts",
            "entitlement_states",
            "events",
            "experiments",
            "flags",
            "learning_paths",
            "mastery",
            "memories",
            "memory_indexes",
            "memory_vectors",
            "model_observations",
            "model_timings",
            "organisations",
            "outcomes",
            "seats",
            "shared_models",
            "team_members",
            "teams",
            "trained_models",
            "training_completions",
            "trainings",
            "users",
            "webhook_deliveries",
            "webhook_disabled",
            "webhook_secrets",
        ]


def test_upgrade_twice_keeps_what_is_stored(empty_database_url: str) -> None:
    """An upgrade of what is up to date changes nothing."""
    upgrade(empty_database_url)
    with opened(empty_database_url) as engine:
        with engine.begin() as connection:
            connection.execute(insert(organisations), {"id": "acme", "name": "Acme"})
            before = connection.execute(select(organisations)).all()
        upgrade(empty_database_url)
        with engine.connect() as connection:
            assert connection.execute(select(organisations)).all() == before
        assert revision(engine) == NEWEST


def test_processes_may_upgrade_at_once(empty_database_url: str) -> None:
    """Processes that start together upgrade once between them, and none of them fails."""
    spawn = get_context("spawn")
    processes = [spawn.Process(target=upgrade, args=(empty_database_url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    with opened(empty_database_url) as engine:
        assert revision(engine) == NEWEST


def test_a_failed_upgrade_leaves_nothing_behind(empty_database_url: str) -> None:
    """When a later step of an upgrade fails, its earlier steps are undone, so it can be repeated."""
    with opened(empty_database_url) as engine:
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE events (in_the_way TEXT)")
        with pytest.raises(Exception, match="already exists"):
            upgrade(empty_database_url)
        assert inspect(engine).get_table_names() == ["events"]
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE events")
        upgrade(empty_database_url)
        assert revision(engine) == NEWEST


def test_an_upgrade_keeps_what_an_older_version_stored(empty_database_url: str) -> None:
    """The second migration keeps people and mastery, and gives each organisation a key of its own."""
    with opened(empty_database_url) as engine:
        with engine.connect() as connection:
            migrate(connection, command.upgrade, "0001")
            for organisation in ("acme", "rival"):
                connection.exec_driver_sql(
                    f"INSERT INTO organisations (id, name) VALUES ('{organisation}', 'A')"
                )
                connection.exec_driver_sql(
                    f"INSERT INTO users (organisation_id, id) VALUES ('{organisation}', 'a')"
                )
            connection.exec_driver_sql(
                "INSERT INTO mastery VALUES ('acme', 'a', 'go', 0.5, 7, '2025-01-06 09:00:00+00:00')"
            )
            connection.commit()
        upgrade(empty_database_url)
        with engine.connect() as connection:
            keys = connection.execute(select(organisations.c.pseudonym_key)).scalars().all()
            found = connection.execute(select(mastery)).one()
    assert sorted({len(key) for key in keys}) == [64]
    assert len(set(keys)) == 2
    assert (found.level, found.observations, found.last_seen_at, found.state) == (0.5, 7, None, None)


def test_the_decision_log_grows_in_place(empty_database_url: str) -> None:
    """Decisions and outcomes of an older version are kept through the new columns and back."""
    at = "'2025-01-06 09:00:00+00:00'"
    with opened(empty_database_url) as engine:
        with engine.connect() as connection:
            migrate(connection, command.upgrade, "0002")
            connection.exec_driver_sql(
                "INSERT INTO organisations (id, name, pseudonym_key) VALUES ('acme', 'A', '00')"
            )
            connection.exec_driver_sql(
                f"INSERT INTO decisions VALUES ('acme', 'd', {at}, 'p', 'f', '1', NULL, '{{}}',"
                " '[]', '[]', '[]', '[]', NULL, '{}', '[]')"
            )
            connection.exec_driver_sql(
                f"INSERT INTO outcomes VALUES ('acme', 'o', 'd', 'i', 'p', 'accepted', 5, NULL, {at})"
            )
            connection.commit()
        upgrade(empty_database_url)
        with engine.connect() as connection:
            decision, outcome = (connection.execute(select(t)).one() for t in (decisions, outcomes))
            assert (decision.id, decision.shown, decision.skills, decision.total_ms) == (
                "d",
                None,
                None,
                None,
            )
            assert (outcome.rating, outcome.flow, outcome.confidence) == (5, None, None)
            connection.rollback()
            migrate(connection, command.downgrade, "0002")
            assert len(connection.exec_driver_sql("SELECT * FROM decisions").one()) == 15
            assert len(connection.exec_driver_sql("SELECT * FROM outcomes").one()) == 9


def test_a_migration_can_be_undone(empty_database_url: str) -> None:
    """Going back leaves the tables of the older version with their rows, and forwards works again."""
    upgrade(empty_database_url)
    with opened(empty_database_url) as engine:
        with engine.begin() as connection:
            connection.execute(insert(organisations), {"id": "acme", "name": "Acme"})
        with engine.connect() as connection:
            migrate(connection, command.downgrade, "0001")
            assert connection.exec_driver_sql("SELECT * FROM organisations").all() == [("acme", "Acme")]
        assert tables_of(engine) == [
            "alembic_version",
            "catalogues",
            "mastery",
            "organisations",
            "users",
        ]
        upgrade(empty_database_url)
        assert revision(engine) == NEWEST


def test_migrations_make_the_tables_that_the_code_uses(engine: Engine) -> None:
    """Nothing is left to migrate between the migrations' tables and the declared ones."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": declared})
        assert compare_metadata(context, metadata) == []


def test_constraints_are_named_alike(sqlite_url: str) -> None:
    """Migrations and declared tables give constraints the same names, so that they can be dropped."""
    declared = open_database(sqlite_url + "-declared")
    metadata.create_all(declared)
    made, migrated = inspect(declared), inspect(open_database(sqlite_url))
    for table in metadata.tables:
        assert made.get_pk_constraint(table) == migrated.get_pk_constraint(table)
        for kind in ("get_foreign_keys", "get_indexes", "get_unique_constraints", "get_check_constraints"):
            found = [sorted(getattr(side, kind)(table), key=lambda c: c["name"]) for side in (made, migrated)]
            assert found[0] == found[1]


def test_event_ids_sort_by_code_points(postgresql_url: str) -> None:
    """Migrated and declared, ids of events do not sort by the language of the server."""
    with opened(postgresql_url) as engine:
        columns = {column["name"]: column["type"] for column in inspect(engine).get_columns("events")}
        declared = events.c.id.type.dialect_impl(engine.dialect)
    assert (columns["id"].collation, columns["user_id"].collation) == ("C", None)
    assert declared.collation == "C"


def test_names_fit_into_any_database() -> None:
    """No constraint or index has a name that PostgreSQL would cut."""
    names = [
        str(part.name)
        for table in metadata.tables.values()
        for part in (*table.constraints, *table.indexes)
        if part.name
    ]
    assert "fk_training_completions_organisation_id_training_id_trainings" in names
    assert [name for name in names if len(name) > LONGEST_NAME] == []


def test_sqlite_is_set_up_for_several_processes(sqlite_url: str) -> None:
    """Every connection has the write-ahead log, foreign keys, patience, and synchronous NORMAL."""
    with open_database(sqlite_url).connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000, "synchronous": 1}


def test_rows_of_nobody_are_refused(engine: Engine) -> None:
    """Mastery and events belong to a person who exists."""
    new_year, person = datetime(2025, 1, 1, tzinfo=UTC), {"organisation_id": "acme", "user_id": "ann"}
    level = {"skill_id": "go", "level": 0.5, "observations": 1, "updated_at": new_year}
    event = {"id": "1", "kind": "code_written", "at": new_year, "text": "", "data": {}}
    for table, row in ((mastery, level), (events, event)):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(insert(table), person | row)


def test_nothing_is_not_the_json_null(engine: Engine) -> None:
    """Where a model keeps no state the column is NULL, so that a query can tell."""
    row = {"organisation_id": "acme", "user_id": "ann", "level": 0.5, "observations": 1}
    moment = {"updated_at": datetime(2025, 1, 1, tzinfo=UTC)}
    states = {"go": None, "sql": {"rating": 1.5}}
    rows = [row | moment | {"skill_id": skill, "state": state} for skill, state in states.items()]
    with engine.begin() as connection:
        connection.execute(insert(organisations), {"id": "acme", "name": "Acme"})
        connection.execute(insert(users), {"organisation_id": "acme", "id": "ann"})
        connection.execute(insert(mastery), rows)
        query = "SELECT skill_id, state FROM mastery ORDER BY skill_id"
        assert connection.exec_driver_sql(query).all() == [("go", None), ("sql", '{"rating":1.5}')]


@pytest.mark.parametrize("used", [-1, 4])
def test_no_more_seats_are_used_than_there_are(engine: Engine, used: int) -> None:
    """A contract's used seats are 0 up to all of them."""
    contract = {
        "organisation_id": "acme",
        "id": "go",
        "course": "Go",
        "seats": 3,
        "expires_at": datetime(2025, 1, 1, tzinfo=UTC),
    }
    with engine.begin() as connection:
        connection.execute(insert(organisations), {"id": "acme", "name": "Acme"})
        connection.execute(insert(contracts), [contract | {"id": str(n), "seats_used": n} for n in (0, 3)])
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(contracts), contract | {"seats_used": used})


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_is_a_part_of_all(engine: Engine, share: float) -> None:
    """A flag is on for 0 to 1 of the people."""
    flag = {"organisation_id": "acme", "enabled": True, "updated_at": datetime(2025, 1, 1, tzinfo=UTC)}
    with engine.begin() as connection:
        connection.execute(insert(organisations), {"id": "acme", "name": "Acme"})
        connection.execute(insert(flags), [flag | {"name": str(part), "share": part} for part in (0, 1)])
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(flags), flag | {"name": "new", "share": share})


def test_moments_come_back_in_utc(engine: Engine) -> None:
    """A time in any zone is stored as the moment it is."""
    noon_in_delhi = datetime(2025, 1, 1, 12, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    row = {"organisation_id": "acme", "name": "go", "revision": "1", "document": "{}", "source": "test"}
    with engine.begin() as connection:
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
