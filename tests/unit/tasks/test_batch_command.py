"""``manage.py batch``, run as a person runs it, with a feeder and workers in a thread beside it."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from manage import cli
from tasks.batches.model import MemberEnd
from tasks.commands import batches as command
from tasks.store.base import State
from tasks.store.batch_feeding import BatchFeeding
from tasks.store.batches import StoredBatches
from tasks.store.database import open_database
from tests.batches import new_batch, put_people

Run = Callable[..., Result]

RESULT = json.dumps(
    {
        "path": [
            {
                "week": 1,
                "focus": "X",
                "skills": [],
                "reviews": [],
                "hours": 1.0,
                "confidence": 0.5,
                "reason": "r",
            }
        ]
    }
)


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Engine]:
    """A store with a team of three."""
    engine = open_database(sqlite_url)
    put_people(engine, "demo", ["ann", "bob", "cleo"], team="web")
    yield engine
    engine.dispose()


@pytest.fixture
def run(tmp_path: Path, database: Engine, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``manage.py batch`` on that store, without a Redis; it looks often."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", str(database.url))
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setattr(command, "LOOK_EVERY_S", 0.01)
    return lambda *arguments, **more: CliRunner().invoke(cli, ["batch", *arguments], **more)


def work(database: Engine, failing: str = "") -> None:
    """End everybody in every batch that is open: well, but for whom it is not to go well."""
    feeding = BatchFeeding(database)
    for batch in feeding.open_batches(10):
        feeding.begin_turn(batch)
        problem = {"code": "unknown_name", "detail": "unknown goal 'x'"}
        feeding.settle(
            batch,
            [
                MemberEnd(m.position, m.job_id, State.FAILED, problem)
                if m.user_id == failing
                else MemberEnd(m.position, m.job_id, State.SUCCEEDED, None, RESULT)
                for m in feeding.claim(batch, 100)
            ],
        )
        feeding.finish(batch)


@pytest.fixture
def working(database: Engine) -> Iterator[Callable[[str], None]]:
    """Starts a service that works, beside the command."""
    over = Event()

    def loop(failing: str) -> None:
        while not over.wait(0.02):
            work(database, failing)

    threads: list[Thread] = []

    def start(failing: str = "") -> None:
        threads.append(Thread(target=loop, args=(failing,)))
        threads[-1].start()

    yield start
    over.set()
    for thread in threads:
        thread.join()


def batch_id(database: Engine) -> str:
    """The one batch that there is."""
    (batch,) = StoredBatches(database).newest("demo", limit=2)
    return batch.id


def test_a_team_becomes_a_file(
    run: Run, database: Engine, working: Callable[..., None], tmp_path: Path
) -> None:
    """The command waits, and the file has everybody in it."""
    working()
    result = run("learning-paths", "--team", "web", "--hours", "4", "--output", "out.csv")

    assert result.exit_code == 0, result.output
    assert "3 people" in result.stderr
    assert "3 succeeded; see out.csv" in result.stderr
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["user"], row["week"]) for row in csv.DictReader(file)] == [
            ("ann", "1"),
            ("bob", "1"),
            ("cleo", "1"),
        ]
    request = StoredBatches(database).get("demo", batch_id(database)).request
    assert request == {
        "orgId": "demo", "teamId": "web", "goal": "fullstack", "timeframe": "3months", "hoursPerWeek": 4.0,
    }  # fmt: skip


def test_who_failed_is_listed(run: Run, working: Callable[..., None], tmp_path: Path) -> None:
    """Exit code 1, with each of them and how to try again; the file is there, under a name of its own."""
    working("bob")
    result = run("learning-paths", "--team", "web", "--format", "ndjson")

    assert result.exit_code == 1
    assert "bob: unknown goal 'x'" in result.stderr
    assert "manage.py batch retry" in result.stderr
    (file,) = tmp_path.glob("batch-*.ndjson")
    assert [json.loads(line)["status"] for line in file.read_text("utf-8").splitlines()] == [
        "succeeded",
        "failed",
        "succeeded",
    ]


def test_results_can_be_printed(run: Run, database: Engine) -> None:
    """Nothing but the results is on standard output."""
    StoredBatches(database).open(new_batch("ann", organisation="demo"))
    work(database)
    result = run("results", batch_id(database), "--format", "json", "--output", "-")
    assert [member["userId"] for member in json.loads(result.stdout)["results"]] == ["ann"]


def test_an_interrupted_watch_leaves_the_batch(
    run: Run, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a Ctrl-C the batch goes on, and it is said how to come back to it."""

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command.time, "sleep", interrupted)
    for answer in ("n\n", ""):
        result = run("learning-paths", "--team", "web", input=answer)
        assert result.exit_code == 130
        assert "the batch goes on" in result.stderr
        for verb in ("show", "results", "cancel"):
            assert f"manage.py batch {verb} " in result.stderr
    assert [batch.left for batch in StoredBatches(database).newest("demo", limit=9)] == [3, 3]


def test_without_a_service_it_says_so(run: Run, database: Engine) -> None:
    """Who waits for a batch that nobody works on knows why."""
    StoredBatches(database).open(new_batch("ann", organisation="demo"))
    work(database)
    assert "no worker for batches is running" in run("results", batch_id(database), "--output", "x").stderr


def test_show_list_and_retry(run: Run, database: Engine) -> None:
    """How far it is, what there is, and another try for who failed."""
    StoredBatches(database).open(new_batch("ann", "bob", organisation="demo"))
    work(database, failing="bob")
    id_ = batch_id(database)

    assert json.loads(run("show", id_).output)["counts"]["failed"] == 1
    assert run("list").output.split() == [
        id_, "2025-08-18", "12:00", "finished", "1", "succeeded,", "1", "failed",
    ]  # fmt: skip
    assert run("retry", id_).output == "1 people are tried again\n"
    assert json.loads(run("show", id_).output)["counts"]["queued"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("learning-paths", "--team", "webb"), "unknown team 'webb'; nearest: web"),
        (("learning-paths", "--team", "web", "--goal", "fulstack"), "unknown goal 'fulstack'"),
        (("learning-paths", "--team", "web", "--timeframe", "soon"), "such as 3months"),
        (("learning-paths", "--team", "web", "--hours", "100"), "100"),
        (("show", "none"), "no batch none"),
        (("show", "none", "--org", "rival"), "no batch none"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    run: Run, database: Engine, arguments: tuple[str, ...], said: str
) -> None:
    """Exit code 1 or 2, what is wrong, and no batch is begun."""
    result = run(*arguments)
    assert result.exit_code in (1, 2)
    assert said in result.stderr
    assert StoredBatches(database).newest("demo", limit=1) == []
