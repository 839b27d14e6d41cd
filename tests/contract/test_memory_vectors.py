"""Memories found by meaning, and an index that holds what the store does: on SQLite and PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select

from flows.errors import BreakerOpen, InvalidInput, PortUnavailable
from flows.memory.model import Visibility
from tasks.memory_vectors.neighbours import NOT_KNOWN_S
from tasks.memory_vectors.reconciler import BATCH
from tasks.store.erasure import erase_user
from tasks.store.tables import memory_indexes, organisations
from tasks.store.vector_claims import CLAIM, State
from tasks.store.vector_rows import Held, VectorRows
from tests.fakes.embeddings import vector_of
from tests.memories import NOW, remembered
from tests.vectors import (
    ENOUGH_S,
    Place,
    ids,
    later,
    numbers,
    on_sqlite,
    outcomes,
    recall,
    reconcile,
    rows,
    vectors_at,
)

EVERYONE = Visibility.ORGANISATION
SYNONYM = "My laptop is stuck on boot."
QUESTION = "frozen computer boot"  #: Of its words, the memory above has one of three.


@pytest.fixture
def place(engine: Engine) -> Iterator[Place]:
    with vectors_at(engine) as found:
        yield found


def test_meaning_finds_what_words_do_not(place: Place) -> None:
    """A question in other words finds a memory, which says so; without the index it does not."""
    words = [remembered(f"other-{n}", f"Number {n} is about boot.", user_id="bob") for n in range(30)]
    place.bank.add("acme", [remembered("1", "My laptop is stuck."), *words])
    assert recall(place, "frozen computer") == []
    before = outcomes()
    assert reconcile(place) == {"indexed": 31}
    (found,) = recall(place.again(), "frozen computer")
    assert (found.memory.id, found.matched) == ("1", ())
    assert found.parts.similarity > 0.3
    assert outcomes()["used"] == before.get("used", 0) + 1


@on_sqlite
def test_nothing_is_asked_before_there_is_an_index(place: Place) -> None:
    """Neither of the servers hears of a question; once there is an index, a running process soon knows."""
    place.bank.add("acme", [remembered("1", SYNONYM)])
    assert ids(recall(place, "laptop")) == ["1"]
    assert (place.model.calls, place.qdrant.calls) == ([], [])
    clock = [0.0]
    place.vectors.neighbours.clock = lambda: clock[0]
    place.vectors.neighbours._look_again_s = 0.0
    recall(place, "laptop")
    reconcile(place)
    recall(place, "laptop")
    assert place.model.embedded[-1].startswith("search_document: ")
    clock[0] = NOT_KNOWN_S
    recall(place, "laptop")
    assert place.model.embedded[-1] == "search_query: laptop"


@on_sqlite
def test_the_index_holds_no_text(place: Place) -> None:
    """Of a memory it knows the number, whose it is, its kind and who may see it."""
    place.bank.add("acme", [remembered("1", "secret", title="secret", visibility=EVERYONE)])
    reconcile(place)
    payload = {"organisation": "acme", "user": "ann", "kind": "solution", "visibility": "organisation"}
    assert place.points() == {numbers(place)["1"]: payload}
    assert all(b"secret" not in call.body for call in place.qdrant.calls)


def test_a_run_with_nothing_to_do_changes_nothing(place: Place) -> None:
    """What was indexed once is not embedded again."""
    place.bank.add("acme", [remembered(str(n), f"text {n}") for n in range(BATCH + 5)])
    assert reconcile(place) == {"indexed": BATCH + 5}
    asked = len(place.model.calls)
    assert reconcile(place) == {}
    assert len(place.model.calls) == asked
    assert set(rows(place).values()) == {"indexed"}


def test_runs_beside_each_other_do_each_memory_once(place: Place) -> None:
    """Each takes batches that no other has."""
    place.bank.add("acme", [remembered(str(n), f"text {n}") for n in range(4 * BATCH)])
    reconcile(place.again())  # So that the index is there and nobody has to begin it.
    place.bank.add("acme", [remembered(f"more-{n}", f"text {n}") for n in range(4 * BATCH)])
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda at: reconcile(at), [place.again() for _ in range(3)]))
    assert sum(each.get("indexed", 0) for each in done) == 4 * BATCH
    assert len(place.points()) == 8 * BATCH
    assert set(rows(place).values()) == {"indexed"}


def test_an_erasure_reaches_an_index_that_was_away(place: Place) -> None:
    """While Qdrant is down the rows stay; the first run after takes the points out, without the model."""
    place.bank.add("acme", [remembered("1", visibility=EVERYONE), remembered("2", "two", user_id="bob")])
    reconcile(place)
    place.qdrant.behave("close")
    erase_user(place.engine, "acme", "ann")
    with pytest.raises(PortUnavailable):
        reconcile(place)
    assert len(place.points()) == len(rows(place)) == 2
    place.qdrant.behave("normal")
    place.model.behave("close")
    assert reconcile(place.again()) == {"removed": 1}
    assert [payload["user"] for payload in place.points().values()] == ["bob"]
    assert len(rows(place)) == 1


@pytest.mark.parametrize("gone", ["forgotten", "organisation"])
def test_what_is_gone_from_the_store_goes_from_the_index(place: Place, gone: str) -> None:
    """A memory that its owner forgot, and everything of an organisation that left."""
    place.bank.add("acme", [remembered("1")])
    place.bank.add("rival", [remembered("1", organisation="rival")])
    reconcile(place)
    if gone == "forgotten":
        place.bank.delete("acme", "ann", "1")
    else:
        with place.engine.begin() as connection:
            connection.execute(delete(organisations).where(organisations.c.id == "acme"))
    assert reconcile(place) == {"removed": 1}
    assert [payload["organisation"] for payload in place.points().values()] == ["rival"]


def test_a_text_that_came_back_as_another_is_embedded_again(place: Place) -> None:
    """An id that was forgotten and is used again has the same number, and must not keep the old vector."""
    place.bank.add("acme", [remembered("1", "old words")])
    reconcile(place)
    place.bank.delete("acme", "ann", "1")
    place.bank.add("acme", [remembered("1", "new thing")])
    assert reconcile(place) == {"removed": 1, "indexed": 1}
    ((vector, _),) = (p for it in place.qdrant.collections.values() for p in it.points.values())
    assert vector == pytest.approx(vector_of("new thing"))


def test_a_text_that_changed_while_it_was_embedded_is_embedded_again(place: Place) -> None:
    """The run that had the old text does not have the last word."""
    place.bank.add("acme", [remembered("1", "old words")])
    reconcile(place)
    place.bank.delete("acme", "ann", "1")
    place.bank.add("acme", [remembered("1", "words between")])
    honest, changed = place.model.respond, []

    def meanwhile(call: Any) -> tuple[int, bytes]:
        if not changed:
            changed.append(1)
            place.bank.delete("acme", "ann", "1")
            place.bank.add("acme", [remembered("1", "new thing")])
        return honest(call)

    place.model.respond = meanwhile  # type: ignore[method-assign]
    assert reconcile(place) == {"removed": 1}
    assert set(rows(place).values()) == {"outdated"}
    assert reconcile(place) == {"removed": 1, "indexed": 1}
    ((vector, _),) = (p for it in place.qdrant.collections.values() for p in it.points.values())
    assert vector == pytest.approx(vector_of("new thing"))


def test_a_person_erased_while_they_were_embedded_leaves_no_point(place: Place) -> None:
    """The point comes after the memory went: its row is still there, and takes it out."""
    place.bank.add("acme", [remembered("0", "first", user_id="bob")])
    reconcile(place)
    place.bank.add("acme", [remembered("1")])
    honest = place.model.respond

    def meanwhile(call: Any) -> tuple[int, bytes]:
        erase_user(place.engine, "acme", "ann")
        later(place.again(), timedelta(0)).reconcile(ENOUGH_S)  # Another run, which sees the orphan.
        return honest(call)

    place.model.respond = meanwhile  # type: ignore[method-assign]
    reconcile(place)
    place.model.respond = honest  # type: ignore[method-assign]
    reconcile(place)
    assert [payload["user"] for payload in place.points().values()] == ["bob"]
    assert len(rows(place)) == 1


def test_what_a_killed_run_had_claimed_is_taken_up(place: Place) -> None:
    """After the claim has run out, and not before."""
    place.bank.add("acme", [remembered("1")])
    reconcile(place)
    (collection,) = place.qdrant.collections
    place.bank.add("acme", [remembered("2", "two")])
    VectorRows(place.engine).claim(collection, -1, BATCH)
    assert reconcile(place) == {}
    assert later(place, CLAIM).reconcile(ENOUGH_S) == {"indexed": 1}


def test_a_row_whose_point_may_be_on_its_way_outlives_its_memory(place: Place) -> None:
    """It goes when no run can still be writing the point."""
    place.bank.add("acme", [remembered("1")])
    reconcile(place)
    (collection,) = place.qdrant.collections
    place.bank.add("acme", [remembered("2", "two")])
    VectorRows(place.engine).claim(collection, -1, BATCH)
    erase_user(place.engine, "acme", "ann")
    assert reconcile(place) == {"removed": 1}
    assert set(rows(place).values()) == {"claimed"}
    assert later(place, CLAIM).reconcile(ENOUGH_S) == {"removed": 1}
    assert rows(place) == {}


@on_sqlite
def test_a_model_that_is_away_costs_nothing_but_time(place: Place) -> None:
    """What was claimed for it is free at once, and taken when it is back."""
    place.bank.add("acme", [remembered("1")])
    reconcile(place)
    place.bank.add("acme", [remembered("2", "two")])
    place.model.behave("close")
    with pytest.raises(PortUnavailable):
        reconcile(place)
    place.model.behave("normal")
    assert reconcile(place) == {"indexed": 1}


@on_sqlite
def test_a_text_that_the_model_does_not_take_holds_nobody_up(place: Place) -> None:
    """It is tried cut short; one that is not taken even then is left out, also when it comes alone."""
    long, hopeless = "many words " * 90, "x" * 399
    place.bank.add("acme", [remembered("ok", "short"), remembered("long", long)])
    place.model.most_characters = 450
    assert reconcile(place) == {"indexed": 2}
    place.model.most_characters = 200
    place.bank.add("acme", [remembered("hopeless", hopeless)])
    assert reconcile(place) == {"refused": 1}
    assert reconcile(place) == {}
    assert ids(recall(place, hopeless)) == ["hopeless"]


@pytest.mark.parametrize("how", ["all", "some"])
def test_points_that_an_index_lost_are_made_again(place: Place, how: str) -> None:
    """A new disk, an old snapshot: what the rows say and what is there are counted."""
    place.bank.add("acme", [remembered(str(n), f"text {n}") for n in range(5)])
    reconcile(place)
    ((name, collection),) = place.qdrant.collections.items()
    if how == "all":
        place.qdrant.drop(name, None)
        lost = 5
    else:
        for number in list(collection.points)[:2]:
            del collection.points[number]
        lost = 2
    assert later(place, timedelta(minutes=1)).reconcile(ENOUGH_S) == {"lost": lost, "indexed": lost}
    assert place.points().keys() == set(numbers(place).values())


def test_points_without_a_row_are_taken_out(place: Place) -> None:
    """Nobody would ever take them out when their memory goes."""
    place.bank.add("acme", [remembered("1")])
    reconcile(place)
    (collection,) = place.qdrant.collections.values()
    collection.points |= {7: (vector_of("x"), {}), 2**63 - 1: (vector_of("x"), {})}
    assert reconcile(place) == {"strange": 2}
    assert set(place.points()) == set(numbers(place).values())


def test_another_model_gets_another_collection(place: Place) -> None:
    """Vectors of two models never meet; the old ones go when the new ones are all there."""
    place.bank.add("acme", [remembered("1", SYNONYM)])
    reconcile(place)
    (old,) = place.qdrant.collections
    place.model.model = "mxbai-embed-large"
    new = place.again(EMBEDDING_MODEL="mxbai-embed-large")
    assert ids(recall(new, QUESTION)) == ids(recall(new, "boot")) == ["1"]
    assert reconcile(new) == {"indexed": 1, "dropped": 1}
    assert [
        name.startswith("learning-memories-mxbai-embed-large-384-") for name in place.qdrant.collections
    ] == [True]
    with place.engine.connect() as connection:
        assert old not in connection.execute(select(memory_indexes.c.collection)).scalars().all()


@on_sqlite
def test_a_model_that_knows_nothing_is_not_used(place: Place) -> None:
    """A model to which everything is alike is refused with a sentence, and no index is made."""
    place.model.respond = lambda call: (  # type: ignore[method-assign]
        200,
        b'{"embeddings": [' + b",".join([b"[1.0, 0.5]"] * 8) + b"]}",
    )
    with pytest.raises(InvalidInput, match="cannot tell answers"):
        reconcile(place)
    assert place.qdrant.collections == {}


def test_an_index_is_thrown_away_and_made_anew(place: Place) -> None:
    """All of it, with what was known of its model."""
    place.bank.add("acme", [remembered("1"), remembered("2", "two")])
    reconcile(place)
    place.vectors.index.rebuild()
    assert (place.qdrant.collections, rows(place)) == ({}, {})
    assert reconcile(place) == {"indexed": 2}
    name, counts = place.vectors.index.counts()
    assert (counts.indexed, counts.memories, list(place.qdrant.collections)) == (2, 2, [name])


def test_a_run_ends_when_its_time_is_up(place: Place) -> None:
    """After the batch that it is at; the next run goes on."""
    place.bank.add("acme", [remembered(str(n), f"text {n}") for n in range(2 * BATCH)])
    assert place.vectors.index.reconcile(0.0) == {"indexed": BATCH}
    assert reconcile(place) == {"indexed": BATCH}


def shared(place: Place) -> None:
    """Memories of several people and organisations, all about the same."""
    place.bank.add(
        "acme",
        [
            remembered("mine", f"{SYNONYM} mine"),
            remembered("eves", f"{SYNONYM} eves", user_id="eve"),
            remembered("everyones", f"{SYNONYM} everyones", user_id="eve", visibility=EVERYONE),
        ],
    )
    theirs = remembered("theirs", f"{SYNONYM} theirs", organisation="rival", visibility=EVERYONE)
    place.bank.add("rival", [theirs])
    reconcile(place)


def test_an_index_that_lies_shows_nobody_a_foreign_memory(place: Place) -> None:
    """Whatever numbers it names, the store gives only what the person may see, and of what exists."""
    shared(place)
    everything = [*place.points(), 7, 2**63 - 1]
    place.qdrant.lie = lambda _: [{"id": number, "score": 1.0} for number in everything]
    assert set(ids(recall(place, "entirely different question"))) == {"mine", "everyones"}
    assert set(ids(recall(place, QUESTION, organisation="rival"))) == {"theirs"}
    assert recall(place, "entirely different question", organisation="nowhere") == []


@on_sqlite
def test_a_search_asks_for_nothing_foreign(place: Place) -> None:
    """An index that tells the truth is not even asked for others' memories."""
    shared(place)
    seen: list[int] = []

    def listen(found: dict[int, float]) -> list[dict[str, Any]]:
        seen.extend(found)
        return []

    place.qdrant.lie = listen
    recall(place, QUESTION)
    assert set(seen) == {numbers(place)["mine"], numbers(place)["everyones"]}


