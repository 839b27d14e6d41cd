"""``manage.py schedules``, run as a person runs it, over a real Redis."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from click.testing import CliRunner, Result
from marshmallow import RAISE

from app.schemas.schedules import SchedulesSchema
from config import keys
from manage import cli
from tasks.scheduled import SCHEDULE
from tasks.scheduled.run import planned
from tasks.store.schedule_runs import Run, ScheduleRuns

Invoke = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str) -> Invoke:
    """Runs ``manage.py``; the sweep of records has run once, and failed once."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REDIS_URL", redis_url)
    for name in ("DATABASE_URL", "PORT", "HOST", "API_KEYS"):
        monkeypatch.delenv(name, raising=False)
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        runs = ScheduleRuns(client)
        job = next(planned(job) for job in SCHEDULE if job.name == "sweep_records")
        for more in ({"error": "ValueError"}, {"result": {"events": 7}}):
            claimed = runs.claim(job, "a-host", forced=True)
            assert isinstance(claimed, Run)
            runs.end(claimed, "a-host", ms=4.5, **more)
    return lambda *arguments: CliRunner().invoke(cli, ["schedules", *arguments])


def test_the_table(run: Invoke) -> None:
    """A line for each job, also for one that never ran, each with its last run and counts."""
    lines = run().output.splitlines()
    assert lines[0].startswith("JOB ")
    assert lines[0].endswith("RUNS  FAILED  SKIPPED  NEXT RUN  RESULT")
    rows = {line.split()[0]: line for line in lines[1:]}
    assert rows.keys() == {job.name for job in SCHEDULE}
    assert rows["sweep_records"].split()[5:] == ["4.5", "ok", "2", "1", "0", '{"events":', "7}"]
    assert rows["sweep_ledger"].split()[1:4] == ["1", "s", "never"]


def test_the_same_as_json(run: Invoke) -> None:
    """What the API answers, for programs."""
    shown = SchedulesSchema(unknown=RAISE).load(json.loads(run("--json").output))["schedules"]
    swept = next(job for job in shown if job["name"] == "sweep_records")
    assert (swept["lastRun"]["host"], swept["lastRun"]["ms"]) == ("a-host", 4.5)
    assert (swept["counts"]["runs"], swept["counts"]["failures"]) == (2, 1)


def test_run_sends_one(run: Invoke, redis_client: "redis.Redis") -> None:
    """The message goes to the job's queue and says that it needs no tick."""
    sent = run("run", "mine_patterns")
    assert sent.output == "mine_patterns: sent to the queue training\n"
    (text,) = redis_client.lrange(keys.PREFIX + "training", 0, -1)
    assert json.loads(text)["headers"]["task"] == "scheduled.mine_patterns"
    assert json.loads(text)["headers"]["kwargsrepr"] == "{'forced': True}"


def test_run_of_an_unknown_job(run: Invoke) -> None:
    """A misspelt name is an error in one line that names what may have been meant."""
    refused = run("run", "mine_pattern")
    assert refused.exit_code == 1
    assert "unknown scheduled job 'mine_pattern'; nearest: mine_patterns" in refused.output
