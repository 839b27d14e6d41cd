"""The demo data: who is there, and that it is the same every time."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import Engine, func, select

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.ports import Mastery
from tasks.store.catalogues import StoredCatalogues
from tasks.store.database import open_database, upgrade
from tasks.store.demo import demo_is_loaded, load_demo
from tasks.store.learners import StoredLearners
from tasks.store.tables import mastery, organisations, users

LEVEL_OF = {
    "programming-basics": "foundation",
    "html-fundamentals": "foundation",
    "javascript-fundamentals": "foundation",
    "react-fundamentals": "junior",
    "typescript-fundamentals": "junior",
    "react-performance": "mid",
    "frontend-architecture": "senior",
    "http-apis": "junior",
    "event-driven-architecture": "mid",
}
FRONTEND = ("html-fundamentals", "react-performance", "typescript-fundamentals", "frontend-architecture")
NEEDS = {
    "javascript-fundamentals": ["programming-basics"],
    "react-fundamentals": ["javascript-fundamentals"],
    "react-performance": ["react-fundamentals"],
    "event-driven-architecture": ["http-apis"],
}


SKILL = {"title": "A Skill", "hours": 4, "prompts": ["Do it."]}


def small_catalogue(more: Mapping[str, str] = MappingProxyType({})) -> Catalogue:
    skills = [
        SKILL | {"id": skill_id, "level": level, "prerequisites": NEEDS.get(skill_id, [])}
        for skill_id, level in {**more, **LEVEL_OF}.items()
    ]
    targets = dict.fromkeys([*FRONTEND, *more], 1.0)
    goals = [
        {"id": "frontend", "title": "Frontend", "skills": targets},
        {"id": "backend", "title": "Backend", "skills": {"event-driven-architecture": 1.0}},
    ]
    return parse("built-in", [("test", {"skills": skills, "goals": goals})])


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    url = f"sqlite:///{tmp_path / 'learning.db'}"
    upgrade(url)
    return open_database(url)


def everyone(engine: Engine) -> Mapping[tuple[str, str, str], tuple[float, int]]:
    with engine.connect() as connection:
        rows = connection.execute(select(mastery)).all()
    return {tuple(row[:3]): (row.level, row.observations) for row in rows}


def test_three_organisations_are_loaded(engine: Engine) -> None:
    """The demo organisation has 12 people, the two companies 8 and 7."""
    counts = load_demo(engine, small_catalogue())
    with engine.connect() as connection:
        names = connection.execute(select(organisations).order_by(organisations.c.id)).all()
        query = select(users.c.organisation_id, func.count()).group_by(users.c.organisation_id)
        people = {row[0]: row[1] for row in connection.execute(query)}
    assert names == [
        ("corp-123", "Alder Insurance"),
        ("demo", "Demo Organisation"),
        ("enterprise-789", "Harbour Logistics"),
    ]
    assert people == {"demo": 12, "enterprise-789": 8, "corp-123": 7}
    assert (counts["organisations"], counts["users"]) == (3, 27)
    assert counts["mastery"] == len(everyone(engine))


def test_the_junior_web_developer_is_as_described(engine: Engine) -> None:
    """dev-123 has exactly the stated mastery; what the catalogue does not have is left out."""
    load_demo(engine, small_catalogue())
    assert StoredLearners(engine).mastery("demo", "dev-123") == {
        "javascript-fundamentals": Mastery(0.93, 41),
        "html-fundamentals": Mastery(0.95, 22),
        "programming-basics": Mastery(0.96, 57),
    }


def test_only_skills_of_the_catalogue_are_used(engine: Engine) -> None:
    """Nobody masters a skill that the catalogue does not have."""
    load_demo(engine, small_catalogue())
    assert {skill_id for _, _, skill_id in everyone(engine)} <= LEVEL_OF.keys()


def test_what_is_drawn_never_changes(engine: Engine) -> None:
    """A person and a skill always give the same mastery, on any machine and in any process."""
    load_demo(engine, small_catalogue())
    drawn = StoredLearners(engine).mastery("demo", "dev-125")
    assert drawn["frontend-architecture"] == Mastery(0.56, 9)
    assert drawn["react-fundamentals"] == Mastery(0.92, 39)


def test_a_new_skill_changes_nothing_else(engine: Engine, tmp_path: Path) -> None:
    """People keep what they had when the catalogue grows."""
    other_url = f"sqlite:///{tmp_path / 'other.db'}"
    upgrade(other_url)
    grown = open_database(other_url)
    load_demo(engine, small_catalogue())
    load_demo(grown, small_catalogue({"css-fundamentals": "foundation"}))
    assert everyone(engine).items() < everyone(grown).items()


def test_mastery_falls_with_the_level_of_the_skill(engine: Engine) -> None:
    """A senior's basics are known for certain, and a junior has not touched senior skills."""
    load_demo(engine, small_catalogue())
    senior = StoredLearners(engine).mastery("demo", "dev-125")
    assert all(senior[s].level >= 0.88 for s in senior if LEVEL_OF[s] in ("foundation", "junior"))
    assert senior["frontend-architecture"].level <= 0.82
    assert "frontend-architecture" not in StoredLearners(engine).mastery("demo", "dev-124")


