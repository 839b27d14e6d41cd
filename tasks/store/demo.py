"""Demo data: three organisations whose people differ by role and seniority, the same every time.

Whoever tries the service finds somebody to plan for, and a team with strengths and gaps. What
a person masters is drawn from a generator seeded with the person and the skill, so adding a
person or a skill changes nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, delete, func, select

from flows.catalogue.model import LEVELS, Catalogue
from flows.ports import Mastery
from tasks.store.database import answering, insert_or_keep, insert_or_replace
from tasks.store.tables import mastery, organisations, users


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person. ``goals`` give the skills that are drawn; ``exactly`` has the last word."""

    id: str
    name: str
    level: str
    goals: tuple[str, ...] = ()
    exactly: Mapping[str, tuple[float, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """An organisation. Nobody has drawn mastery of what the whole team ``lacks``."""

    id: str
    name: str
    people: tuple[Person, ...]
    lacks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Band:
    """What is drawn for a skill at some distance from the person's own level."""

    chance: float
    level: tuple[float, float]
    observations: tuple[int, int]


#: By levels above (+) or below (-) the person, -2 also for less; further up nothing has been seen.
BANDS = {
    -2: Band(1.0, (0.88, 0.98), (20, 60)),
    -1: Band(0.95, (0.80, 0.95), (10, 45)),
    0: Band(0.75, (0.50, 0.82), (4, 20)),
    1: Band(0.30, (0.15, 0.45), (2, 8)),
}
LEVEL_WHEN_UNSTATED = "junior"

TYPESCRIPT_ENGINEER = Person(
    id="enterprise-user-001",
    name="Tomás Herrera",
    level="mid",
    goals=("typescript",),
    exactly={
        "javascript-fundamentals": (0.97, 64),
        "javascript-async": (0.92, 33),
        "typescript-fundamentals": (0.93, 38),
        "typescript-advanced": (0.62, 7),
        "nodejs-fundamentals": (0.91, 31),
        "nodejs-apis": (0.84, 17),
        "unit-testing": (0.86, 21),
    },
)

JUNIOR_WEB_DEVELOPER = Person(
    id="dev-123",
    name="Alex Kim",
    level="junior",
    exactly={
        "javascript-fundamentals": (0.93, 41),
        "html-fundamentals": (0.95, 22),
        "css-fundamentals": (0.9, 18),
        "programming-basics": (0.96, 57),
        "git-basics": (0.88, 12),
        "command-line": (0.84, 9),
        "debugging-basics": (0.81, 15),
        "python-basics": (0.41, 4),
    },
)

DEMO = Team(
    id="demo",
    name="Demo Organisation",
    people=(
        JUNIOR_WEB_DEVELOPER,
        TYPESCRIPT_ENGINEER,
        Person(id="dev-124", name="Mina Okafor", level="junior", goals=("frontend",)),
        Person(id="dev-125", name="Jonas Weber", level="senior", goals=("frontend",)),
        Person(id="dev-126", name="Priya Nair", level="mid", goals=("backend", "python")),
        Person(id="dev-127", name="Luca Moretti", level="mid", goals=("fullstack",)),
        Person(id="dev-128", name="Sara Lindqvist", level="mid", goals=("devops",)),
        Person(id="dev-129", name="Chen Wei", level="mid", goals=("data-engineering",)),
        Person(id="dev-130", name="Amara Diallo", level="senior", goals=("machine-learning",)),
        Person(id="dev-131", name="Piotr Zielinski", level="junior", goals=("android",)),
        Person(id="dev-132", name="Hannah Cohen", level="mid", goals=("security",)),
        Person(id="dev-133", name="Diego Ramos", level="senior", goals=("tech-lead", "backend")),
    ),
)

#: A web team before its move to services: strong in React, Kubernetes known to one of eight.
MIGRATING_TEAM = Team(
    id="enterprise-789",
    name="Harbour Logistics",
    lacks=frozenset({"event-driven-architecture", "microservices", "apache-kafka", "distributed-tracing"}),
    people=(
        Person(id="e789-ava", name="Ava Thompson", level="senior", goals=("frontend", "fullstack")),
        Person(id="e789-bilal", name="Bilal Hussain", level="senior", goals=("fullstack",)),
        Person(id="e789-chloe", name="Chloé Martin", level="mid", goals=("frontend",)),
        Person(id="e789-daniel", name="Daniel Osei", level="mid", goals=("fullstack",)),
        Person(id="e789-elif", name="Elif Yilmaz", level="senior", goals=("backend",)),
        Person(id="e789-felix", name="Felix Braun", level="mid", goals=("frontend", "typescript")),
        Person(
            id="e789-grace",
            name="Grace Njeri",
            level="senior",
            goals=("backend", "fullstack"),
            exactly={"kubernetes-basics": (0.22, 3)},
        ),
        Person(
            id="e789-hiro",
            name="Hiro Tanaka",
            level="mid",
            goals=("devops",),
            exactly={"kubernetes-basics": (0.87, 29), "docker-basics": (0.94, 41)},
        ),
    ),
)

#: Nobody has done the security training yet that the organisation asks of everyone.
INSURER = Team(
    id="corp-123",
    name="Alder Insurance",
    lacks=frozenset({"security-awareness"}),
    people=(
        TYPESCRIPT_ENGINEER,
        Person(id="c123-ines", name="Inês Carvalho", level="mid", goals=("java",)),
        Person(id="c123-kofi", name="Kofi Mensah", level="senior", goals=("java", "architecture")),
        Person(id="c123-lena", name="Lena Fischer", level="junior", goals=("testing",)),
        Person(id="c123-marco", name="Marco Rossi", level="mid", goals=("sql", "data-engineering")),
        Person(id="c123-nadia", name="Nadia Petrova", level="junior", goals=("csharp",)),
        Person(id="c123-omar", name="Omar Haddad", level="mid", goals=("cloud",)),
    ),
)

TEAMS = (DEMO, MIGRATING_TEAM, INSURER)
MEMBERS = tuple((team, person) for team in TEAMS for person in team.people)


def load_demo(engine: Engine, catalogue: Catalogue, *, reset: bool = False) -> dict[str, int]:
    """Make sure that the demo data is there; returns how many rows of it there are now.

    What people have learned since stays. With ``reset`` everybody in the demo organisations
    is removed first; imported catalogues stay. Raises PortUnavailable.
    """
    with answering(), engine.begin() as connection:
        if reset:
            connection.execute(delete(users).where(_in_team(users.c.organisation_id)))
        if not _everybody_is_there(connection):
            connection.execute(insert_or_replace(connection, organisations), _organisation_rows())
            connection.execute(insert_or_replace(connection, users), _user_rows())
            if rows := _mastery_rows(catalogue):
                connection.execute(insert_or_keep(connection, mastery), rows)
        return _counts(connection)


def demo_is_loaded(engine: Engine) -> bool:
    """True when all demo people are there. Raises PortUnavailable."""
    with answering(), engine.connect() as connection:
        return _everybody_is_there(connection)


def demo_mastery(catalogue: Catalogue, team: Team, person: Person) -> dict[str, Mastery]:
    """What a person masters of the skills that the catalogue has."""
    wanted = catalogue.closure(
        skill_id
        for goal in person.goals
        if goal in catalogue.goals
        for skill_id in catalogue.goals[goal].skills
    )
    found = {}
    for skill_id in sorted(wanted - team.lacks):
        seen = _drawn(person, skill_id, catalogue.skills[skill_id].level or LEVEL_WHEN_UNSTATED)
        if seen is not None:
            found[skill_id] = seen
    exactly = {
        skill_id: Mastery(*seen) for skill_id, seen in person.exactly.items() if skill_id in catalogue.skills
    }
    return found | exactly


def _drawn(person: Person, skill_id: str, level: str) -> Mastery | None:
    band = BANDS.get(max(-2, LEVELS.index(level) - LEVELS.index(person.level)))
    random = Random(f"{person.id}/{skill_id}")
    if band is None or random.random() >= band.chance:
        return None
    return Mastery(round(random.uniform(*band.level), 2), random.randint(*band.observations))


def _organisation_rows() -> list[dict[str, Any]]:
    return [{"id": team.id, "name": team.name} for team in TEAMS]


def _user_rows() -> list[dict[str, Any]]:
    return [
        {"organisation_id": team.id, "id": person.id, "name": person.name, "level": person.level}
        for team, person in MEMBERS
    ]


def _mastery_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    rows = []
    for team, person in MEMBERS:
        key = {"organisation_id": team.id, "user_id": person.id, "updated_at": now}
        for skill_id, seen in demo_mastery(catalogue, team, person).items():
            rows.append(key | {"skill_id": skill_id, "level": seen.level, "observations": seen.observations})
    return rows


def _everybody_is_there(connection: Connection) -> bool:
    there = connection.execute(
        select(users.c.organisation_id, users.c.id).where(_in_team(users.c.organisation_id))
    )
    return {(team.id, person.id) for team, person in MEMBERS} <= {(row[0], row[1]) for row in there}


def _counts(connection: Connection) -> dict[str, int]:
    return {
        owner.table.name: connection.execute(select(func.count()).where(_in_team(owner))).scalar_one()
        for owner in (organisations.c.id, users.c.organisation_id, mastery.c.organisation_id)
    }


def _in_team(owner: Column[str]) -> ColumnElement[bool]:
    return owner.in_([team.id for team in TEAMS])