LIES: dict[str, Any] = {
    "no list": {"points": 1},
    "no number": [{"id": "x", "score": 1.0}],
    "too large": [{"id": 2**63, "score": 1.0}],
    "no score": [{"id": 1}],
    "text as score": [{"id": 1, "score": "1"}],
    "score without end": [{"id": 1, "score": 10**400}],
}


@on_sqlite
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_an_answer_that_cannot_be_read_leaves_the_words(place: Place, lie: Any) -> None:
    """The result is that of the words alone, exactly, and it is counted."""
    shared(place)
    place.qdrant.lie = lambda _: lie
    expected = list(type(place.bank)(place.engine).recall("acme", "ann", QUESTION, 10, now=NOW))
    before = outcomes().get("bad_upstream_answer", 0)
    assert recall(place, QUESTION) == expected
    assert len(expected) == 2
    assert outcomes()["bad_upstream_answer"] == before + 1


HOW = [
    {"mode": "status", "status": 500},
    {"mode": "status", "status": 404},
    {"mode": "bad_json"},
    {"mode": "close"},
    {"mode": "hang"},
    {"mode": "slow", "wait_s": 5.0},
    {"mode": "garbage"},
]


@on_sqlite
@pytest.mark.parametrize("who", ["model", "qdrant"])
@pytest.mark.parametrize("how", HOW, ids=str)
def test_whatever_goes_wrong_leaves_the_words(place: Place, who: str, how: dict[str, Any]) -> None:
    """No error and the result of the words alone; and once the breaker is open nobody is asked."""
    shared(place)
    expected = list(type(place.bank)(place.engine).recall("acme", "ann", QUESTION, 10, now=NOW))
    hurried = place.again(MEMORY_VECTORS_MS="60")
    server = getattr(place, who)
    server.behave(**how)
    asked = len(server.calls)
    before, used = outcomes().get(BreakerOpen.code, 0), outcomes().get("used", 0)
    for _ in range(10):
        assert recall(hurried, QUESTION) == expected
    assert outcomes().get("used", 0) == used
    if how.get("status") == 404:  # An answer, if a useless one: the server is well.
        return
    assert outcomes()[BreakerOpen.code] > before
    assert len(server.calls) - asked < 10


