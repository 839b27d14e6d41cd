"""Demo data in the store: loaded once, kept while people learn, made afresh on request."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select, update

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.intelligence.mastery import Mastery
from flows.signals.events import Event, Kind
from tasks.store.catalogues import StoredCatalogues
from tasks.store.demo import demo_is_loaded, load_demo, move_demo_dates
from tasks.store.events import StoredEvents
from tasks.store.learners import StoredLearners
from tasks.store.tables import (
    api_keys,
    contracts,
    decisions,
    events,
    flags,
    mastery,
    metadata,
    organisations,
    trainings,
    users,
)

TODAY = date(2025, 8, 18)

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


def everyone(engine: Engine) -> Mapping[tuple[str, str, str], tuple[float, int]]:
    """Level and observations of everybody's skills."""
    with engine.connect() as connection:
        rows = connection.execute(select(mastery)).all()
    return {tuple(row[:3]): (row.level, row.observations) for row in rows}


def stored(engine: Engine) -> dict[str, list[Any]]:
    """All rows by table, less the keys that every load makes anew."""
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(str, connection.execute(select(table))))
            for table in metadata.sorted_tables
        }
    return {name: rows for name, rows in found.items() if name != "organisations"}


def test_four_organisations_are_loaded(engine: Engine) -> None:
    """The demo organisation has 25 people, the two companies 10 and 26, the studio two."""
    counts = load_demo(engine, small_catalogue(), today=TODAY)
    with engine.connect() as connection:
        query = select(organisations.c.id, organisations.c.name).order_by(organisations.c.id)
        names = connection.execute(query).all()
        by_owner = select(users.c.organisation_id, func.count()).group_by(users.c.organisation_id)
        people = {row[0]: row[1] for row in connection.execute(by_owner)}
    assert names == [
        ("corp-123", "Alder Insurance"),
        ("demo", "Demo Organisation"),
        ("enterprise-789", "Harbour Logistics"),
        ("studio-2", "Lantern Studio"),
    ]
    assert people == {"demo": 25, "enterprise-789": 10, "corp-123": 26, "studio-2": 2}
    assert (counts["organisations"], counts["users"]) == (4, 63)


def test_the_counts_are_those_of_the_tables(engine: Engine) -> None:
    """A load says how many rows of the demo organisations there are, whoever else is there."""
    StoredLearners(engine).record("acme", "ann", {"html-fundamentals": Mastery(0.5, 2)})
    counts = load_demo(engine, small_catalogue(), today=TODAY)
    rows = {name: len(found) for name, found in stored(engine).items()}
    assert (rows["users"], rows["mastery"]) == (64, counts["mastery"] + 1)
    for name in (
        "events",
        "memories",
        "teams",
        "team_members",
        "contracts",
        "seats",
        "trainings",
        "model_observations",
    ):
        assert counts[name] == rows[name] > 0
    assert counts["training_completions"] == rows["training_completions"] > 0


def test_the_junior_web_developer_is_as_described(engine: Engine) -> None:
    """dev-123 was seen as often as stated, and strong where that is stated, in what the catalogue has."""
    load_demo(engine, small_catalogue(), today=TODAY)
    assert StoredLearners(engine).mastery("demo", "dev-123") == {
        "javascript-fundamentals": Mastery(0.9688, 41),
        "html-fundamentals": Mastery(0.9583, 22),
        "programming-basics": Mastery(0.9375, 57),
        "react-fundamentals": Mastery(0.25, 6),
    }


def test_only_skills_of_the_catalogue_are_used(engine: Engine) -> None:
    """Nobody masters or does anything for a skill that the catalogue does not have."""
    load_demo(engine, small_catalogue(), today=TODAY)
    with engine.connect() as connection:
        seen = set(connection.execute(select(events.c.skill_id).distinct()).scalars())
    assert {skill_id for _, _, skill_id in everyone(engine)} <= LEVEL_OF.keys()
    assert seen <= LEVEL_OF.keys() | {None}


def test_a_new_skill_changes_nothing_else(engine: Engine, tmp_path: Any) -> None:
    """People keep what they had when the catalogue grows."""
    load_demo(engine, small_catalogue(), today=TODAY)
    before = everyone(engine)
    load_demo(engine, small_catalogue({"css-fundamentals": "foundation"}), today=TODAY, reset=True)
    assert before.items() < everyone(engine).items()


