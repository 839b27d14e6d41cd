"""What every store of trained models promises: on a dict, on SQLite, and on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select

from flows.errors import PortUnavailable
from tasks.store.database import open_database
from tasks.store.in_memory_trained_models import InMemoryModels
from tasks.store.tables import organisations, trained_models
from tasks.store.trained_models import EXPIRED, ModelSummary, Owner, StoredModels, TrainedModels

MONDAY = datetime(2025, 1, 6, 9, tzinfo=UTC)


def on(day: int) -> datetime:
    """So many days after that Monday."""
    return MONDAY + timedelta(days=day)


def save(models: TrainedModels, number: int, *, owner: Owner = "acme", kind: str = "k", **more: Any) -> str:
    """A model that says a number, trained on the day of that number."""
    filled = {"measures": {"events": number}, "trained_at": on(number)} | more
    return models.save(owner, kind, {"n": number}, **filled)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def models(request: pytest.FixtureRequest) -> Iterator[TrainedModels]:
    if request.param == "memory":
        yield InMemoryModels()
        return
    engine = open_database(request.getfixturevalue(f"{request.param}_url"))
    yield StoredModels(engine)
    engine.dispose()


@pytest.mark.parametrize("owner", ["acme", None])
def test_there_is_no_model_at_first(models: TrainedModels, owner: Owner) -> None:
    """What was never trained is no error, neither of an organisation nor of all together."""
    assert models.latest(owner, "k") is None
    assert models.latest_version(owner, "k") is None
    assert models.summary(owner, "k") is None
    assert models.summaries() == []


@pytest.mark.parametrize("owner", ["acme", None])
def test_a_model_comes_back_as_it_was_saved(models: TrainedModels, owner: Owner) -> None:
    """Document, measures and time come back exactly, under the version that ``save`` returned."""
    document = {"weights": [0.1 + 0.2, -1e-9], "names": {"☃": None, "b": [True, []]}}
    measures = {"people": 12, "logLoss": 0.5, "extent": {"events": 3, "newest": None}}
    version = models.save(owner, "k", document, measures=measures, trained_at=MONDAY)
    assert models.latest(owner, "k") == document
    assert models.latest_version(owner, "k") == version
    expected = ModelSummary(
        organisation=owner, kind="k", version=version, trained_at=MONDAY, measures=measures
    )
    assert models.summary(owner, "k") == expected
    assert models.summaries() == [expected]


def test_the_version_is_that_of_the_content(models: TrainedModels) -> None:
    """Equal documents have equal versions, whoever owns them and in whatever order their keys are."""
    versions = [models.save(owner, "k", {"a": 1, "b": 2}, measures={}, trained_at=MONDAY) for owner in "xy"]
    versions.append(models.save("z", "l", {"b": 2, "a": 1}, measures={}, trained_at=on(1)))
    assert len(set(versions)) == 1
    assert models.save("x", "k", {"a": 1, "b": 3}, measures={}, trained_at=MONDAY) not in versions


def test_the_newest_counts(models: TrainedModels) -> None:
    """The model that was trained last is served, whatever the order of saving."""
    for number in (2, 1):
        save(models, number)
    assert models.latest("acme", "k") == {"n": 2}


@pytest.mark.parametrize("owner", ["acme", None])
def test_two_versions_are_kept(models: TrainedModels, owner: Owner) -> None:
    """With a third version the oldest goes; other models keep theirs."""
    save(models, 0, owner=owner, kind="other")
    save(models, 0, owner="rival")
    versions = [save(models, number, owner=owner) for number in (1, 2, 3)]
    kept = [s.version for s in models.summaries() if (s.organisation, s.kind) == (owner, "k")]
    assert kept == [versions[2], versions[1]]
    assert models.latest(owner, "other") == models.latest("rival", "k") == {"n": 0}


def test_training_on_the_same_makes_no_other_version(models: TrainedModels) -> None:
    """The same document again is the same version with a newer time and newer measures."""
    first = save(models, 1)
    save(models, 2)
    again = save(models, 1, trained_at=on(3), measures={"events": 9})
    assert (first, again) == (again, first)
    newest, _ = models.summaries()
    assert (newest.version, newest.trained_at, newest.measures) == (first, on(3), {"events": 9})


def test_organisations_do_not_see_each_other(models: TrainedModels) -> None:
    """A model is served to its owner alone, and what is shared is nobody's own."""
    save(models, 1, owner="acme")
    assert models.latest("rival", "k") is None
    assert models.latest(None, "k") is None
    save(models, 2, owner=None)
    save(models, 3, owner="")
    assert models.latest("acme", "k") == {"n": 1}
    assert models.latest(None, "k") == {"n": 2}
    assert models.latest("", "k") == {"n": 3}


