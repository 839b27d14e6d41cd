"""Keeping the index of vectors right whatever comes in between: on SQLite and PostgreSQL."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, select

from flows.errors import PortUnavailable
from flows.memory.model import Visibility
from tasks.memory_vectors import comparing
from tasks.memory_vectors.neighbours import NOT_KNOWN_S
from tasks.memory_vectors.reconciler import BATCH, COMPARED_EVERY
from tasks.store.database import open_database
from tasks.store.erasure import erase_user
from tasks.store.tables import memories, memory_indexes
from tasks.store.vector_claims import REFUSED_FOR
from tasks.store.vector_rows import VectorRows
from tests.fakes.embeddings import vector_of
from tests.fakes.upstream_server import Call
from tests.memories import remembered
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


@pytest.fixture
def place(engine: Engine) -> Iterator[Place]:
    with vectors_at(engine) as found:
        yield found


def add(place: Place, *texts: str, **more: Any) -> None:
    """Memories whose ids are their texts."""
    place.bank.add("acme", [remembered(text, text, **more) for text in texts])


def scores(place: Place, query: str) -> dict[str, float]:
    return {each.memory.id: each.score for each in recall(place, query)}


def vectors(place: Place) -> list[list[float]]:
    """All that the index has."""
    return [vector for it in place.qdrant.collections.values() for vector, _ in it.points.values()]


@on_sqlite
def test_an_index_has_no_part_before_it_is_full(place: Place) -> None:
    """While it is filled recall goes by words alone, with their scores; a process soon knows that it is."""
    clock = [0.0]
    place.vectors.neighbours.clock = lambda: clock[0]
    add(place, *(f"wall clock {n}" for n in range(2 * BATCH)))
    by_words = scores(place, "wall clock 3")
    assert place.vectors.index.reconcile(0.0) == {"indexed": BATCH}
    before = outcomes().get("no_index", 0)
    clock[0] = NOT_KNOWN_S
    assert scores(place, "wall clock 3") == by_words
    assert outcomes()["no_index"] == before + 1
    assert reconcile(place) == {"indexed": BATCH}
    clock[0] = 2 * NOT_KNOWN_S
    used = outcomes().get("used", 0)
    recall(place, "wall clock 3")
    assert outcomes()["used"] == used + 1


def test_a_memory_that_is_not_indexed_yet_keeps_its_score(place: Place) -> None:
    """What fits best by words comes first a second after it was added, and so it does when it is indexed;
    what the index has and is not near loses by that."""
    place.bank.add("acme", [remembered("old", "heap grows slowly in the night"), remembered("2", "other")])
    reconcile(place)
    place.bank.add("acme", [remembered("new", "heap grows")])
    new, old = recall(place, "heap grows")
    assert (new.memory.id, old.memory.id) == ("new", "old")
    assert (new.parts.text, new.parts.similarity) == (1.0, 0.0)
    assert old.parts.similarity > 0
    assert ids(recall(place, "heap grows")) == ["new", "old"]
    reconcile(place)
    assert ids(recall(place, "heap grows")) == ["new", "old"]


@on_sqlite
def test_a_memory_that_is_far_loses_by_it(place: Place) -> None:
    """The index has it and does not name it among the nearest: so it means something else."""
    add(place, "heap grows", "other")
    reconcile(place)
    (by_words,) = place.again(QDRANT_COLLECTION="none-yet").bank.recall(
        "acme", "ann", "heap grows", 5, now=remembered("1").at
    )
    place.qdrant.lie = lambda _: []
    (far,) = place.bank.recall("acme", "ann", "heap grows", 5, now=remembered("1").at)
    assert far.parts.text == pytest.approx(by_words.parts.text / 2)


@on_sqlite
def test_an_index_that_lost_everything_is_filled_before_it_is_asked(place: Place) -> None:
    """A new disk is an index that has yet to be filled."""
    add(place, *(f"wall clock {n}" for n in range(2 * BATCH)))
    reconcile(place)
    for collection in place.qdrant.collections.values():
        collection.points.clear()
    place.vectors.index.reconcile(0.0)
    assert len(place.points()) == BATCH
    before = outcomes().get("no_index", 0)
    recall(place.again(), "wall clock 3")
    assert outcomes()["no_index"] == before + 1


def test_a_point_of_an_erased_person_goes_though_its_id_is_used_again(place: Place) -> None:
    """Bob stores something under the id that ann had: hers goes without the model, and his comes after."""
    place.bank.add("acme", [remembered("1", "old words", visibility=EVERYONE)])
    reconcile(place)
    erase_user(place.engine, "acme", "ann")
    place.bank.add("acme", [remembered("1", "new thing", user_id="bob")])
    place.model.behave("close")
    with pytest.raises(PortUnavailable):
        reconcile(place.again())
    assert (place.points(), set(rows(place).values())) == ({}, {"stale"})
    place.model.behave("normal")
    assert reconcile(place) == {"indexed": 1}
    assert [payload["user"] for payload in place.points().values()] == ["bob"]


@on_sqlite
def test_what_is_refused_leaves_no_point(place: Place) -> None:
    """A text that it took before has one, which would be out of reach."""
    add(place, "1")
    add(place, "x" * 300)
    reconcile(place)
    (collection,) = place.qdrant.collections
    number = numbers(place)["x" * 300]
    VectorRows(place.engine).lost(collection, [number])
    assert number in place.points()
    place.model.most_characters = 200
    assert reconcile(place)["refused"] == 1
    assert number not in place.points()


def test_a_text_is_read_when_its_claim_is_there_to_be_seen(postgresql_url: str) -> None:
    """Who changes it before does not see the claim, so the run must see the change."""
    engine = open_database(postgresql_url)
    with vectors_at(engine) as place:
        reconcile(place)
        place.bank.add("acme", [remembered("1", "old words")])
        changed: list[int] = []

        def meanwhile(_: Any) -> None:
            if not changed:
                changed.append(1)
                place.bank.delete("acme", "ann", "1")
                place.bank.add("acme", [remembered("1", "new thing")])

        claimed = place.again().vectors.index.rows
        watched = replace(place.vectors.index, rows=claimed)
        honest = claimed.claim

        def claim(*given: Any) -> Any:
            event.listen(engine, "commit", meanwhile)
            try:
                return honest(*given)
            finally:
                event.remove(engine, "commit", meanwhile)

        claimed.claim = claim  # type: ignore[method-assign]
        watched.reconcile(ENOUGH_S)
        assert changed
        assert vectors(place) == [pytest.approx(vector_of("new thing"))]
    engine.dispose()


def test_a_claim_that_a_new_text_ended_is_free_when_its_run_gives_up(place: Place) -> None:
    """The new text needs not wait until the claim has run out."""
    add(place, "0")
    reconcile(place)
    place.bank.add("acme", [remembered("1", "old words")])
    honest = place.model.respond

    def meanwhile(call: Call) -> tuple[int, bytes]:
        place.bank.delete("acme", "ann", "1")
        place.bank.add("acme", [remembered("1", "new thing")])
        return 400, b"{}"

    place.model.respond = meanwhile  # type: ignore[method-assign]
    with pytest.raises(PortUnavailable):
        reconcile(place)
    place.model.respond = honest  # type: ignore[method-assign]
    assert reconcile(place) == {"removed": 1, "indexed": 1}


def test_a_snapshot_that_brings_people_back_is_noticed(place: Place) -> None:
    """Also when it has as many points as there are rows: once a day, and when somebody asks for it.
    What the model refused has no point, so it makes no room for one."""
    add(place, "1", "2")
    reconcile(place)
    (collection,) = place.qdrant.collections.values()
    back = {7: (vector_of("erased"), {"user": "eve"})}
    collection.points = back | dict(list(collection.points.items())[:1])
    assert reconcile(place) == {}
    minute = later(place, timedelta(minutes=1))
    assert minute.reconcile(ENOUGH_S, whole=True) == {"strange": 1, "lost": 1, "indexed": 1}
    collection.points = back | dict(list(collection.points.items())[:1])
    day = later(place, COMPARED_EVERY + timedelta(minutes=2))
    assert day.reconcile(ENOUGH_S) == {"strange": 1, "lost": 1, "indexed": 1}
    place.model.most_characters = 200
    add(place, "x" * 300)
    assert reconcile(place) == {"refused": 1}
    collection.points |= back
    assert reconcile(place) == {"strange": 1}


@on_sqlite
@pytest.mark.parametrize("every", [1, 2])
def test_a_comparison_takes_pages_and_goes_on_where_it_was(
    place: Place, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    """Each run does one page at least; neither side is ever read whole, also where the other has nothing."""
    monkeypatch.setattr(comparing, "PAGE", 4)
    add(place, *(f"text {n}" for n in range(14)))
    reconcile(place)
    (collection,) = place.qdrant.collections.values()
    gone = sorted(collection.points)[1::every]
    for number in gone:
        del collection.points[number]
    collection.points |= {number: (vector_of("x"), {}) for number in (1, 2, 3, 4, 2**63 - 2)}
    index = later(place, timedelta(minutes=1))
    runs = [index.reconcile(0.0) for _ in range(6)]
    assert sum(run["lost"] for run in runs) == len(gone)
    assert (runs[0]["strange"], runs[0]["lost"]) == (4, 0)
    assert 0 < runs[1]["lost"] < runs[1]["lost"] + runs[2]["lost"] < len(gone)
    assert sum(run["strange"] for run in runs) == 5
    index.reconcile(ENOUGH_S)
    assert place.points().keys() == set(numbers(place).values())
    with place.engine.connect() as connection:
        assert connection.execute(select(memory_indexes.c.go_on_at)).scalar_one() == 0


@on_sqlite
@pytest.mark.parametrize("foreign", ["5c56c793-69f3-4fbf-87e6-c4bf54c28c26", 2**63])
def test_a_point_that_cannot_be_a_memorys_is_said_to_be_none(place: Place, foreign: Any) -> None:
    """Somebody else uses the collection: the error names the point, and what to do."""
    add(place, "1")
    reconcile(place)
    honest = place.qdrant.respond

    def theirs(call: Call) -> tuple[int, bytes]:
        if call.path.endswith("/scroll"):
            return 200, json.dumps({"result": {"points": [{"id": foreign}]}}).encode()
        return honest(call)

    place.qdrant.respond = theirs
    with pytest.raises(PortUnavailable, match=f"{foreign}.*QDRANT_COLLECTION"):
        place.vectors.index.reconcile(ENOUGH_S, whole=True)


def failing(honest: Callable[[Call], tuple[int, bytes]], text: str, times: int, status: int) -> Any:
    """A model that refuses calls with a text, so often."""
    left = [times]

    def respond(call: Call) -> tuple[int, bytes]:
        if text in call.body.decode() and left[0] > 0:
            left[0] -= 1
            return status, b"{}"
        return honest(call)

    return respond


@on_sqlite
@pytest.mark.parametrize("status", [429, 503])
def test_a_model_that_is_busy_for_a_moment_refuses_no_text(place: Place, status: int) -> None:
    """It is asked once more when it is known to be well."""
    add(place, "0")
    reconcile(place)
    add(place, "hurried", "other")
    place.model.respond = failing(place.model.respond, "hurried", 2, status)  # type: ignore[method-assign]
    assert reconcile(place) == {"indexed": 2}


@on_sqlite
def test_what_was_refused_is_tried_again_the_next_day(place: Place) -> None:
    """A server that takes more, or was out of sorts for longer."""
    place.model.most_characters = 200
    add(place, "x" * 300)
    assert reconcile(place) == {"refused": 1}
    place.model.most_characters = 1_000
    assert reconcile(place) == {}
    assert later(place, REFUSED_FOR).reconcile(ENOUGH_S) == {"indexed": 1}


@on_sqlite
def test_another_name_for_collections_is_another_collection(place: Place) -> None:
    """It is filled anew, and then the old one goes."""
    add(place, "1")
    reconcile(place)
    (old,) = place.qdrant.collections
    moved = place.again(QDRANT_COLLECTION="elsewhere")
    assert reconcile(moved) == {"indexed": 1, "dropped": 1}
    (new,) = place.qdrant.collections
    assert (old.startswith("learning-memories-"), new.startswith("elsewhere-")) == (True, True)


@on_sqlite
def test_a_put_that_is_refused_gives_its_memories_back(place: Place) -> None:
    """Nothing is on its way, so the next run takes them; after a put whose end nobody knows none does."""
    add(place, "0")
    reconcile(place)
    add(place, "1")
    honest = place.qdrant.respond
    for status, left in ((400, "stale"), (500, "claimed")):
        place.qdrant.respond = lambda call, status=status: (
            (status, b"{}") if call.method == "PUT" else honest(call)
        )
        with pytest.raises(PortUnavailable):
            reconcile(place)
        assert sorted(rows(place).values()) == sorted(["indexed", left])
    place.qdrant.respond = honest
    assert reconcile(place) == {}


@on_sqlite
def test_what_came_before_a_failure_is_kept(place: Place) -> None:
    """A batch is several calls; each is stored as it comes."""
    add(place, "0")
    reconcile(place)
    place.bank.add("acme", [remembered(f"n{n}", f"text{n} " * 250) for n in range(8)])
    honest, calls = place.model.respond, []

    def dies(call: Call) -> tuple[int, bytes]:
        calls.append(call)
        return honest(call) if len(calls) == 1 else (503, b"{}")

    place.model.respond = dies  # type: ignore[method-assign]
    with pytest.raises(PortUnavailable):
        reconcile(place)
    assert sorted(rows(place).values()) == ["indexed"] * 6 + ["stale"] * 3


def test_duplicates_touch_no_rows(sqlite_url: str) -> None:
    """Where nothing was stored nothing is outdated, and nothing is sent for it."""
    engine = open_database(sqlite_url)
    with vectors_at(engine) as place:
        add(place, "1")
        said: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *given: said.append(given[2]))
        add(place, "1")
        assert said
        assert not [each for each in said if "memory_vectors" in each]
    engine.dispose()


@on_sqlite
def test_a_database_that_goes_in_between_leaves_the_words(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the index found cannot be read, so what the words found comes."""
    add(place, "heap grows")
    reconcile(place)
    bank, before = place.bank, outcomes().get("port_unavailable", 0)

    def gone(*_: Any) -> Any:
        raise PortUnavailable("the database did not answer")

    monkeypatch.setattr(bank, "_nearest", gone)
    (found,) = bank.recall("acme", "ann", "heap", 5, now=remembered("1").at)
    assert (found.memory.id, found.parts.similarity) == ("heap grows", 0.0)
    assert outcomes()["port_unavailable"] == before + 1


