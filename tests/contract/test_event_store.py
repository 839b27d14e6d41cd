"""What every store of events promises: on a dict, on SQLite, and on PostgreSQL."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from flows.errors import InvalidInput, PortUnavailable
from flows.ports import Appended, EventStore
from flows.signals.events import Event, Kind
from tasks.store.database import open_database
from tasks.store.erasure import erase_user
from tasks.store.events import StoredEvents
from tasks.store.in_memory_events import InMemoryEvents
from tasks.store.tables import users

MONDAY = datetime(2025, 1, 6, 9, tzinfo=UTC)


def at(minute: float) -> datetime:
    """A time on that Monday."""
    return MONDAY + timedelta(minutes=minute)


def happened(id_: str, minute: float = 0, **more: Any) -> Event:
    """An event of ann at acme, with what does not matter filled in."""
    fields = {"organisation": "acme", "user_id": "ann", "kind": Kind.CODE_WRITTEN, "at": at(minute)}
    return Event(id=id_, **(fields | more))


def ids(events: Sequence[Event]) -> list[str]:
    return [event.id for event in events]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[EventStore]:
    if request.param == "memory":
        yield InMemoryEvents()
        return
    engine = open_database(request.getfixturevalue(f"{request.param}_url"))
    yield StoredEvents(engine)
    engine.dispose()


def test_nobody_did_anything_at_first(store: EventStore) -> None:
    """A person and an organisation that nobody has seen have no events, which is no error."""
    assert store.of_user("acme", "ann") == []
    assert list(store.since("acme", MONDAY)) == []


def test_an_event_comes_back_as_it_was_sent(store: EventStore) -> None:
    """Every field comes back, those that were given and those that were not."""
    full = happened(
        "1",
        kind=Kind.EXERCISE_ATTEMPTED,
        session_id="s-1",
        skill="react-hooks",
        item="react-hooks/2",
        success=False,
        text="Maximum update depth exceeded",
        data={"language": "TypeScript", "tries": [1, 2.5, None, True], "nested": {"ü": "☃"}},
    )
    bare = happened("2", 1)
    assert store.append([full, bare]) == Appended((full, bare), 0)
    assert store.of_user("acme", "ann") == [full, bare]
    assert list(store.since("acme", MONDAY)) == [[full, bare]]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_can_be_stored(store: EventStore, kind: Kind) -> None:
    """There is no kind of event that a store does not take."""
    store.append([happened("1", kind=kind)])
    assert [event.kind for event in store.of_user("acme", "ann")] == [kind]


@pytest.mark.parametrize("success", [True, False, None])
def test_success_has_three_values(store: EventStore, success: bool | None) -> None:
    """What failed is told apart from what cannot fail."""
    store.append([happened("1", success=success)])
    assert [event.success for event in store.of_user("acme", "ann")] == [success]


def test_the_same_event_counts_once(store: EventStore) -> None:
    """A batch sent again stores nothing; one that was partly seen stores the rest, and says so."""
    first = store.append([happened("1"), happened("2", 1)])
    again = store.append([happened("1"), happened("2", 1)])
    partly = store.append([happened("2", 1), happened("3", 2)])
    assert (first.stored, first.duplicates) == (2, 0)
    assert (again.stored, again.duplicates) == (0, 2)
    assert (partly.stored, partly.duplicates, ids(partly.new)) == (1, 1, ["3"])
    assert ids(store.of_user("acme", "ann")) == ["1", "2", "3"]


def test_the_first_of_an_id_stays(store: EventStore) -> None:
    """Another event under an id that is taken changes nothing, in the same batch or later."""
    first = store.append([happened("1", text="first"), happened("1", text="second"), happened("2", 1)])
    store.append([happened("1", text="third", user_id="bob")])
    assert (ids(first.new), first.duplicates) == (["1", "2"], 1)
    assert [event.text for event in store.of_user("acme", "ann")] == ["first", ""]
    assert store.of_user("acme", "bob") == []


def test_new_events_come_back_in_the_order_sent(store: EventStore) -> None:
    """Who learns from new events gets them as the sender ordered them."""
    appended = store.append([happened("b", 2), happened("c", 1), happened("a", 3), happened("b", 2)])
    assert ids(appended.new) == ["b", "c", "a"]


def test_sending_nothing_stores_nothing(store: EventStore) -> None:
    """An empty batch is fine."""
    assert store.append([]) == Appended((), 0)


def test_late_events_land_right(store: EventStore) -> None:
    """Events are in the order in which they happened, whatever the order in which they came."""
    store.append([happened("last", 30), happened("first", 0)])
    store.append([happened("between", 15)])
    assert ids(store.of_user("acme", "ann")) == ["first", "between", "last"]
    assert [ids(page) for page in store.since("acme", MONDAY)] == [["first", "between", "last"]]


def test_events_of_one_time_are_in_order_of_their_ids(store: EventStore) -> None:
    """Ids decide by their code points, so that every store gives the same order."""
    store.append([happened(id_) for id_ in ("ä", "b", "a", "B", "10", "9", "𝄞", "\uffee")])
    expected = ["10", "9", "B", "a", "b", "ä", "\uffee", "𝄞"]
    assert ids(store.of_user("acme", "ann")) == expected
    assert [id_ for page in store.since("acme", MONDAY, page=3) for id_ in ids(page)] == expected


def test_times_are_kept_to_the_microsecond(store: EventStore) -> None:
    """Two events a microsecond apart are in that order, and come back in UTC."""
    delhi = timezone(timedelta(hours=5, minutes=30))
    later = datetime(2025, 1, 6, 14, 30, 0, 2, tzinfo=delhi)
    store.append([happened("a", at=later), happened("b", at=MONDAY + timedelta(microseconds=1))])
    found = store.of_user("acme", "ann")
    assert [event.at.isoformat() for event in found] == [
        "2025-01-06T09:00:00.000001+00:00",
        "2025-01-06T09:00:00.000002+00:00",
    ]


def test_a_person_s_events_from_a_time_on(store: EventStore) -> None:
    """``since`` leaves out what was before, and keeps what was at that very time."""
    store.append([happened(str(minute), minute) for minute in range(4)])
    assert ids(store.of_user("acme", "ann", since=at(2))) == ["2", "3"]
    delhi = timezone(timedelta(hours=5, minutes=30))
    assert ids(store.of_user("acme", "ann", since=at(3).astimezone(delhi))) == ["3"]


def test_a_person_s_events_of_some_kinds(store: EventStore) -> None:
    """``kinds`` keeps those that are wanted; none wanted gives none."""
    kinds = [Kind.ERROR_HIT, Kind.ERROR_RESOLVED, Kind.CODE_WRITTEN]
    store.append([happened(kind.value, n, kind=kind) for n, kind in enumerate(kinds)])
    wanted = (Kind.ERROR_RESOLVED, Kind.ERROR_HIT)
    assert ids(store.of_user("acme", "ann", kinds=wanted)) == ["error_hit", "error_resolved"]
    assert ids(store.of_user("acme", "ann", kinds={Kind.QUIZ_ANSWERED})) == []
    assert ids(store.of_user("acme", "ann", kinds=())) == []


@pytest.mark.parametrize(
    ("limit", "expected"), [(0, []), (1, ["3"]), (3, ["1", "2", "3"]), (9, ["0", "1", "2", "3"])]
)
def test_a_limit_keeps_the_newest(store: EventStore, limit: int, expected: list[str]) -> None:
    """Of more events than wanted the latest are given, and still the oldest first."""
    store.append([happened(str(minute), minute) for minute in range(4)])
    assert ids(store.of_user("acme", "ann", limit=limit)) == expected


def test_since_kinds_and_limit_go_together(store: EventStore) -> None:
    """The newest of those that are wanted are given."""
    kinds = [Kind.ERROR_HIT, Kind.CODE_WRITTEN]
    store.append([happened(str(n), n, kind=kinds[n % 2]) for n in range(8)])
    found = store.of_user("acme", "ann", since=at(1), kinds=[Kind.ERROR_HIT], limit=2)
    assert ids(found) == ["4", "6"]


def test_people_are_told_apart(store: EventStore) -> None:
    """One person's events are not another's, in the same organisation."""
    store.append([happened("1"), happened("2", user_id="bob"), happened("3", user_id="Ann")])
    assert ids(store.of_user("acme", "ann")) == ["1"]
    assert [ids(page) for page in store.since("acme", MONDAY)] == [["1", "2", "3"]]


def test_organisations_do_not_see_each_other(store: EventStore) -> None:
    """The same user id and event id in two organisations are two people and two events."""
    store.append([happened("1", text="ours"), happened("2")])
    appended = store.append([happened("1", organisation="rival", text="theirs")])
    assert (appended.stored, appended.duplicates) == (1, 0)
    assert [event.text for event in store.of_user("rival", "ann")] == ["theirs"]
    assert [ids(page) for page in store.since("rival", MONDAY)] == [["1"]]
    assert [event.text for event in store.of_user("acme", "ann")] == ["ours", ""]
    assert store.of_user("nobody", "ann") == []


def test_one_batch_may_be_of_several_organisations(store: EventStore) -> None:
    """Each event goes to the organisation that it names."""
    batch = [happened("1", organisation="rival"), happened("1"), happened("2", organisation="rival")]
    assert store.append(batch) == Appended(tuple(batch), 0)
    assert ids(store.of_user("rival", "ann")) == ["1", "2"]
    assert ids(store.of_user("acme", "ann")) == ["1"]


@pytest.mark.parametrize("page", [1, 2, 3, 5, 6])
def test_pages_hold_everything_once(store: EventStore, page: int) -> None:
    """Pages are full but the last, none is empty, and no event is missing or given twice."""
    minutes = [0, 0, 1, 1, 1]
    store.append([happened(str(n), minute) for n, minute in enumerate(minutes)])
    pages = [ids(events) for events in store.since("acme", at(0), page=page)]
    assert [id_ for events in pages for id_ in events] == ["0", "1", "2", "3", "4"]
    assert {len(events) for events in pages[:-1]} <= {page}
    assert 0 < len(pages[-1]) <= page


def test_pages_begin_at_the_moment(store: EventStore) -> None:
    """What was before the moment is left out, what was at it is not."""
    store.append([happened(str(minute), minute) for minute in range(4)])
    assert [ids(page) for page in store.since("acme", at(1), page=2)] == [["1", "2"], ["3"]]


@pytest.mark.parametrize("text", ["☃ 𝄞", "'; DROP TABLE events; --", "a/b:c%_", ""])
def test_any_id_works(store: EventStore, text: str) -> None:
    """Ids are only compared, whatever characters they have."""
    sent = happened(text, organisation=text, user_id=text, session_id=text, skill=text, item=text)
    store.append([sent])
    assert store.of_user(text, text) == [sent]


def test_any_text_can_be_sent(store: EventStore) -> None:
    """A compiler may print anything: what no database keeps is replaced, and data keeps all."""
    odd = "a\x00b\ud800c\r\n\x1b[31m"
    store.append([happened("1", text=odd, data={odd: odd})])
    (found,) = store.of_user("acme", "ann")
    assert found.text == "a\ufffdb\ufffdc\r\n\x1b[31m"
    assert found.data == {odd: odd}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"user_id": "a\x00"}, "1/user_id"),
        ({"organisation": "a\x00"}, "1/organisation"),
        ({"session_id": "\ud800"}, "1/session_id"),
        ({"skill": "a\x00"}, "1/skill"),
        ({"item": "a\x00"}, "1/item"),
        ({"id": "a\x00"}, "1/id"),
        ({"at": datetime(2025, 1, 6, 9)}, "1/at"),  # noqa: DTZ001
        ({"data": {"odd": float("nan")}}, "1/data"),
        ({"data": {"made": MONDAY}}, "1/data"),
        ({"data": ["no", "mapping"]}, "1/data"),
    ],
)
def test_what_cannot_be_kept_is_refused(store: EventStore, changes: dict[str, Any], field: str) -> None:
    """An event that would not come back as it was is refused by place and field, with all its batch."""
    with pytest.raises(InvalidInput) as caught:
        store.append([happened("0"), replace(happened("1"), **changes)])
    assert caught.value.field == field
    assert store.of_user("acme", "ann") == []


def test_what_was_sent_and_given_is_a_snapshot(store: EventStore) -> None:
    """Neither the sender's nor a reader's change to data reaches what is stored."""
    data = {"lines": [1]}
    store.append([happened("1", data=data)])
    data["lines"].append(2)
    (found,) = store.of_user("acme", "ann")
    assert found.data == {"lines": [1]}
    assert isinstance(found.data, dict)
    found.data.clear()
    (again,) = store.of_user("acme", "ann")
    assert again.data == {"lines": [1]}


def test_a_large_batch_is_stored_whole(store: EventStore) -> None:
    """More events than fit into one statement arrive all, and are counted right."""
    store.append([happened(f"{n:04}", n) for n in range(0, 2500, 5)])
    appended = store.append([happened(f"{n:04}", n) for n in range(2500)])
    assert (appended.stored, appended.duplicates) == (2000, 500)
    assert ids(store.of_user("acme", "ann")) == [f"{n:04}" for n in range(2500)]
    assert [len(page) for page in store.since("acme", MONDAY)] == [1000, 1000, 500]


def test_senders_at_the_same_time_all_count(store: EventStore) -> None:
    """Threads that send overlapping batches in any order store each event once between them."""

    def send(number: int) -> int:
        batch = [happened(str(n), n, user_id=f"user-{n % 3}") for n in range(number, number + 20)]
        return store.append(batch if number % 2 else batch[::-1]).stored

    with ThreadPoolExecutor(4) as pool:
        stored = sum(pool.map(send, range(30)))
    assert stored == 49
    assert [len(page) for page in store.since("acme", MONDAY)] == [49]


def test_senders_of_the_same_do_not_block_each_other(store: EventStore) -> None:
    """Two who send the same large batch at once, one of them backwards, both get through each time."""
    store.append([happened("first")])
    for number in range(8):
        batch = [happened(f"{number}-{n}", n) for n in range(800)]
        with ThreadPoolExecutor(2) as pool:
            stored = list(pool.map(lambda sent: store.append(sent).stored, (batch, batch[::-1])))
        assert sum(stored) == 800


def test_people_come_into_being_with_their_events(engine: Engine) -> None:
    """Who was not known is there afterwards, and so is the organisation; who was there stays the same."""
    store = StoredEvents(engine)
    store.append([happened("1")])
    with engine.begin() as connection:
        connection.execute(users.update().values(name="Ann", level="mid"))
    store.append([happened("2"), happened("3", user_id="bob")])
    with engine.connect() as connection:
        found = connection.execute(
            select(users.c["organisation_id", "id", "name", "level"]).order_by(users.c.id)
        ).all()
    assert found == [("acme", "ann", "Ann", "mid"), ("acme", "bob", None, None)]


@pytest.mark.parametrize(("count", "statements"), [(1, 1), (1000, 1), (1001, 2)])
def test_a_batch_is_one_statement(engine: Engine, count: int, statements: int) -> None:
    """A thousand events go to the database in one INSERT."""
    inserts: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda *given: inserts.append(given[2]) if "INTO events" in given[2] else None,
    )
    StoredEvents(engine).append([happened(str(n), n) for n in range(count)])
    assert len(inserts) == statements


def test_a_page_is_read_from_the_index(engine: Engine) -> None:
    """Neither question sorts or scans the whole table."""
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    queries: list[tuple[str, Any]] = []
    StoredEvents(engine).append([happened(str(n), n) for n in range(100)])
    event.listen(engine, "before_cursor_execute", lambda *given: queries.append((given[2], given[3])))
    StoredEvents(engine).of_user("acme", "ann", since=at(5), limit=10)
    list(StoredEvents(engine).since("acme", at(5), page=50))
    asked = list(queries)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")  # The table is too small to matter.
            connection.exec_driver_sql("SET enable_bitmapscan = off")
        for query, parameters in asked:
            plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + query, parameters))
            assert "ix_events_organisation_id_" in plan
            assert "sort" not in plan.lower()
            assert "temp b-tree" not in plan.lower()
    assert len(asked) == 3


def test_events_that_cross_an_erasure_start_anew(postgresql_url: str) -> None:
    """A person who is erased while a batch of theirs is written is somebody new with that batch."""
    engine, elsewhere = open_database(postgresql_url), open_database(postgresql_url)
    store = StoredEvents(engine)
    store.append([happened("1")])
    erased = []

    def erase(*given: Any) -> None:
        if "INTO events" in given[2] and not erased:
            erased.append(erase_user(elsewhere, "acme", "ann"))

    event.listen(engine, "before_cursor_execute", erase)
    assert store.append([happened("2", 1)]).stored == 1
    assert erased[0]["events"] == 1
    assert ids(store.of_user("acme", "ann")) == ["2"]
    engine.dispose()
    elsewhere.dispose()


def test_an_outage_is_said_to_be_one(tmp_path: Path) -> None:
    """A database that cannot be opened raises PortUnavailable, so that asking again is worth it."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    addresses = [f"sqlite:///{folder}", "postgresql://nobody@127.0.0.1:1/nothing"]
    for store in (StoredEvents(open_database(url)) for url in addresses):
        for ask in (
            lambda store=store: store.append([happened("1")]),
            lambda store=store: store.of_user("acme", "ann"),
            lambda store=store: list(store.since("acme", MONDAY)),
        ):
            with pytest.raises(PortUnavailable):
                ask()


def test_a_session_has_its_newest_events_oldest_first(store: EventStore) -> None:
    """Whoever they are of, in order of time, and no more than asked for; other sessions stay out."""
    store.append(
        [
            happened("3", 3, session_id="s"),
            happened("1", 1, session_id="s"),
            happened("2", 2, session_id="s", user_id="bob"),
            happened("4", 4, session_id="t"),
            happened("5", 5),
            happened("6", 6, session_id="s", organisation="rival"),
        ]
    )
    assert ids(store.of_session("acme", "s", 10)) == ["1", "2", "3"]
    assert ids(store.of_session("acme", "s", 2)) == ["2", "3"]
    assert store.of_session("acme", "unknown", 10) == []
