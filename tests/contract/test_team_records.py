"""What every store of teams promises: on dicts, on SQLite, and on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from flows.errors import PortUnavailable
from flows.intelligence.entitlements.model import Training
from flows.intelligence.mastery import Mastery
from flows.ports import TeamSnapshot, TrainingState
from tasks.store.database import ensure_organisation, insert_or_keep, open_database
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.in_memory_teams import InMemoryTeams
from tasks.store.learners import StoredLearners
from tasks.store.tables import team_members, teams, training_completions, trainings, users
from tasks.store.team_records import MEMBERS_READ, StoredTeams

NOON = datetime(2025, 8, 18, 12, tzinfo=UTC)
SECURITY = Training(id="sec", course="Security Awareness", skill=None, due_on=date(2025, 9, 1))
PRIVACY = Training(id="priv", course="Privacy", skill="privacy-and-compliance", due_on=date(2025, 8, 1))


class InMemory:
    """Teams and mastery on dicts."""

    def __init__(self) -> None:
        self.learners = InMemoryLearners()
        self.records = InMemoryTeams(self.learners)

    def put(self, organisation: str, team_id: str, *user_ids: str) -> None:
        self.records.put(organisation, team_id, user_ids)

    def require(self, organisation: str, training: Training, *completed_by: str) -> None:
        self.records.require(organisation, training, completed_by)


class Stored:
    """Teams and mastery in a database."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.learners, self.records = engine, StoredLearners(engine), StoredTeams(engine)

    def put(self, organisation: str, team_id: str, *user_ids: str) -> None:
        owned = {"organisation_id": organisation}
        with self.engine.begin() as connection:
            ensure_organisation(connection, organisation)
            connection.execute(insert(teams), owned | {"id": team_id, "name": team_id})
            for user_id in user_ids:
                connection.execute(insert_or_keep(connection, users), owned | {"id": user_id})
                connection.execute(insert(team_members), owned | {"team_id": team_id, "user_id": user_id})

    def require(self, organisation: str, training: Training, *completed_by: str) -> None:
        owned = {"organisation_id": organisation}
        row = owned | {"id": training.id, "course": training.course, "skill_id": training.skill}
        with self.engine.begin() as connection:
            ensure_organisation(connection, organisation)
            connection.execute(insert(trainings), row | {"due_on": training.due_on})
            for user_id in completed_by:
                connection.execute(insert_or_keep(connection, users), owned | {"id": user_id})
                done = owned | {"training_id": training.id, "user_id": user_id, "completed_at": NOON}
                connection.execute(insert(training_completions), done)


Given = InMemory | Stored


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def given(request: pytest.FixtureRequest) -> Iterator[Given]:
    if request.param == "memory":
        yield InMemory()
        return
    engine = open_database(request.getfixturevalue(f"{request.param}_url"))
    yield Stored(engine)
    engine.dispose()


def levels(team: TeamSnapshot) -> list[dict[str, float]]:
    return [{skill: seen.level for skill, seen in member.items()} for member in team.members]


def test_nobody_has_heard_of_it(given: Given) -> None:
    """An unknown organisation or team has no members, which is no error."""
    given.put("acme", "web", "ann")
    assert given.records.of("rival", None) == TeamSnapshot(size=0)
    assert given.records.of("acme", "data") == TeamSnapshot(size=0)
    assert given.records.teams("rival") == []


def test_members_come_with_what_they_master(given: Given) -> None:
    """Each observed member is a mapping of skills, exact to the last bit, without a name."""
    given.put("acme", "web", "ann", "bob", "eve")
    given.learners.record("acme", "bob", {"go": Mastery(0.1 + 0.2, 7), "css": Mastery(1.0, 1)})
    given.learners.record("acme", "ann", {"go": Mastery(0.5, 2)})
    found = given.records.of("acme", "web")
    assert found.size == 3
    assert found.members == (
        {"go": Mastery(0.5, 2)},
        {"css": Mastery(1.0, 1), "go": Mastery(0.30000000000000004, 7)},
    )
    assert "ann" not in repr(found)