@on_sqlite
@pytest.mark.parametrize(("within_s", "asked"), [(None, True), (20.0, True), (0.012, False), (0.0, False)])
def test_who_has_no_time_left_gets_the_words(place: Place, within_s: float | None, asked: bool) -> None:
    """The model is not asked what could not be waited for."""
    add(place, "heap grows")
    reconcile(place)
    neighbours, seen = place.vectors.neighbours, list[float]()

    class Seen:
        fingerprint = neighbours.embedder.fingerprint

        def embed(self, texts: Any, purpose: Any, deadline_s: float, *, patient: bool) -> Any:
            seen.append(deadline_s)
            assert not patient
            return [tuple(vector_of(text)) for text in texts]

    neighbours.embedder = Seen()  # type: ignore[assignment]
    assert ids(recall(place, "heap", within_s=within_s)) == ["heap grows"]
    assert [deadline_s <= (within_s or 30.0) - 0.005 for deadline_s in seen] == [True] * asked


def test_forgotten_memories_of_a_claim_need_no_texts(place: Place) -> None:
    """A memory that went while it was claimed is no part of the batch."""
    add(place, "0")
    reconcile(place)
    add(place, "1", "2")
    (collection,) = place.qdrant.collections
    with place.engine.begin() as connection:
        connection.execute(delete(memories).where(memories.c.id == "1"))
    claimed, _ = VectorRows(place.engine).claim(collection, -1, BATCH)
    assert [memory.id for memory in claimed.memories.values()] == ["2"]
