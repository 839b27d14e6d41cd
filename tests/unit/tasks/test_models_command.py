"""``manage.py models``, run as a person runs it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.signals.events import Event, Kind
from manage import cli
from tasks.store.database import open_database, upgrade
from tasks.store.events import StoredEvents

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``manage.py`` over a store in which three people of two organisations did the same."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    for name in ("REDIS_URL", "DATABASE_URL", "PORT", "HOST", "API_KEYS"):
        monkeypatch.delenv(name, raising=False)
    url = f"sqlite:///{tmp_path / 'learning.db'}"
    upgrade(url)
    engine = open_database(url)
    StoredEvents(engine).append([event for name in ("acme", "rival") for event in three_people(name)])
    engine.dispose()
    return lambda *arguments: CliRunner().invoke(cli, list(arguments))


def three_people(organisation: str) -> list[Event]:
    start = datetime(2025, 1, 6, tzinfo=UTC)
    return [
        Event(
            id=f"{person}-{minute}",
            organisation=organisation,
            user_id=person,
            kind=Kind.COURSE_COMPLETED,
            at=start + timedelta(minutes=minute),
            item=item,
        )
        for person in ("ann", "bob", "cid")
        for minute, item in enumerate("ab")
    ]


def test_there_are_no_models_at_first(run: Run) -> None:
    """An empty list, and no error."""
    assert (run("models", "list").exit_code, run("models", "list").output) == (0, "")


def test_one_kind_is_trained_and_listed(run: Run) -> None:
    """A line for each organisation and one for what they share: kind, owner, version, time, measures."""
    trained = run("models", "train", "patterns")
    assert trained.output == "patterns acme: trained\npatterns rival: trained\n"
    lines = run("models", "list").output.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["patterns", "(shared)"],
        ["patterns", "acme"],
        ["patterns", "rival"],
    ]
    shape = r"patterns +acme +[0-9a-f]{12} \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {\"read\": 6, .*\"events\": 6"
    assert re.match(shape, lines[1])


def test_all_kinds_are_trained_for_one_organisation(run: Run) -> None:
    """Without a kind every kind is trained, and with an organisation no other one's."""
    trained = run("models", "train", "--organisation", "acme")
    assert trained.output == "patterns acme: trained\nrecommender acme: trained\ntracing acme: trained\n"
    assert "rival" not in run("models", "list").output


def test_an_unknown_organisation_is_named(run: Run) -> None:
    """A misspelt organisation is an error in one line that names what may have been meant."""
    result = run("models", "train", "--organisation", "acne")
    assert result.exit_code == 1
    assert "unknown organisation 'acne'; nearest: acme" in result.output


def test_an_unknown_kind_is_refused(run: Run) -> None:
    """The kinds that there are are named."""
    result = run("models", "train", "oracle")
    assert result.exit_code == 2
    assert "'patterns', 'recommender', 'tracing'" in result.output