def test_loading_twice_changes_nothing(engine: Engine) -> None:
    """The second load finds everybody there, reports the same rows, and keeps what was learned."""
    first = load_demo(engine, small_catalogue(), today=TODAY)
    StoredLearners(engine).record("demo", "dev-123", {"html-fundamentals": Mastery(0.99, 23)})
    with engine.begin() as connection:
        connection.execute(update(users).where(users.c.id == "dev-123").values(level="mid"))
    before = stored(engine)
    assert load_demo(engine, small_catalogue(), today=TODAY) == first
    assert stored(engine) == before


def test_a_later_load_moves_dates(engine: Engine) -> None:
    """A week later contracts and trainings run out a week later, and nothing else has changed."""
    load_demo(engine, small_catalogue(), today=TODAY)
    before = stored(engine)
    load_demo(engine, small_catalogue(), today=date(2025, 8, 25))
    after = stored(engine)
    assert {name for name in before if before[name] != after[name]} == {"contracts", "trainings"}
    with engine.connect() as connection:
        expires = select(contracts.c.expires_at).where(contracts.c.id == "advanced-typescript")
        due = select(trainings.c.due_on).where(trainings.c.organisation_id == "corp-123")
        assert connection.execute(expires).scalar_one() == datetime(2025, 9, 8, 23, 59, 59, tzinfo=UTC)
        assert sorted(connection.execute(due).scalars()) == [date(2025, 9, 6), date(2025, 11, 8)]


def test_dates_move_without_a_load(engine: Engine) -> None:
    """A week later the demo's contracts and trainings are a week later; nothing else has changed."""
    load_demo(engine, small_catalogue(), today=TODAY)
    before = stored(engine)
    assert move_demo_dates(engine, today=date(2025, 8, 25)) == ["corp-123", "demo", "enterprise-789"]
    after = stored(engine)
    assert {name for name in before if before[name] != after[name]} == {"contracts", "trainings"}
    with engine.connect() as connection:
        expires = select(contracts.c.expires_at).where(contracts.c.id == "advanced-typescript")
        due = select(trainings.c.due_on).where(trainings.c.organisation_id == "corp-123")
        assert connection.execute(expires).scalar_one() == datetime(2025, 9, 8, 23, 59, 59, tzinfo=UTC)
        assert sorted(connection.execute(due).scalars()) == [date(2025, 9, 6), date(2025, 11, 8)]
    assert move_demo_dates(engine, today=date(2025, 8, 25)) == []
    assert stored(engine) == after


def test_only_the_demos_own_dates_move(engine: Engine) -> None:
    """Another organisation's contract of the same id stays, and so do seats; what was removed stays away."""
    load_demo(engine, small_catalogue(), today=TODAY)
    StoredLearners(engine).record("acme", "ann", {})
    row = {"id": "k8s-101", "course": "K", "seats": 9, "seats_used": 1, "expires_at": datetime.now(UTC)}
    with engine.begin() as connection:
        connection.execute(insert(contracts), row | {"organisation_id": "acme"})
        connection.execute(insert(contracts), row | {"organisation_id": "demo", "id": "own"})
        connection.execute(delete(contracts).where(contracts.c.organisation_id == "enterprise-789"))
        used = update(contracts).where(contracts.c.id == "advanced-typescript").values(seats_used=15)
        connection.execute(used)
    before = {line for line in stored(engine)["contracts"] if "acme" in line or "own" in line}
    move_demo_dates(engine, today=date(2025, 8, 25))
    with engine.connect() as connection:
        found = connection.execute(select(contracts.c.organisation_id, contracts.c.id)).all()
        seats_used = select(contracts.c.seats_used).where(contracts.c.id == "advanced-typescript")
        assert connection.execute(seats_used).scalar_one() == 15
    assert ("acme", "k8s-101") in found
    assert "enterprise-789" not in {organisation for organisation, _ in found}
    assert {line for line in stored(engine)["contracts"] if "acme" in line or "own" in line} == before


def test_dates_of_no_demo_cannot_move(engine: Engine) -> None:
    """Where the demo was never loaded there is nothing to move, and nothing comes into being."""
    assert move_demo_dates(engine, today=TODAY) == []
    assert stored(engine)["contracts"] == []


