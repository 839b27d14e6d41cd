"""What every catalogue library promises: on a dict, on SQLite, and on PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.errors import CatalogueError, InvalidInput, PortUnavailable, UnknownName
from tasks.store.catalogues import StoredCatalogues
from tasks.store.database import open_database
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tests.postgres import cut_off

Library = InMemoryCatalogues | StoredCatalogues


def document(*skill_ids: str, title: str = "A Skill", area: str = "An Area") -> dict[str, Any]:
    """A catalogue document with skills in the area "one"."""
    skills = [{"id": s, "title": title, "area": "one", "hours": 2, "prompts": ["Do it."]} for s in skill_ids]
    return {"areas": {"one": area}, "skills": skills}


BUILT_IN_CATALOGUE = parse("built-in", [("test", document("made-in"))])


def built_in() -> Catalogue:
    return BUILT_IN_CATALOGUE


class Clock:
    """A clock that stands still until it is told otherwise."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Stored:
    """A library on a database, what else is needed to look at it, and how to end the database."""

    library: StoredCatalogues
    elsewhere: StoredCatalogues  #: The library of another process on the same database.
    clock: Clock
    queries: list[str]
    take_down: Callable[[], None]


def take_down(engine: Engine) -> None:
    """End the database as an outage would: the file is gone, or the server cuts everybody off."""
    name = engine.url.database or ""
    if engine.dialect.name == "sqlite":
        engine.dispose()
        Path(name).parent.rename(Path(name).parent.with_name("gone"))
        return
    address = engine.url.set(database="postgres").render_as_string(hide_password=False)
    cut_off(address, name)


@pytest.fixture
def stored(database_url: str) -> Iterator[Stored]:
    engine, other_engine = open_database(database_url), open_database(database_url)
    clock, queries = Clock(), []
    event.listen(engine, "before_cursor_execute", lambda *given: queries.append(given[2]))
    library = StoredCatalogues(engine, built_in, clock)
    elsewhere = StoredCatalogues(other_engine, built_in, clock)

    def end() -> None:
        other_engine.dispose()
        take_down(engine)

    yield Stored(library, elsewhere, clock, queries, end)
    engine.dispose()
    other_engine.dispose()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def library(request: pytest.FixtureRequest) -> Iterator[Library]:
    if request.param == "memory":
        yield InMemoryCatalogues(built_in)
        return
    engine = open_database(request.getfixturevalue(f"{request.param}_url"))
    yield StoredCatalogues(engine, built_in)
    engine.dispose()


def test_the_built_in_catalogue_is_always_there(library: Library) -> None:
    """Every organisation has the built-in catalogue, without importing anything."""
    assert library.get("acme", "built-in") is BUILT_IN_CATALOGUE
    assert library.names("acme") == ["built-in"]


def test_an_imported_catalogue_can_be_read(library: Library) -> None:
    """What was put is what get returns, under the name it was given."""
    returned = library.put("acme", "go-track", document("variables", "loops"), "go.json")
    found = library.get("acme", "go-track")
    assert found == returned
    assert (found.name, list(found.skills), found.areas) == (
        "go-track",
        ["variables", "loops"],
        {"one": "An Area"},
    )


def test_names_are_sorted(library: Library) -> None:
    """Names come sorted, the built-in one among them."""
    for name in ("rust", "ada"):
        library.put("acme", name, document("loops"), "test")
    assert library.names("acme") == ["ada", "built-in", "rust"]


def test_an_import_replaces_the_one_of_that_name(library: Library) -> None:
    """Importing again under a name gives the new content at once."""
    before = library.put("acme", "go", document("loops"), "test")
    assert list(library.get("acme", "go").skills) == ["loops"]
    library.put("acme", "go", document("channels"), "test")
    after = library.get("acme", "go")
    assert list(after.skills) == ["channels"]
    assert after.revision != before.revision
    assert library.names("acme") == ["built-in", "go"]


