"""Drafts in the durable store, on SQLite and on PostgreSQL."""

import pytest
from sqlalchemy import Engine

from flows.errors import UnknownName
from flows.intelligence.drafting.model import Draft, Kind, State, draft_of
from tasks.store.database import open_database
from tasks.store.drafts import StoredDrafts

ONE = draft_of(Kind.PROMPT, "sql", {"text": "Write a query with a window function."})
TWO = draft_of(Kind.PROMPT, "sql", {"text": "Explain a plan of a query that reads a whole table."})


class Clock:
    """Moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def accepted(store: StoredDrafts, organisation: str = "acme") -> list[Draft]:
    return list(store.accepted(organisation))


def test_a_draft_is_kept_once(engine: Engine) -> None:
    """With who wrote it and when; the same words again are not new."""
    store = StoredDrafts(engine)
    assert (store.add("acme", [ONE], "qwen3:4b"), store.add("acme", [ONE, TWO], "other")) == (1, 1)
    kept = {one.draft.id: one for one in store.kept("acme")}
    assert kept[ONE.id].draft == ONE
    assert (kept[ONE.id].model, kept[ONE.id].state) == ("qwen3:4b", State.WAITING)
    assert sorted(store.headlines("acme", Kind.PROMPT, "sql")) == sorted([ONE.headline, TWO.headline])
    assert store.headlines("acme", Kind.QUESTION, "sql") == []


def test_only_accepted_drafts_are_shown(engine: Engine) -> None:
    """Those that wait and those that were rejected are not, and a rejected one is remembered."""
    store = StoredDrafts(engine)
    store.add("acme", [ONE, TWO], "qwen3:4b")
    assert accepted(store) == []
    store.review("acme", ONE.id, State.ACCEPTED)
    store.review("acme", TWO.id, State.REJECTED)
    assert accepted(store) == [ONE]
    assert [one.draft.id for one in store.kept("acme", State.REJECTED)] == [TWO.id]
    assert store.add("acme", [TWO], "qwen3:4b") == 0
    assert TWO.headline in store.headlines("acme", Kind.PROMPT, "sql")


def test_drafts_are_the_organisations_own(engine: Engine) -> None:
    """Nobody else sees them, or can decide about them."""
    store = StoredDrafts(engine)
    store.add("acme", [ONE], "qwen3:4b")
    store.add("rival", [TWO], "qwen3:4b")
    with pytest.raises(UnknownName, match="unknown draft"):
        store.review("rival", ONE.id, State.ACCEPTED)
    store.review("acme", ONE.id, State.ACCEPTED)
    assert (accepted(store, "rival"), accepted(store, "nobody")) == ([], [])
    assert [one.draft for one in store.kept("rival")] == [TWO]
    assert store.headlines("rival", Kind.PROMPT, "sql") == [TWO.headline]


def test_who_has_much_to_look_at_gets_no_more(engine: Engine) -> None:
    """Only what waits counts."""
    store = StoredDrafts(engine)
    store.add("acme", [ONE, TWO], "qwen3:4b")
    store.add("rival", [ONE], "qwen3:4b")
    assert store.with_room(2) == ["rival"]
    store.review("acme", ONE.id, State.REJECTED)
    assert (store.with_room(2), store.with_room(1)) == (["acme", "rival"], [])


def test_accepted_drafts_are_at_hand(engine: Engine) -> None:
    """Another process's decision is seen half a minute later, and its own at once."""
    clock = Clock()
    store, other = StoredDrafts(engine, clock), StoredDrafts(engine)
    store.add("acme", [ONE, TWO], "qwen3:4b")
    assert accepted(store) == []
    other.review("acme", ONE.id, State.ACCEPTED)
    assert accepted(store) == []
    clock.now = 30.0
    assert accepted(store) == [ONE]
    store.review("acme", TWO.id, State.ACCEPTED)
    assert accepted(store) == sorted([ONE, TWO], key=lambda draft: draft.id)


def test_without_a_database_nobody_goes_without(engine: Engine, empty_sqlite_url: str) -> None:
    """What was known stays, and who knew nothing has none."""
    away = StoredDrafts(open_database(empty_sqlite_url))
    assert accepted(away) == []