def test_a_team_is_told_from_the_others(given: Given) -> None:
    """A team has its own members; without a team it is everybody, each once."""
    given.put("acme", "web", "ann", "bob")
    given.put("acme", "data", "bob", "eve")
    for level, user_id in ((0.1, "ann"), (0.2, "bob"), (0.3, "eve")):
        given.learners.record("acme", user_id, {"go": Mastery(level, 3)})
    assert levels(given.records.of("acme", "web")) == [{"go": 0.1}, {"go": 0.2}]
    assert levels(given.records.of("acme", "data")) == [{"go": 0.2}, {"go": 0.3}]
    assert levels(given.records.of("acme", None)) == [{"go": 0.1}, {"go": 0.2}, {"go": 0.3}]
    assert given.records.of("acme", None).size == 3
    assert given.records.teams("acme") == ["data", "web"]


def test_organisations_do_not_see_each_other(given: Given) -> None:
    """The same team and people in two organisations are others."""
    given.put("acme", "web", "ann", "bob")
    given.put("rival", "web", "ann")
    given.learners.record("rival", "ann", {"go": Mastery(0.9, 3)})
    given.learners.record("rival", "bob", {"go": Mastery(0.9, 3)})
    given.require("rival", SECURITY, "ann")
    assert given.records.of("acme", "web") == TeamSnapshot(size=2)
    assert given.records.of("acme", None) == TeamSnapshot(size=2)
    assert levels(given.records.of("rival", "web")) == [{"go": 0.9}]


def test_trainings_count_who_completed_them(given: Given) -> None:
    """Each training has the number of this team's members who have completed it, earliest due first."""
    given.put("acme", "web", "ann", "bob")
    given.put("acme", "data", "eve")
    given.require("acme", SECURITY, "ann", "eve")
    given.require("acme", PRIVACY)
    assert given.records.of("acme", "web").trainings == (
        TrainingState(PRIVACY, 0),
        TrainingState(SECURITY, 1),
    )
    assert given.records.of("acme", None).trainings == (TrainingState(PRIVACY, 0), TrainingState(SECURITY, 2))


@pytest.mark.parametrize("text", ["☃ 𝄞", "'; DROP TABLE teams; --", "a/b:c"])
def test_any_id_works(given: Given, text: str) -> None:
    """Ids are only compared, whatever characters they have."""
    given.put(text, text, text)
    given.learners.record(text, text, {text: Mastery(0.2, 3)})
    assert given.records.of(text, text) == TeamSnapshot(size=1, members=({text: Mastery(0.2, 3)},))


def test_of_a_large_team_some_are_read(engine: Engine) -> None:
    """All members are counted, and no more than a bounded number of them is read."""
    given = Stored(engine)
    people = [f"u{number:04}" for number in range(MEMBERS_READ + 20)]
    given.put("acme", "all", *people)
    for user_id in (*people[:3], *people[-3:]):
        given.learners.record("acme", user_id, {"go": Mastery(0.5, 2)})
    found = given.records.of("acme", "all")
    assert (found.size, len(found.members)) == (MEMBERS_READ + 20, 3)


def test_an_outage_is_said_to_be_one(tmp_path: Path) -> None:
    """A database that cannot be opened raises PortUnavailable, so that asking again is worth it."""
    (tmp_path / "is-a-folder.db").mkdir()
    records = StoredTeams(open_database(f"sqlite:///{tmp_path / 'is-a-folder.db'}"))
    with pytest.raises(PortUnavailable):
        records.of("acme", None)
    with pytest.raises(PortUnavailable):
        records.teams("acme")


def test_who_is_in_a_team(given: Given) -> None:
    """By id, in order, and of this team of this organisation only; of a team that is none, nobody."""
    given.put("acme", "web", "bob", "ann")
    given.put("acme", "empty")
    given.put("rival", "web", "eve")
    assert list(given.records.members("acme", "web")) == ["ann", "bob"]
    assert list(given.records.members("acme", "empty")) == list(given.records.members("acme", "x")) == []
    assert list(given.records.members("nowhere", "web")) == []