def test_a_new_area_title_alone_is_seen(library: Library) -> None:
    """A replacement counts as one also where only an area's title changed."""
    library.put("acme", "go", document("loops", area="Old"), "test")
    assert library.get("acme", "go").area_title("one") == "Old"
    library.put("acme", "go", document("loops", area="New"), "test")
    assert library.get("acme", "go").area_title("one") == "New"


def test_the_order_of_keys_does_not_matter(library: Library) -> None:
    """The same document written in another order has the same revision."""
    goal = {"id": "g", "title": "G"}
    one = document("a", "b") | {"goals": [goal | {"skills": {"a": 1.0, "b": 0.5}}]}
    other = {"goals": [{"skills": {"b": 0.5, "a": 1.0}} | goal]} | document("a", "b")
    first, second = (library.put("acme", "g", d, "test") for d in (one, other))
    assert first.revision == second.revision


@pytest.mark.parametrize("text", ["\x00", "\ud800", "☃ 𝄞", "'; DROP TABLE users; --", '\\"'])
def test_any_text_survives(library: Library, text: str) -> None:
    """Titles come back as they were given, whatever characters they have."""
    library.put("acme", "odd", document("loops", title=text), "test")
    assert library.get("acme", "odd").skills["loops"].title == text


def test_organisations_do_not_see_each_other(library: Library) -> None:
    """Another organisation's catalogue is unknown, and not offered as a near name either."""
    library.put("acme", "secret-plan", document("loops"), "test")
    assert library.names("rival") == ["built-in"]
    with pytest.raises(UnknownName) as caught:
        library.get("rival", "secret-plan")
    assert caught.value.nearest == ()
    with pytest.raises(UnknownName):
        library.remove("rival", "secret-plan")
    assert list(library.get("acme", "secret-plan").skills) == ["loops"]


def test_organisations_may_use_the_same_name(library: Library) -> None:
    """A name belongs to the organisation: two can use it for different content."""
    library.put("acme", "go", document("loops"), "test")
    library.put("rival", "go", document("channels"), "test")
    assert list(library.get("acme", "go").skills) == ["loops"]
    assert list(library.get("rival", "go").skills) == ["channels"]


@pytest.mark.parametrize("name", ["go-trak", "built_in", "Go-Track", "go-track\n", "a\x00b", "\ud800", ""])
def test_an_unknown_name_is_refused(library: Library, name: str) -> None:
    """A name that nobody put is refused as the value of "catalogue"."""
    library.put("acme", "go-track", document("loops"), "test")
    with pytest.raises(UnknownName) as caught:
        library.get("acme", name)
    assert caught.value.field == "catalogue"


def test_an_unknown_name_comes_with_the_nearest(library: Library) -> None:
    """The refusal says which name was probably meant."""
    library.put("acme", "go-track", document("loops"), "test")
    with pytest.raises(UnknownName) as caught:
        library.get("acme", "go-trak")
    assert caught.value.nearest == ("go-track",)


@pytest.mark.parametrize("name", ["built-in", "", "-go", "Go", "a" * 65, "go\n", "a/b", "a b", "gö", "a_b"])
def test_unusable_names_are_refused(library: Library, name: str) -> None:
    """Only lower-case names that fit into a URL can be given, and not the built-in's."""
    for change in (
        lambda: library.put("acme", name, document("loops"), "test"),
        lambda: library.remove("acme", name),
    ):
        with pytest.raises(InvalidInput) as caught:
            change()
        assert caught.value.field == "name"
    assert library.names("acme") == ["built-in"]


@pytest.mark.parametrize("name", ["0", "a", "a-", "a" * 64])
def test_usable_names_are_taken(library: Library, name: str) -> None:
    """One to 64 lower-case letters, digits and hyphens make a name."""
    library.put("acme", name, document("loops"), "test")
    assert list(library.get("acme", name).skills) == ["loops"]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        [],
        "text",
        document("same", "same"),
        document("loops") | {"goals": [{"id": "g", "title": "G", "skills": {"missing": 1}}]},
        document("loops") | {"made": date(2025, 1, 1)},
        document("loops") | {"odd": float("nan")},
    ],
    ids=["empty", "list", "text", "duplicate", "unknown skill", "date", "nan"],
)
def test_a_broken_document_is_refused(library: Library, broken: Any) -> None:
    """What does not hold together is refused, and what was there before stays."""
    library.put("acme", "go", document("loops"), "test")
    with pytest.raises(CatalogueError):
        library.put("acme", "go", broken, "broken.json")
    assert list(library.get("acme", "go").skills) == ["loops"]