@on_sqlite
def test_a_vector_of_another_length_leaves_the_words(place: Place) -> None:
    """A model that was replaced under its name is not asked about in the old collection."""
    shared(place)
    place.model.respond = lambda call: (200, b'{"embeddings": [[1.0, 0.5]]}')  # type: ignore[method-assign]
    before = len([call for call in place.qdrant.calls if call.path.endswith("query")])
    assert set(ids(recall(place, "laptop"))) == {"mine", "everyones"}
    assert len([call for call in place.qdrant.calls if call.path.endswith("query")]) == before
    place.bank.add("acme", [remembered("new", "new")])
    with pytest.raises(PortUnavailable, match="--rebuild"):
        reconcile(place)


@on_sqlite
def test_a_question_without_words_asks_nobody(place: Place) -> None:
    """The newest come, as ever."""
    shared(place)
    asked = len(place.model.calls)
    assert set(ids(recall(place, " ... "))) == {"mine", "everyones"}
    assert len(place.model.calls) == asked


def test_letting_go_of_rows_leaves_those_of_others(place: Place) -> None:
    """A row goes by organisation, number and collection together, and while it says what it did."""
    place.bank.add("acme", [remembered("1")])
    reconcile(place)
    (collection,) = place.qdrant.collections
    number, rows_of = numbers(place)["1"], VectorRows(place.engine)
    others = [
        Held("rival", number, collection, State.INDEXED),
        Held("acme", number, "other", State.INDEXED),
        Held("acme", number, collection, State.OUTDATED),
    ]
    assert rows_of.let_go(others) == 0
    assert rows_of.let_go([Held("acme", number, collection, State.INDEXED)]) == 1
    assert State.INDEXED.value not in rows(place).values()
