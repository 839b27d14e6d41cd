"""What every store of saved learning paths promises: on a dict, on SQLite, and on PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.errors import PathChanged, PathNotFound, PortUnavailable
from flows.ports import SavedPaths
from flows.saved_path import SavedPath
from tasks.store.database import open_database
from tasks.store.erasure import erase_user
from tasks.store.in_memory_saved_paths import InMemorySavedPaths
from tasks.store.saved_paths import StoredPaths

MONDAY = datetime(2026, 11, 2, 9, 0, 0, 123456, tzinfo=UTC)
REQUEST = {"organisation": "acme", "userId": "ann", "goal": "frontend", "weeks": 2, "hoursPerWeek": 6.0}
PLAN = {
    "goal": {"id": "frontend", "title": "Fröntend ☃"},
    "path": [{"week": 1}, {"week": 2}],
    "coverage": 0.5,
}


class Clock:
    """A clock that goes a second further at each look."""

    def __init__(self, step_s: int = 1) -> None:
        self.looks, self.step = -1, timedelta(seconds=step_s)

    def __call__(self) -> datetime:
        self.looks += 1
        return MONDAY + self.looks * self.step


MakeStore = Callable[[Clock], SavedPaths]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def make_store(request: pytest.FixtureRequest) -> Iterator[MakeStore]:
    if request.param == "memory":
        yield InMemorySavedPaths
        return
    engine = open_database(request.getfixturevalue(f"{request.param}_url"))
    yield lambda clock: StoredPaths(engine, clock)
    engine.dispose()


@pytest.fixture
def store(make_store: MakeStore) -> SavedPaths:
    return make_store(Clock())


def save(store: SavedPaths, id_: str, organisation: str = "acme", user: str = "ann", **more: Any) -> None:
    store.save(organisation, id_, {**REQUEST, "organisation": organisation, "userId": user, **more}, PLAN)


def ids(store: SavedPaths, user: str = "ann", organisation: str = "acme", **more: Any) -> list[str]:
    return [path.id for path in store.of_user(organisation, user, **{"limit": 10, **more})]


def test_there_is_nothing_at_first(store: SavedPaths) -> None:
    """A person who kept nothing has an empty list; a path that is not there raises."""
    assert ids(store) == []
    with pytest.raises(PathNotFound):
        store.get("acme", "a")


def test_a_path_comes_back_as_it_was_saved(store: SavedPaths) -> None:
    """Request and plan come back word for word, with the time and at revision 1."""
    save(store, "a")
    expected = SavedPath(
        organisation="acme",
        id="a",
        user_id="ann",
        request=REQUEST,
        plan=PLAN,
        done_weeks=(),
        created_at=MONDAY,
        updated_at=MONDAY,
        revision=1,
    )
    assert store.get("acme", "a") == expected
    assert list(store.of_user("acme", "ann", limit=1)) == [expected]
    assert store.get("acme", "a").goal == "frontend"


def test_a_path_is_saved_once(store: SavedPaths) -> None:
    """Saving again under the same id changes nothing, also when the path was changed meanwhile."""
    save(store, "a")
    store.change(store.get("acme", "a"), done_weeks=[1])
    save(store, "a", weeks=9)
    path = store.get("acme", "a")
    assert (path.request["weeks"], path.done_weeks, path.revision) == (2, (1,), 2)
    assert ids(store) == ["a"]


def test_the_newest_come_first(store: SavedPaths) -> None:
    """A list is by time, newest first, and as long as was asked for."""
    for id_ in ("b", "c", "a"):
        save(store, id_)
    assert ids(store) == ["a", "c", "b"]
    assert ids(store, limit=2) == ["a", "c"]


def test_a_list_goes_on_where_it_stopped(store: SavedPaths) -> None:
    """What comes after a path in the list is what is older, also when that path is gone by then."""
    for id_ in ("b", "c", "a"):
        save(store, id_)
    last = store.get("acme", "c")
    assert ids(store, before=(last.created_at, last.id)) == ["b"]
    store.delete("acme", "c")
    assert ids(store, before=(last.created_at, last.id)) == ["b"]


def test_paths_of_one_time_go_by_id(make_store: MakeStore) -> None:
    """Paths of the same moment are each listed once over two pages; capitals come before small letters."""
    store = make_store(Clock(0))
    for id_ in ("b", "C", "a"):
        save(store, id_)
    assert ids(store) == ["b", "a", "C"]
    assert ids(store, before=(MONDAY, "b")) == ["a", "C"]


def test_a_change_makes_the_next_version(store: SavedPaths) -> None:
    """What is given replaces what was; the rest stays; the revision and the time go on."""
    save(store, "a")
    first = store.change(store.get("acme", "a"), done_weeks=[1])
    assert (first.done_weeks, first.plan, first.revision) == ((1,), PLAN, 2)
    second = store.change(first, request={**REQUEST, "weeks": 3}, plan={**PLAN, "coverage": 1.0})
    assert second == store.get("acme", "a")
    assert (second.request["weeks"], second.plan["coverage"], second.done_weeks) == (3, 1.0, (1,))
    assert (second.revision, second.created_at, second.updated_at) == (
        3,
        MONDAY,
        MONDAY + timedelta(seconds=2),
    )
    assert store.change(second, done_weeks=[]).done_weeks == ()


def test_a_change_of_an_old_version_is_refused(store: SavedPaths) -> None:
    """Of two who read the same version the second is told, and what the first wrote stays."""
    save(store, "a")
    read = store.get("acme", "a")
    store.change(read, done_weeks=[1])
    with pytest.raises(PathChanged, match="at revision 2 and not at 1"):
        store.change(read, done_weeks=[2])
    assert store.get("acme", "a").done_weeks == (1,)


def test_of_many_at_once_one_wins(store: SavedPaths) -> None:
    """Eight changes of one version: one is made, seven are refused."""
    save(store, "a")
    read = store.get("acme", "a")

    def change(week: int) -> int:
        try:
            return store.change(read, done_weeks=[week]).done_weeks[0]
        except PathChanged:
            return 0

    with ThreadPoolExecutor(8) as pool:
        made = [week for week in pool.map(change, range(1, 9)) if week]
    path = store.get("acme", "a")
    assert ([*path.done_weeks], path.revision) == (made, 2)
    assert len(made) == 1


def test_a_path_that_is_gone_is_not_changed(store: SavedPaths) -> None:
    """Changing what was deleted brings nothing back."""
    save(store, "a")
    read = store.get("acme", "a")
    store.delete("acme", "a")
    with pytest.raises(PathNotFound):
        store.change(read, done_weeks=[1])
    assert ids(store) == []


def test_a_path_is_deleted_once(store: SavedPaths) -> None:
    """The second time there is nothing to delete; other paths stay."""
    save(store, "a")
    save(store, "b")
    store.delete("acme", "a")
    with pytest.raises(PathNotFound):
        store.delete("acme", "a")
    assert ids(store) == ["b"]


def test_organisations_do_not_see_each_other(store: SavedPaths) -> None:
    """The same id and the same person elsewhere are another path: read, listed, changed, deleted apart."""
    save(store, "a")
    save(store, "a", organisation="rival", weeks=9)
    save(store, "b", organisation="rival")
    assert (ids(store), ids(store, organisation="rival")) == (["a"], ["b", "a"])
    store.change(store.get("rival", "a"), done_weeks=[2])
    assert (store.get("acme", "a").done_weeks, store.get("acme", "a").request["weeks"]) == ((), 2)
    with pytest.raises(PathNotFound):
        store.get("acme", "b")
    with pytest.raises(PathNotFound):
        store.delete("acme", "b")
    store.delete("acme", "a")
    assert store.get("rival", "a").done_weeks == (2,)


def test_people_have_lists_of_their_own(store: SavedPaths) -> None:
    """A list has the paths of one person, told apart to the letter."""
    save(store, "a")
    save(store, "b", user="Ann")
    assert (ids(store), ids(store, "Ann"), ids(store, "bob")) == (["a"], ["b"], [])


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_erasure_takes_the_paths_of_a_person(request: pytest.FixtureRequest, database: str) -> None:
    """Erasing a person deletes their paths and counts them; nobody else loses one."""
    engine = open_database(request.getfixturevalue(f"{database}_url"))
    store = StoredPaths(engine)
    save(store, "a")
    save(store, "b")
    save(store, "c", user="bob")
    assert erase_user(engine, "acme", "ann")["learning_paths"] == 2
    assert (ids(store), ids(store, "bob")) == ([], ["c"])
    engine.dispose()


def test_an_outage_is_said_to_be_one(tmp_path: Path) -> None:
    """A database that cannot be opened raises PortUnavailable from every method."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    store = StoredPaths(open_database(f"sqlite:///{folder}"))
    read = SavedPath(
        organisation="acme",
        id="a",
        user_id="ann",
        request=REQUEST,
        plan=PLAN,
        created_at=MONDAY,
        updated_at=MONDAY,
    )
    for call in (
        lambda: save(store, "a"),
        lambda: store.get("acme", "a"),
        lambda: store.of_user("acme", "ann", limit=1),
        lambda: store.change(read, done_weeks=[1]),
        lambda: store.delete("acme", "a"),
    ):
        with pytest.raises(PortUnavailable):
            call()
