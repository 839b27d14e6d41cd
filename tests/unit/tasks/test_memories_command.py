"""``manage.py memories``, run as a person runs it, over servers that really listen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from prometheus_client import CollectorRegistry

from app.health import Health
from app.upstreams.memory_service import create_stored_memory_service
from config.settings import Settings
from manage import cli
from tasks.commands.up import _vectors
from tasks.memory_vectors.make import left_behind
from tasks.store.database import open_database
from tasks.store.memories import StoredMemories
from tests.memories import remembered
from tests.vectors import Place, settings_of, vectors_at

Invoke = Callable[..., Result]
VARIABLES = ("REDIS_URL", "DATABASE_URL", "PORT", "HOST", "API_KEYS", "OLLAMA_URL", "LLM_API")


@pytest.fixture
def place(sqlite_url: str) -> Iterator[Place]:
    engine = open_database(sqlite_url)
    with vectors_at(engine) as found:
        yield found
    engine.dispose()


@pytest.fixture
def run(place: Place, monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path) -> Invoke:
    """Runs ``manage.py memories`` in the environment of the place."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in {**place.env, "DATABASE_URL": sqlite_url, "DATA_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(cli, ["memories", *arguments])


def test_the_index_is_filled_and_counted(run: Invoke, place: Place) -> None:
    """It says what it did, and how much there is; a second time there is nothing to do."""
    place.bank.add("acme", [remembered(str(n), f"text {n}") for n in range(40)])
    assert run("status").output == "no index yet, 40 memories\n"
    done, counted = run("index").output.splitlines()
    assert done == "40 indexed"
    assert counted.startswith("learning-memories-nomic-embed-text-384-")
    assert counted.endswith(": 40 of 40 memories")
    assert run("index").output.splitlines() == ["nothing to do", counted]
    assert run("status").output.splitlines() == [counted]


def test_the_index_is_made_anew(run: Invoke, place: Place) -> None:
    """Every memory is embedded again."""
    place.bank.add("acme", [remembered("1")])
    run("index")
    assert run("index", "--rebuild").output.splitlines()[0] == "1 indexed"
    assert sum(text.startswith("search_document: Add a dep") for text in place.model.embedded) == 2


def test_a_server_that_is_away_is_said_in_one_line(run: Invoke, place: Place) -> None:
    """And the command fails."""
    place.qdrant.behave("status", status=503)
    result = run("index")
    assert (result.exit_code, result.output) == (1, "Error: qdrant_patient answered 503\n")


def test_what_is_not_set_is_named(run: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it there is no index."""
    monkeypatch.delenv("EMBEDDING_MODEL")
    result = run("status")
    assert (result.exit_code, "EMBEDDING_MODEL must be set" in result.output) == (1, True)


def test_a_command_needs_no_keys_of_services(run: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """It listens nowhere, so it runs where front or memory service do, whatever lets callers in there."""
    monkeypatch.setenv("HOST", "0.0.0.0")
    assert run("status").output == "no index yet, 0 memories\n"


def test_the_start_names_them(place: Place) -> None:
    """Who starts the service sees the address and the model; without them there is no such line."""
    (line,) = _vectors(settings_of(place.env))
    assert place.qdrant.url in line
    assert "nomic-embed-text" in line
    assert _vectors(settings_of({})) == []


def test_the_memory_service_finds_by_meaning(place: Place, run: Invoke) -> None:
    """A service of its own uses the index, too, and shows its breakers."""
    place.bank.add("acme", [remembered("1", "My laptop is stuck.")])
    run("index")
    settings = Settings.of_upstream(place.env)
    health = Health({}, {})
    client = create_stored_memory_service(settings, place.engine, health, CollectorRegistry()).test_client()
    asked = {"organisation": "acme", "userId": "ann", "query": "frozen computer", "limit": 3}
    answer = client.post("/v1/recall", json={**asked, "now": "2025-06-01T12:00:00+00:00"})
    (recalled,) = answer.json["recalled"]
    assert recalled["memory"]["id"] == "1"
    assert 0.3 < recalled["parts"]["similarity"] <= 1
    upstreams = client.get("/health").json["dependencies"]["upstreams"]
    assert upstreams["qdrant"] == upstreams["embeddings"] == {"breaker": "closed"}
    words = StoredMemories(place.engine)
    assert words.recall("acme", "ann", "frozen computer", 3, now=remembered("1").at) == []


def test_an_index_that_was_left_is_removed(
    run: Invoke, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who switched vectors off is told at the start that erasures do not reach them, and removes them with
    the address of Qdrant alone."""
    place.bank.add("acme", [remembered("1"), remembered("2", "two")])
    run("index")
    (name,) = place.qdrant.collections
    off = settings_of(place.env | {"EMBEDDING_MODEL": ""})
    assert left_behind(settings_of(place.env), place.engine) is None
    assert f"({name})" in (left_behind(off, place.engine) or "")
    for variable in ("EMBEDDING_MODEL", "EMBEDDING_URL"):
        monkeypatch.delenv(variable)
    assert "memories drop" in CliRunner().invoke(cli, ["db", "upgrade"]).output
    assert run("drop").output == f"{name}: 2 memories\n"
    assert place.qdrant.collections == {}
    assert left_behind(off, place.engine) is None
    assert run("drop").output == ""
    monkeypatch.delenv("QDRANT_URL")
    assert "QDRANT_URL must be set" in run("drop").output


def test_somebody_who_asks_has_everything_compared(run: Invoke, place: Place) -> None:
    """What no count shows is found by the command, each time."""
    place.bank.add("acme", [remembered("1")])
    run("index")
    (collection,) = place.qdrant.collections.values()
    collection.points = {7: next(iter(collection.points.values()))}
    assert "1 strange" in run("index").output