def test_kinds_are_told_apart(models: TrainedModels) -> None:
    """One kind of model does not stand in for another."""
    save(models, 1, kind="k")
    save(models, 2, kind="l")
    assert (models.latest("acme", "k"), models.latest("acme", "l")) == ({"n": 1}, {"n": 2})


def test_models_are_listed_in_order(models: TrainedModels) -> None:
    """By kind, then what is shared, then by organisation, newest first."""
    save(models, 1, owner="b", kind="k")
    save(models, 2, owner="b", kind="k")
    save(models, 1, owner=None, kind="k")
    save(models, 1, owner="a", kind="k")
    save(models, 1, owner="z", kind="a")
    assert [(s.kind, s.organisation, s.trained_at) for s in models.summaries()] == [
        ("a", "z", on(1)),
        ("k", None, on(1)),
        ("k", "a", on(1)),
        ("k", "b", on(2)),
        ("k", "b", on(1)),
    ]


def test_an_expired_model_is_served_until_the_next_one(models: TrainedModels) -> None:
    """All models of the organisation, and of no other, count as trained long ago; all go with a save."""
    for number in (1, 2):
        save(models, number)
    save(models, 5, kind="l")
    for owner in ("rival", None):
        save(models, 1, owner=owner)
    models.expire("acme")
    assert models.latest("acme", "k") is not None
    expired = [s.trained_at for s in models.summaries() if s.organisation == "acme"]
    assert expired == [EXPIRED, EXPIRED, EXPIRED]
    assert [s.trained_at for s in models.summaries() if s.organisation != "acme"] == [on(1), on(1)]
    newest = save(models, 3)
    assert [s.version for s in models.summaries() if (s.organisation, s.kind) == ("acme", "k")] == [newest]
    models.expire("nowhere")


def test_a_model_that_expired_may_come_out_the_same(models: TrainedModels) -> None:
    """When training gives what was there before, it is not expired any more."""
    save(models, 1)
    models.expire("acme")
    save(models, 1, trained_at=on(4))
    assert [s.trained_at for s in models.summaries()] == [on(4)]


def test_what_was_returned_is_a_snapshot(models: TrainedModels) -> None:
    """Changing what was saved or returned does not change what is stored."""
    document: dict[str, Any] = {"n": [1]}
    measures: dict[str, Any] = {"events": [1]}
    models.save("acme", "k", document, measures=measures, trained_at=MONDAY)
    document["n"].append(2)
    measures["events"].append(2)
    found, summary = models.latest("acme", "k"), models.summary("acme", "k")
    assert found is not None
    assert summary is not None
    found["n"].append(3)
    summary.measures["events"].append(3)
    assert models.latest("acme", "k") == {"n": [1]}
    assert [s.measures for s in models.summaries()] == [{"events": [1]}]


def test_models_go_with_their_organisation(engine: Engine) -> None:
    """Deleting an organisation deletes its models, and leaves what is shared."""
    models = StoredModels(engine)
    for owner in ("acme", "rival", None):
        save(models, 1, owner=owner)
    with engine.begin() as connection:
        connection.execute(delete(organisations).where(organisations.c.id == "acme"))
    assert [s.organisation for s in models.summaries()] == [None, "rival"]


def test_documents_are_compressed(engine: Engine) -> None:
    """A document of 100,000 equal numbers takes less than a hundredth of its text."""
    StoredModels(engine).save("acme", "k", {"n": [1] * 100_000}, measures={}, trained_at=MONDAY)
    with engine.connect() as connection:
        size = connection.execute(select(func.length(trained_models.c.document))).scalar_one()
    assert size < 2_000


def test_an_outage_is_said_to_be_one(tmp_path: Path) -> None:
    """A database that cannot be opened raises PortUnavailable, whatever is asked."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    models = StoredModels(open_database(f"sqlite:///{folder}"))
    with pytest.raises(PortUnavailable):
        save(models, 1)
    with pytest.raises(PortUnavailable):
        models.latest("acme", "k")
    with pytest.raises(PortUnavailable):
        models.summaries()
    with pytest.raises(PortUnavailable):
        models.expire("acme")
