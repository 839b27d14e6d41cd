"""Retention deletes what was kept long enough, and nothing else: on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, select

from config.retention import DAYS_KEPT
from flows.errors import PortUnavailable
from tasks.store.database import open_database
from tasks.store.retention import AGED_FROM, sweep
from tasks.store.tables import batch_members, batches, events, metadata, organisations, users
from tests.rows import LONG_AGO, add_organisation, add_person

NOW = datetime(2025, 6, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)


def put_events(engine: Engine, *ages: timedelta, organisation: str = "acme") -> None:
    """Events of ann that happened so long before now; their ids count from 0."""
    person = {"organisation_id": organisation, "user_id": "ann"}
    plain = {"kind": "code_written", "text": "", "data": {}}
    with engine.begin() as connection:
        connection.execute(insert(organisations), {"id": organisation, "name": organisation})
        connection.execute(insert(users), {"organisation_id": organisation, "id": "ann"})
        rows: list[dict[str, Any]] = [
            person | plain | {"id": str(number), "at": NOW - age} for number, age in enumerate(ages)
        ]
        connection.execute(insert(events), rows)


def left(engine: Engine, organisation: str = "acme") -> list[str]:
    """The ids of the events that are there."""
    query = select(events.c.id).where(events.c.organisation_id == organisation).order_by(events.c.id)
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


def test_every_table_has_a_time_to_be_kept() -> None:
    """A table that is added must say how long its rows are kept, if only that they are."""
    assert DAYS_KEPT.keys() == metadata.tables.keys()


def test_every_limit_is_kept() -> None:
    """Whatever table has a number of days is swept."""
    assert {column.table.name for column in AGED_FROM} == {
        name for name, days in DAYS_KEPT.items() if days is not None
    }


def test_events_go_after_400_days(engine: Engine) -> None:
    """A row goes once it is older than its days, to the microsecond."""
    put_events(engine, 0 * DAY, 400 * DAY, 400 * DAY + timedelta(microseconds=1), 900 * DAY)
    assert sweep(engine, NOW)["events"] == 2
    assert left(engine) == ["0", "1"]


def test_all_that_is_old_goes_and_the_rest_stays(engine: Engine) -> None:
    """Of rows that are old in every table only those of tables with a limit go."""
    with engine.begin() as connection:
        add_organisation(connection, "acme", "0a" * 32)
        add_person(connection, "acme", "ann", "a", 0)
        add_person(connection, "acme", "bob", "b", 1)
    assert sweep(engine, NOW) == {
        "batches": 1,
        "contracts": 1,
        "decisions": 2,
        "events": 2,
        "memories": 2,
        "learning_paths": 2,
        "model_observations": 1,
        "outcomes": 2,
        "webhook_deliveries": 2,
    }
    with engine.connect() as connection:
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.tables.values()
        }
    assert sorted(name for name, count in counts.items() if count == 0) == [
        "batch_members",
        "batches",
        "contracts",
        "decisions",
        "events",
        "learning_paths",
        "memories",
        "model_observations",
        "outcomes",
        "seats",
        "webhook_deliveries",
    ]


@pytest.mark.parametrize(
    ("table", "column", "days"),
    [
        ("batches", "created_at", 30),
        ("contracts", "expires_at", 730),
        ("decisions", "at", 180),
        ("events", "at", 400),
        ("memories", "at", 730),
        ("learning_paths", "updated_at", 730),
        ("model_observations", "at", 180),
        ("outcomes", "at", 180),
    ],
)
def test_each_table_has_days_of_its_own(engine: Engine, table: str, column: str, days: int) -> None:
    """A row stays until its last day, and is gone the day after."""
    with engine.begin() as connection:
        add_organisation(connection, "acme", "0a" * 32)
        add_person(connection, "acme", "ann", "a", 0)
    assert column in metadata.tables[table].c
    assert sweep(engine, LONG_AGO + days * DAY)[table] == 0
    assert sweep(engine, LONG_AGO + (days + 1) * DAY)[table] == 1


def test_a_sweep_works_in_batches(engine: Engine) -> None:
    """The oldest go first, so many in one transaction, until none is left."""
    put_events(engine, *(timedelta(days=500 - number) for number in range(5)), DAY)
    seen: list[list[str]] = []
    event.listen(engine, "commit", lambda _connection: seen.append(left(engine)))
    assert sweep(engine, NOW, batch=2)["events"] == 5
    before_commits = [state for number, state in enumerate(seen) if number == 0 or state != seen[number - 1]]
    assert before_commits == [
        ["0", "1", "2", "3", "4", "5"],
        ["2", "3", "4", "5"],
        ["4", "5"],
        ["5"],
    ]


def test_nothing_old_is_no_work(engine: Engine) -> None:
    """A second sweep finds nothing."""
    put_events(engine, 500 * DAY, DAY)
    assert sweep(engine, NOW)["events"] == 1
    assert set(sweep(engine, NOW).values()) == {0}


def test_every_organisation_is_swept(engine: Engine) -> None:
    """The same limits hold for all organisations, and the counts are of all."""
    put_events(engine, 500 * DAY, DAY)
    put_events(engine, 500 * DAY, 600 * DAY, DAY, organisation="rival")
    assert sweep(engine, NOW)["events"] == 3
    assert (left(engine), left(engine, "rival")) == (["1"], ["2"])


def test_members_go_with_their_batch(engine: Engine) -> None:
    """A batch takes its members along, and a younger one keeps them."""
    batch = {"organisation_id": "acme", "flow": "learning_path", "request": {}, "state": "succeeded"}
    member = {"organisation_id": "acme", "position": 0, "user_id": "ann", "state": "succeeded"}
    with engine.begin() as connection:
        connection.execute(insert(organisations), {"id": "acme", "name": "Acme"})
        ages = {"old": 31 * DAY, "new": 29 * DAY}
        connection.execute(
            insert(batches), [batch | {"id": i, "created_at": NOW - a} for i, a in ages.items()]
        )
        connection.execute(insert(batch_members), [member | {"batch_id": id_} for id_ in ages])
    assert sweep(engine, NOW)["batches"] == 1
    with engine.connect() as connection:
        assert connection.execute(select(batch_members.c.batch_id)).scalars().all() == ["new"]


def test_an_outage_is_said_to_be_one(tmp_path: Path) -> None:
    """A database that cannot be opened raises PortUnavailable, so that the next run tries again."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    with pytest.raises(PortUnavailable):
        sweep(open_database(f"sqlite:///{folder}"), NOW)
