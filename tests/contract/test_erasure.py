"""Erasure takes a person out of every table, and nobody else: on SQLite and on PostgreSQL."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, update

from flows.errors import PortUnavailable
from tasks.store.database import open_database
from tasks.store.erasure import erase_user, tables_of_people
from tasks.store.pseudonyms import pseudonym
from tasks.store.tables import contracts, decisions, metadata
from tests.rows import IN_COMMON, LONG_AGO, add_organisation, add_person, names_people

ACME_KEY, RIVAL_KEY = "0a" * 32, "0b" * 32
PEOPLE = [("acme", "ann", ACME_KEY), ("acme", "bob", ACME_KEY), ("rival", "ann", RIVAL_KEY)]
ABOUT_PEOPLE = {table.name for table in metadata.tables.values() if names_people(table)}


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Two organisations with a row in every table for each of three people, two of one name."""
    with engine.begin() as connection:
        add_organisation(connection, "acme", ACME_KEY)
        add_organisation(connection, "rival", RIVAL_KEY)
        for number, (organisation, user_id, key) in enumerate(PEOPLE):
            add_person(connection, organisation, user_id, pseudonym(key, user_id), number)
    return engine


def rows(connection: Connection) -> dict[str, int]:
    """How many rows there are, by table."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }


def everything(connection: Connection) -> str:
    """Every value of every row of every table, as text."""
    return "\n".join(
        str(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table))
    )


def test_every_table_about_people_is_covered() -> None:
    """A table with a column that names a person, by its name or by pointing at users, is erased from."""
    assert {table.name for table, _ in tables_of_people()} == ABOUT_PEOPLE
    assert {"users", "events", "mastery", "decisions", "outcomes", "seats", "batch_members"} <= ABOUT_PEOPLE
    assert {"organisations", "contracts", "api_keys", "model_observations"} & ABOUT_PEOPLE == set()


def test_it_says_what_it_erased(filled: Engine) -> None:
    """The answer counts the rows of the person in every table about people."""
    assert erase_user(filled, "acme", "ann") == dict.fromkeys(ABOUT_PEOPLE, 1)


def test_nothing_about_the_person_is_left(filled: Engine) -> None:
    """No value in any table says who it was, neither the id nor the pseudonym nor what they wrote."""
    traces = ("acme ann", pseudonym(ACME_KEY, "ann"))
    with filled.connect() as connection:
        assert all(trace in everything(connection) for trace in traces)
    erase_user(filled, "acme", "ann")
    with filled.connect() as connection:
        assert [trace for trace in traces if trace in everything(connection)] == []


def test_nobody_else_loses_anything(filled: Engine) -> None:
    """Colleagues, and a person of the same id elsewhere, keep every row; so does the organisation."""
    with filled.connect() as connection:
        before = rows(connection)
    erase_user(filled, "acme", "ann")
    with filled.connect() as connection:
        assert rows(connection) == {name: count - (name in ABOUT_PEOPLE) for name, count in before.items()}
    assert erase_user(filled, "acme", "bob") == dict.fromkeys(ABOUT_PEOPLE, 1)
    assert erase_user(filled, "rival", "ann") == dict.fromkeys(ABOUT_PEOPLE, 1)


def test_who_is_erased_twice_was_gone(filled: Engine) -> None:
    """The second time there is nothing left, and every table says so."""
    erase_user(filled, "acme", "ann")
    assert erase_user(filled, "acme", "ann") == dict.fromkeys(ABOUT_PEOPLE, 0)


@pytest.mark.parametrize(
    ("organisation", "user_id"), [("acme", "nobody"), ("nowhere", "ann"), ("acme", "Ann")]
)
def test_who_is_not_known_has_nothing(filled: Engine, organisation: str, user_id: str) -> None:
    """Somebody who was never seen, or an organisation, is no error and costs nobody anything."""
    with filled.connect() as connection:
        before = rows(connection)
    assert erase_user(filled, organisation, user_id) == dict.fromkeys(ABOUT_PEOPLE, 0)
    with filled.connect() as connection:
        assert rows(connection) == before


def test_what_is_about_nobody_stays(filled: Engine) -> None:
    """A decision about a team has no pseudonym; no erasure takes it."""
    with filled.begin() as connection:
        found = connection.execute(select(decisions).limit(1)).one()
        of_team = found._asdict() | {"id": "about a team", "user_pseudonym": None}
        connection.execute(insert(decisions), of_team)
    for organisation, user_id, _ in PEOPLE:
        erase_user(filled, organisation, user_id)
    erase_user(filled, "nowhere", "ann")
    with filled.connect() as connection:
        assert connection.execute(select(decisions.c.id)).scalars().all() == ["about a team"]


def test_a_seat_is_free_but_stays_counted(filled: Engine) -> None:
    """The count of used seats is the vendor's; erasing who held one does not change it."""
    with filled.begin() as connection:
        connection.execute(update(contracts).values(seats_used=2))
    assert erase_user(filled, "acme", "ann")["seats"] == 1
    with filled.connect() as connection:
        found = connection.execute(select(contracts).where(contracts.c.organisation_id == "acme")).one()
    assert (found.id, found.seats, found.seats_used, found.expires_at) == (IN_COMMON, 3, 2, LONG_AGO)


def test_a_pseudonym_is_the_same_for_the_same_person_only() -> None:
    """It depends on the person and on the organisation's key, and nothing of the id is in it."""
    assert pseudonym(ACME_KEY, "ann") == "1b1479ca2394eec5820fdcb21f18b0d2"
    others = {pseudonym(ACME_KEY, "bob"), pseudonym(ACME_KEY, "Ann"), pseudonym(RIVAL_KEY, "ann")}
    assert len(others) == 3
    assert pseudonym(ACME_KEY, "ann") not in others


def test_an_outage_is_said_to_be_one(tmp_path: Path) -> None:
    """A database that cannot be opened raises PortUnavailable: nothing was erased."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    with pytest.raises(PortUnavailable):
        erase_user(open_database(f"sqlite:///{folder}"), "acme", "ann")