def test_a_removed_catalogue_is_gone(library: Library) -> None:
    """After removal the name is unknown, also for removing it again."""
    library.put("acme", "go", document("loops"), "test")
    assert list(library.get("acme", "go").skills) == ["loops"]
    library.remove("acme", "go")
    assert library.names("acme") == ["built-in"]
    with pytest.raises(UnknownName):
        library.get("acme", "go")
    with pytest.raises(UnknownName):
        library.remove("acme", "go")


def test_readers_and_writers_do_not_disturb_each_other(library: Library) -> None:
    """While one thread replaces a catalogue, others read the old or the new one, nothing else."""
    library.put("acme", "go", document("skill-0"), "test")

    def read(_: int) -> str:
        return next(iter(library.get("acme", "go").skills))

    with ThreadPoolExecutor(4) as pool:
        reads = pool.map(read, range(200))
        for number in range(1, 11):
            library.put("acme", "go", document(f"skill-{number}"), "test")
    assert set(reads) <= {f"skill-{number}" for number in range(11)}
    assert read(0) == "skill-10"


def test_a_change_elsewhere_is_seen_after_a_second(stored: Stored) -> None:
    """Another process's import is used one second after the last look at the latest."""
    stored.library.put("acme", "go", document("loops"), "test")
    assert list(stored.library.get("acme", "go").skills) == ["loops"]
    stored.elsewhere.put("acme", "go", document("channels"), "test")
    stored.clock.now_s = 0.99
    assert list(stored.library.get("acme", "go").skills) == ["loops"]
    stored.clock.now_s = 1.0
    assert list(stored.library.get("acme", "go").skills) == ["channels"]


def test_a_removal_elsewhere_is_seen_after_a_second(stored: Stored) -> None:
    """A catalogue that another process removed is unknown a second later."""
    stored.library.put("acme", "go", document("loops"), "test")
    stored.library.get("acme", "go")
    stored.elsewhere.remove("acme", "go")
    stored.clock.now_s = 1.0
    with pytest.raises(UnknownName):
        stored.library.get("acme", "go")


def test_the_database_is_asked_once_a_second(stored: Stored) -> None:
    """However often a catalogue is used, its revision is read once a second."""
    stored.elsewhere.put("acme", "go", document("loops"), "test")
    first = stored.library.get("acme", "go")
    stored.queries.clear()
    for tenth in range(25):
        stored.clock.now_s = tenth / 10
        assert stored.library.get("acme", "go") is first
    assert len(stored.queries) == 2
    assert not any("document" in query for query in stored.queries)


def test_the_built_in_catalogue_needs_no_database(stored: Stored) -> None:
    """The built-in catalogue is there when the database is not, and costs no query."""
    stored.queries.clear()
    stored.take_down()
    assert stored.library.get("acme", "built-in") is BUILT_IN_CATALOGUE
    assert stored.queries == []


def test_a_catalogue_in_use_outlives_the_database(stored: Stored) -> None:
    """A catalogue that was read is served on during an outage, also when a look is due."""
    stored.library.put("acme", "go", document("loops"), "test")
    stored.library.get("acme", "go")
    stored.take_down()
    for now_s in (0.5, 1.0, 3600.0):
        stored.clock.now_s = now_s
        assert list(stored.library.get("acme", "go").skills) == ["loops"]


def test_an_outage_is_said_to_be_one(stored: Stored) -> None:
    """Whatever needs the database raises PortUnavailable, so that asking again is worth it."""
    stored.take_down()
    for ask in (
        lambda: stored.library.get("acme", "go"),
        lambda: stored.library.names("acme"),
        lambda: stored.library.put("acme", "go", document("loops"), "test"),
        lambda: stored.library.remove("acme", "go"),
    ):
        with pytest.raises(PortUnavailable):
            ask()
