"""What every store of mastery promises: on a dict, on SQLite, and on PostgreSQL.

PostgreSQL takes part when TEST_DATABASE_URL names a server on which databases may be created.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from flows.errors import PortUnavailable
from flows.ports import Mastery
from tasks.store.database import open_database, upgrade
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.learners import StoredLearners

Learners = InMemoryLearners | StoredLearners


@contextmanager
def postgresql_url() -> Iterator[str]:
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        pytest.skip("TEST_DATABASE_URL is not set")
    name = f"test_{uuid4().hex}"
    engine = open_database(server).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@contextmanager
def sqlite_url(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'learning.db'}"


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def learners(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Learners]:
    if request.param == "memory":
        yield InMemoryLearners()
        return
    with sqlite_url(tmp_path) if request.param == "sqlite" else postgresql_url() as url:
        upgrade(url)
        engine = open_database(url)
        yield StoredLearners(engine)
        engine.dispose()


def test_nobody_knows_a_person_nobody_has_seen(learners: Learners) -> None:
    """A person without events has an empty mastery, which is no error."""
    assert learners.mastery("acme", "ann") == {}


def test_what_was_recorded_is_returned(learners: Learners) -> None:
    """Levels and observations come back exactly, for a person who did not exist before."""
    learners.record("acme", "ann", {"go": Mastery(0.1 + 0.2, 7), "sql": Mastery(1.0, 1)})
    assert learners.mastery("acme", "ann") == {"go": Mastery(0.30000000000000004, 7), "sql": Mastery(1.0, 1)}


def test_a_new_record_replaces_that_skill_only(learners: Learners) -> None:
    """Recording a skill again overwrites it; other skills stay as they are."""
    learners.record("acme", "ann", {"go": Mastery(0.2, 3), "sql": Mastery(0.5, 4)})
    learners.record("acme", "ann", {"go": Mastery(0.3, 4), "css": Mastery(0.9, 9)})
    assert learners.mastery("acme", "ann") == {
        "go": Mastery(0.3, 4),
        "sql": Mastery(0.5, 4),
        "css": Mastery(0.9, 9),
    }


def test_recording_nothing_changes_nothing(learners: Learners) -> None:
    """An empty record is fine, for somebody known and for somebody new."""
    learners.record("acme", "ann", {"go": Mastery(0.2, 3)})
    learners.record("acme", "ann", {})
    learners.record("acme", "bob", {})
    assert learners.mastery("acme", "ann") == {"go": Mastery(0.2, 3)}
    assert learners.mastery("acme", "bob") == {}


def test_people_are_told_apart(learners: Learners) -> None:
    """One person's mastery is not another's, in the same organisation."""
    learners.record("acme", "ann", {"go": Mastery(0.2, 3)})
    assert learners.mastery("acme", "bob") == {}
    assert learners.mastery("acme", "Ann") == {}


def test_organisations_do_not_see_each_other(learners: Learners) -> None:
    """The same user id in two organisations is two people."""
    learners.record("acme", "ann", {"go": Mastery(0.2, 3)})
    assert learners.mastery("rival", "ann") == {}
    learners.record("rival", "ann", {"go": Mastery(0.9, 30)})
    assert learners.mastery("acme", "ann") == {"go": Mastery(0.2, 3)}
    assert learners.mastery("rival", "ann") == {"go": Mastery(0.9, 30)}


@pytest.mark.parametrize("text", ["☃ 𝄞", "'; DROP TABLE users; --", "a/b:c", ""])
def test_any_id_works(learners: Learners, text: str) -> None:
    """Ids are only compared, whatever characters they have."""
    learners.record(text, text, {text: Mastery(0.2, 3)})
    assert learners.mastery(text, text) == {text: Mastery(0.2, 3)}


def test_what_was_returned_is_a_snapshot(learners: Learners) -> None:
    """Neither a later record nor the caller's own change reaches what others were given."""
    learners.record("acme", "ann", {"go": Mastery(0.2, 3)})
    before, changed = learners.mastery("acme", "ann"), learners.mastery("acme", "ann")
    assert isinstance(changed, dict)
    changed.clear()
    assert learners.mastery("acme", "ann") == {"go": Mastery(0.2, 3)}
    learners.record("acme", "ann", {"go": Mastery(0.3, 4)})
    assert before == {"go": Mastery(0.2, 3)}


def test_records_at_the_same_time_all_count(learners: Learners) -> None:
    """Threads that record for one new person do not lose each other's skills."""

    def record(number: int) -> None:
        learners.record("acme", "ann", {f"skill-{number}": Mastery(0.5, number), "shared": Mastery(0.5, 1)})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, range(20)))
    assert len(learners.mastery("acme", "ann")) == 21


def test_an_outage_is_said_to_be_one(tmp_path: Path) -> None:
    """A database that cannot be opened raises PortUnavailable, so that asking again is worth it."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    addresses = [f"sqlite:///{folder}", "postgresql://nobody@127.0.0.1:1/nothing"]
    for learners in (StoredLearners(open_database(url)) for url in addresses):
        with pytest.raises(PortUnavailable):
            learners.mastery("acme", "ann")
        with pytest.raises(PortUnavailable):
            learners.record("acme", "ann", {"go": Mastery(0.2, 3)})
