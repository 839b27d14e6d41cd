"""What every store of model observations promises: on a dict, on SQLite, and on PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.errors import InvalidInput, PortUnavailable
from flows.intelligence.routing.observations import ModelObservation, ModelTally
from tasks.store.database import open_database
from tasks.store.in_memory_model_observations import InMemoryModelObservations
from tasks.store.model_observations import StoredModelObservations

Store = InMemoryModelObservations | StoredModelObservations

USE = ModelObservation(
    id="1",
    model="small:1b",
    task="code review",
    language="Python",
    complexity="high",
    quality=0.75,
    latency_ms=100.0,
    at=datetime(2025, 1, 6, 9, tzinfo=UTC),
)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield InMemoryModelObservations(most=3)
        return
    engine = open_database(request.getfixturevalue(f"{request.param}_url"))
    yield StoredModelObservations(engine, most=3)
    engine.dispose()


def record(store: Store, *changes: dict[str, Any], organisation: str = "acme") -> None:
    """One use per change, with ids of their own unless they say one."""
    for number, change in enumerate(changes):
        store.record(organisation, replace(USE, **{"id": f"use-{number}", **change}))


def test_nothing_was_observed_of_an_organisation_nobody_has_seen(store: Store) -> None:
    """No tallies, which is no error."""
    assert store.tallies("acme") == []


def test_a_use_is_a_tally_of_one(store: Store) -> None:
    """Every figure is that of the use."""
    record(store, {"cost_usd": 0.5})
    assert store.tallies("acme") == [
        ModelTally(
            model="small:1b",
            task="code review",
            language="Python",
            complexity="high",
            uses=1,
            judged=1,
            quality=0.75,
            latency_ms=100.0,
            latency_ms_squared=10_000.0,
            cost_usd=0.5,
        )
    ]


def test_uses_add_up(store: Store) -> None:
    """Means over all uses, of quality and cost over those that have one."""
    record(
        store, {"quality": 0.5}, {"quality": None, "latency_ms": 300.0}, {"quality": 1.0, "cost_usd": 0.25}
    )
    (tally,) = store.tallies("acme")
    assert (tally.uses, tally.judged, tally.quality, tally.cost_usd) == (3, 2, 0.75, 0.25)
    assert tally.latency_ms == pytest.approx(500 / 3)
    assert tally.latency_ms_squared == pytest.approx(110_000 / 3)


def test_uses_that_nobody_judged(store: Store) -> None:
    """No quality and no cost is 0 judged, a quality of 0 and no cost."""
    record(store, {"quality": None})
    (tally,) = store.tallies("acme")
    assert (tally.uses, tally.judged, tally.quality, tally.cost_usd) == (1, 0, 0.0, None)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "Small:1b"},
        {"task": "debugging"},
        {"language": None},
        {"complexity": "low"},
        {"language": "Go"},
    ],
)
def test_kinds_of_uses_are_told_apart(store: Store, change: dict[str, Any]) -> None:
    """Another model, task, language or complexity is another tally; none is a value too."""
    record(store, {}, {}, change)
    assert sorted(tally.uses for tally in store.tallies("acme")) == [1, 2]


def test_an_id_counts_once(store: Store) -> None:
    """The first use of an id stays, whatever is sent later; another organisation may have it too."""
    record(store, {"id": "x"}, {"id": "x", "quality": 0.1, "task": "debugging"})
    record(store, {"id": "x", "quality": 0.25}, organisation="rival")
    assert [(t.task, t.uses, t.quality) for t in store.tallies("acme")] == [("code review", 1, 0.75)]
    assert [(t.task, t.uses, t.quality) for t in store.tallies("rival")] == [("code review", 1, 0.25)]


def test_the_newest_uses_count(store: Store) -> None:
    """Three of them here, by the time of the use; others' uses take no place among them."""
    days = [USE.at.replace(day=day) for day in (9, 6, 8, 7)]
    record(store, *({"at": day, "latency_ms": float(day.day)} for day in days))
    record(store, *({"at": USE.at.replace(day=20)} for _ in range(3)), organisation="rival")
    (tally,) = store.tallies("acme")
    assert (tally.uses, tally.latency_ms) == (3, 8.0)


def test_organisations_do_not_see_each_other(store: Store) -> None:
    """What one observed is nothing to another."""
    record(store, {})
    assert store.tallies("rival") == []


@pytest.mark.parametrize("text", ["☃ 𝄞", "'; DROP TABLE users; --", "a/b:c"])
def test_any_name_works(store: Store, text: str) -> None:
    """Names are only compared, whatever characters they have."""
    record(store, {"id": text, "model": text, "task": text, "language": text}, organisation=text)
    (tally,) = store.tallies(text)
    assert (tally.model, tally.task, tally.language) == (text, text, text)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ""}, "id"),
        ({"model": "x" * 129}, "model"),
        ({"task": "a\x00b"}, "task"),
        ({"language": "\ud800"}, "language"),
        ({"complexity": "hard"}, "complexity"),
        ({"quality": 1.1}, "quality"),
        ({"quality": float("nan")}, "quality"),
        ({"latency_ms": -1.0}, "latencyMs"),
        ({"latency_ms": float("inf")}, "latencyMs"),
        ({"cost_usd": -0.1}, "costUsd"),
        ({"at": datetime(2025, 1, 6)}, "at"),  # noqa: DTZ001
    ],
)
def test_what_cannot_be_kept_is_refused(store: Store, change: dict[str, Any], field: str) -> None:
    """The error names the field, and nothing is stored."""
    with pytest.raises(InvalidInput) as caught:
        record(store, change)
    assert caught.value.field == field
    assert store.tallies("acme") == []


def test_availability_is_not_known_to_a_store(store: Store) -> None:
    """None, which is not the same as no model."""
    assert store.available() is None


def test_an_outage_is_said_to_be_one(tmp_path: Path) -> None:
    """A database that cannot be opened raises PortUnavailable, so that asking again is worth it."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    for url in (f"sqlite:///{folder}", "postgresql://nobody@127.0.0.1:1/nothing"):
        store = StoredModelObservations(open_database(url))
        with pytest.raises(PortUnavailable):
            store.tallies("acme")
        with pytest.raises(PortUnavailable):
            store.record("acme", USE)