def test_reset_brings_the_first_state_back(engine: Engine) -> None:
    """With reset, what was learned and who joined since is gone."""
    first = load_demo(engine, small_catalogue(), today=TODAY)
    before = stored(engine)
    StoredLearners(engine).record("demo", "dev-123", {"react-performance": Mastery(0.7, 5)})
    StoredLearners(engine).record("demo", "newcomer", {"html-fundamentals": Mastery(0.5, 2)})
    now = datetime(2025, 8, 18, 12, tzinfo=UTC)
    late = Event(id="1", organisation="demo", user_id="dev-123", kind=Kind.CODE_WRITTEN, at=now)
    StoredEvents(engine).append([late])
    parts = ("features", "candidates", "filters", "final_order", "propensities", "latency_ms", "degraded")
    answer: dict[str, Any] = {part: [] for part in parts}
    decision = {"organisation_id": "demo", "id": "1", "at": now, "flow": "f", "flow_version": "1"}
    with engine.begin() as connection:
        connection.execute(insert(decisions), decision | answer)
    assert load_demo(engine, small_catalogue(), today=TODAY, reset=True) == first
    assert stored(engine) == before


def test_reset_touches_nothing_else(engine: Engine) -> None:
    """Other organisations' people stay, and everybody's catalogues, keys, flags and experiments."""
    now = datetime(2025, 8, 18, 12, tzinfo=UTC)
    StoredLearners(engine).record("acme", "ann", {"html-fundamentals": Mastery(0.5, 2)})
    load_demo(engine, small_catalogue(), today=TODAY)
    catalogues = StoredCatalogues(engine, small_catalogue)
    document = {"skills": [{"id": "loops", "title": "Loops", "hours": 1, "prompts": ["Do it."]}]}
    catalogues.put("demo", "go", document, "test")
    key = {"organisation_id": "demo", "id": "1", "name": "CI", "hash": "0a", "scopes": [], "created_at": now}
    flag = {"organisation_id": "demo", "name": "quizzes", "enabled": True, "share": 1.0, "updated_at": now}
    with engine.begin() as connection:
        connection.execute(insert(api_keys), key)
        connection.execute(insert(flags), flag)
    kept = {name: stored(engine)[name] for name in ("catalogues", "api_keys", "flags")}
    load_demo(engine, small_catalogue(), today=TODAY, reset=True)
    assert StoredLearners(engine).mastery("acme", "ann") == {"html-fundamentals": Mastery(0.5, 2)}
    assert catalogues.names("demo") == ["built-in", "go"]
    assert {name: stored(engine)[name] for name in kept} == kept


def test_somebody_seen_before_the_load_is_kept(engine: Engine) -> None:
    """Events that came before the demo data do not keep it out, and are not overwritten by it."""
    StoredLearners(engine).record("demo", "dev-123", {"html-fundamentals": Mastery(0.5, 2)})
    assert not demo_is_loaded(engine)
    assert load_demo(engine, small_catalogue(), today=TODAY)["users"] == 63
    found = StoredLearners(engine).mastery("demo", "dev-123")
    assert (found["html-fundamentals"], found["programming-basics"]) == (Mastery(0.5, 2), Mastery(0.9375, 57))
    with engine.connect() as connection:
        person = select(users.c.name, users.c.level).where(users.c.id == "dev-123")
        assert connection.execute(person).one() == ("Alex Kim", "junior")


def test_a_load_keeps_the_key_of_an_organisation(engine: Engine) -> None:
    """Pseudonyms that were given before the load still lead to the same people."""
    StoredLearners(engine).record("demo", "dev-123", {})
    key = select(organisations.c.pseudonym_key).where(organisations.c.id == "demo")
    with engine.connect() as connection:
        before = connection.execute(key).scalar_one()
    load_demo(engine, small_catalogue(), today=TODAY)
    load_demo(engine, small_catalogue(), today=TODAY, reset=True)
    with engine.connect() as connection:
        assert connection.execute(key).scalar_one() == before


def test_without_a_day_it_is_today(engine: Engine) -> None:
    """The contract that the sample request shows runs out in 14 days, whenever that is asked."""
    before = datetime.now(UTC).date()
    load_demo(engine, small_catalogue())
    after = datetime.now(UTC).date()
    with engine.connect() as connection:
        query = select(contracts.c.expires_at).where(contracts.c.id == "advanced-typescript")
        expires = connection.execute(query).scalar_one().date()
    assert {(expires - before).days, (expires - after).days} & {14}


def test_whether_it_is_loaded_can_be_asked(engine: Engine) -> None:
    """The demo data is loaded once all its people are there, whatever the catalogue had."""
    assert not demo_is_loaded(engine)
    tiny = parse("tiny", [("test", {"skills": [SKILL | {"id": "unheard-of"}]})])
    load_demo(engine, tiny, today=TODAY)
    assert demo_is_loaded(engine)
    assert everyone(engine) == {}
