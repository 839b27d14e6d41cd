"""What every store of mastery promises: on a dict, on SQLite, and on PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from flows.errors import PortUnavailable
from flows.intelligence.mastery import Mastery
from tasks.store.database import open_database
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.learners import StoredLearners
from tasks.store.tables import mastery

Learners = InMemoryLearners | StoredLearners


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def learners(request: pytest.FixtureRequest) -> Iterator[Learners]:
    if request.param == "memory":
        yield InMemoryLearners()
        return
    engine = open_database(request.getfixturevalue(f"{request.param}_url"))
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


def test_what_a_model_keeps_stays(engine: Engine) -> None:
    """Setting a level leaves alone what the model that computes levels remembers of the skill."""
    learners = StoredLearners(engine)
    learners.record("acme", "ann", {"go": Mastery(0.2, 3)})
    monday = datetime(2025, 1, 6, 9, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(
            update(mastery).values(last_seen_at=monday, state={"rating": 0.25, "seen": [1, 2]})
        )
    learners.record("acme", "ann", {"go": Mastery(0.3, 4)})
    with engine.connect() as connection:
        row = connection.execute(select(mastery)).one()
    assert (row.level, row.observations) == (0.3, 4)
    assert (row.last_seen_at, row.state) == (monday, {"rating": 0.25, "seen": [1, 2]})


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
