"""``GET /api/schedules``: what runs by the clock, over HTTP."""

from collections.abc import Callable

import pytest
import redis
from flask.testing import FlaskClient
from marshmallow import RAISE

from app.schemas.schedules import SchedulesSchema
from tasks.redis_client import fast_client
from tasks.store.schedule_runs import Planned, Run, ScheduleRuns

MakeClient = Callable[..., FlaskClient]
SWEEP = Planned("sweep", every_s=1.0, queue="scheduled", limit_s=60.0, may_overlap=True)
TRAIN = Planned("train", every_s=60.0, queue="training", limit_s=665.0, may_overlap=False)


@pytest.fixture
def runs(redis_client: "redis.Redis") -> ScheduleRuns:
    """Two jobs are announced; one has failed, the other is running."""
    runs = ScheduleRuns(redis_client)
    runs.announce([TRAIN, SWEEP])
    failed = runs.claim(SWEEP, "a")
    assert isinstance(failed, Run)
    runs.end(failed, "a", ms=3, error="store_unavailable: Redis does not answer")
    runs.claim(TRAIN, "b")
    return runs


def test_every_job_is_shown(make_client: MakeClient, runs: ScheduleRuns) -> None:
    """By name, as the schema says, with what went wrong and what goes on."""
    response = make_client(schedules=runs).get("/api/schedules")
    assert response.status_code == 200
    sweep, train = SchedulesSchema(unknown=RAISE).load(response.get_json())["schedules"]
    assert (sweep["name"], sweep["everyS"], sweep["mayOverlap"], sweep["queue"]) == (
        "sweep",
        1.0,
        True,
        "scheduled",
    )
    assert sweep["lastRun"]["error"] == "store_unavailable: Redis does not answer"
    assert (sweep["lastRun"]["status"], sweep["counts"]["failures"]) == ("failed", 1)
    assert (train["runningOn"], train["lastRun"], train["nextRunAt"]) == ("b", None, None)


def test_before_anything_has_started(make_client: MakeClient, redis_client: "redis.Redis") -> None:
    """Nothing was announced, so nothing is shown."""
    response = make_client(schedules=ScheduleRuns(redis_client)).get("/api/schedules")
    assert response.get_json() == {"schedules": []}


def test_without_redis(make_client: MakeClient) -> None:
    """A problem that says so."""
    with fast_client("redis://127.0.0.1:1/0") as nobody:
        response = make_client(schedules=ScheduleRuns(nobody)).get("/api/schedules")
    assert (response.status_code, response.get_json()["code"]) == (503, "store_unavailable")


def test_a_key_is_needed(make_client: MakeClient, runs: ScheduleRuns) -> None:
    """Where the service asks for one."""
    client = make_client(schedules=runs, env={"API_KEYS": "acme:acme-key-0123456789"})
    assert client.get("/api/schedules").status_code == 401
    assert client.get("/api/schedules", headers={"X-API-Key": "acme-key-0123456789"}).status_code == 200
