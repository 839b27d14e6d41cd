"""The schedule with real beats and a real worker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
import redis
from flask import Flask

from config.settings import Settings
from tasks.services import Services
from tests.integration.conftest import ROOT

TICKED = "lsvc:test:ticked"
ENOUGH = 6  #: Ticks, of half a second each.


@pytest.fixture(scope="module")
def two_beats(settings: Settings, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A worker, and two beats that know nothing of each other: each has a schedule of its own in a file."""
    env = {**os.environ, "DATA_DIR": str(settings.data_dir), "REDIS_URL": redis_url}
    folder: Path = tmp_path_factory.mktemp("beats")
    beat = ["beat", "-S", "celery.beat:PersistentScheduler", "--loglevel", "WARNING"]
    commands = [["worker", "-Q", "scheduled", "-P", "solo", "--loglevel", "WARNING", "--without-mingle"]]
    commands += [[*beat, "-s", str(folder / f"beat-{n}"), "--pidfile", ""] for n in (1, 2)]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "tests.fakes.scheduled_worker", *command],
            cwd=ROOT,
            env=env,
        )
        for command in commands
    ]
    yield
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.mark.usefixtures("two_beats")
def test_two_beats_make_one_run_of_each_tick(services: Services, app: Flask, redis_url: str) -> None:
    """Both send every tick; one of the two messages runs, and a job that fails beside it stops nothing."""
    until = monotonic() + 40
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        while monotonic() < until:
            states = {one.planned.name: one for one in services.schedules.table()}
            if states and min(min(s.runs, s.duplicates) for s in states.values()) >= ENOUGH:
                break
            sleep(0.2)
        ticked = client.lrange(TICKED, 0, -1)
    tick, fail = states["test_tick"], states["test_fail"]
    assert min(tick.runs, tick.duplicates) >= ENOUGH, "the beats did not both send"
    assert len(ticked) == len(set(ticked)), "a tick was run twice"
    assert len(ticked) >= tick.runs
    assert fail.failures >= ENOUGH
    assert fail.last is not None
    assert fail.last.error == "DataError"
    shown = app.test_client().get("/api/schedules").get_json()["schedules"]
    assert [job["name"] for job in shown] == ["test_fail", "test_tick"]