def test_a_team_lacks_what_it_is_said_to_lack(engine: Engine) -> None:
    """Nobody of the migrating team has met event-driven architecture, seniors included."""
    load_demo(engine, small_catalogue())
    skills = {skill_id for team, _, skill_id in everyone(engine) if team == "enterprise-789"}
    assert "http-apis" in skills
    assert "event-driven-architecture" not in skills


def test_loading_twice_changes_nothing(engine: Engine) -> None:
    """The second load finds everybody there, reports the same rows, and keeps what was learned."""
    first = load_demo(engine, small_catalogue())
    StoredLearners(engine).record("demo", "dev-123", {"html-fundamentals": Mastery(0.99, 23)})
    before = everyone(engine)
    assert load_demo(engine, small_catalogue()) == first
    assert everyone(engine) == before


def test_reset_brings_the_first_state_back(engine: Engine) -> None:
    """With reset, what was learned and who joined since is gone."""
    first = load_demo(engine, small_catalogue())
    before = everyone(engine)
    StoredLearners(engine).record("demo", "dev-123", {"react-fundamentals": Mastery(0.7, 5)})
    StoredLearners(engine).record("demo", "newcomer", {"html-fundamentals": Mastery(0.5, 2)})
    assert load_demo(engine, small_catalogue(), reset=True) == first
    assert everyone(engine) == before


def test_reset_touches_nothing_else(engine: Engine) -> None:
    """Other organisations' people and everybody's imported catalogues stay."""
    StoredLearners(engine).record("acme", "ann", {"html-fundamentals": Mastery(0.5, 2)})
    load_demo(engine, small_catalogue())
    catalogues = StoredCatalogues(engine, small_catalogue)
    document = {"skills": [{"id": "loops", "title": "Loops", "hours": 1, "prompts": ["Do it."]}]}
    catalogues.put("demo", "go", document, "test")
    load_demo(engine, small_catalogue(), reset=True)
    assert StoredLearners(engine).mastery("acme", "ann") == {"html-fundamentals": Mastery(0.5, 2)}
    assert catalogues.names("demo") == ["built-in", "go"]


def test_somebody_seen_before_the_load_is_kept(engine: Engine) -> None:
    """Events that came before the demo data do not keep it out, and are not overwritten by it."""
    StoredLearners(engine).record("demo", "dev-123", {"html-fundamentals": Mastery(0.5, 2)})
    assert not demo_is_loaded(engine)
    assert load_demo(engine, small_catalogue())["users"] == 27
    found = StoredLearners(engine).mastery("demo", "dev-123")
    assert (found["html-fundamentals"], found["programming-basics"]) == (Mastery(0.5, 2), Mastery(0.96, 57))


def test_whether_it_is_loaded_can_be_asked(engine: Engine) -> None:
    """The demo data is loaded once all its people are there, whatever the catalogue had."""
    assert not demo_is_loaded(engine)
    load_demo(engine, parse("tiny", [("test", {"skills": [SKILL | {"id": "unheard-of"}]})]))
    assert demo_is_loaded(engine)
    assert everyone(engine) == {}
