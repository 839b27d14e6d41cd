"""Jobs over HTTP: asking for one, waiting for it, cancelling it, and what a waiter hears of its end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from threading import Timer
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY

from tasks.completion import WaiterTable
from tasks.job_json import job_url, job_view
from tasks.outcome import failure
from tasks.store.base import Job, State
from tasks.store.in_memory import InMemoryLedger

URL = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}
KEYS = {"API_KEYS": "acme:acme-key-0123456789,globex:globex-key-0123456789"}
AT_ONCE = {"Prefer": "respond-async"}

MakeClient = Callable[..., FlaskClient]
Run = Callable[..., None]


def lost(job_id: str, step: int, attempt: int) -> None:
    """Publish to a broker that loses everything."""


def a_job(**more: Any) -> Job:
    basics = {"id": "j1", "organisation": "acme", "flow": "learning_path", "version": "7", "step": 0}
    times = {"attempt": 1, "created_ms": 1_735_732_800_007, "deadline_ms": 1_735_732_805_007}
    names = {"request_id": "r1", "fingerprint": "f1", "state": State.QUEUED}
    return Job(**(basics | times | names | more))


def test_a_job_that_has_just_begun() -> None:
    """A queued job has times in UTC, no result, and can be cancelled."""
    assert job_view(a_job()) == {
        "id": "j1",
        "flow": "learning_path",
        "status": "queued",
        "degraded": False,
        "degradedReasons": [],
        "createdAt": "2025-01-01T12:00:00.007+00:00",
        "finishedAt": None,
        "stages": [],
        "result": None,
        "problem": None,
        "links": {"self": "/api/jobs/j1", "events": "/api/jobs/j1/events", "cancel": "/api/jobs/j1"},
    }


def test_a_job_that_has_succeeded() -> None:
    """An ended job shows its stages, why it is degraded, and its result; nothing is left to cancel."""
    stages = [
        {
            "type": "context.features",
            "status": "skipped",
            "ms": 3.5,
            "reason": "context.features:worker_lost",
        },
        {"type": "explain", "status": "ok", "ms": 0.25},
    ]
    finished = a_job(state=State.SUCCEEDED, finished_ms=1_735_732_801_000, stages=stages, result='{"n":1}')
    assert job_view(finished) == {
        "id": "j1",
        "flow": "learning_path",
        "status": "succeeded",
        "degraded": True,
        "degradedReasons": ["context.features:worker_lost"],
        "createdAt": "2025-01-01T12:00:00.007+00:00",
        "finishedAt": "2025-01-01T12:00:01.000+00:00",
        "stages": stages,
        "result": {"n": 1},
        "problem": None,
        "links": {"self": "/api/jobs/j1", "events": "/api/jobs/j1/events"},
    }


@pytest.mark.parametrize(
    ("state", "step", "shown", "cancellable"),
    [
        (State.QUEUED, 0, "queued", True),
        (State.QUEUED, 2, "running", True),
        (State.RUNNING, 0, "running", True),
        (State.FAILED, 2, "failed", False),
        (State.CANCELLED, 0, "cancelled", False),
    ],
)
def test_states_as_clients_know_them(state: State, step: int, shown: str, cancellable: bool) -> None:
    """Between two queues a job is under way; once it has ended it cannot be cancelled."""
    view = job_view(a_job(state=state, step=step))
    assert (view["status"], "cancel" in view["links"]) == (shown, cancellable)


def test_where_a_job_is() -> None:
    """A job's address is made of its id."""
    assert job_url("j1") == "/api/jobs/j1"


@pytest.mark.timeout(10)
def test_asking_for_a_job_does_not_wait(make_client: MakeClient) -> None:
    """Without a preference the answer is the job as it stands, with no word about preferences."""
    client = make_client(publish=lost, budget_ms=30_000)
    location = client.post(URL, json=BODY, headers=AT_ONCE).headers["Location"]
    response = client.get(location)
    assert (response.status_code, response.content_type) == (200, "application/json")
    assert response.get_json()["status"] == "queued"
    assert "Preference-Applied" not in response.headers


@pytest.mark.timeout(10)
def test_a_long_poll_ends_with_the_job(make_client: MakeClient, run_job: Run, waiters: WaiterTable) -> None:
    """The answer to a poll with a wait comes when the job ends, and nobody is left waiting."""
    client = make_client(publish=lost)
    begun = client.post(URL, json=BODY, headers=AT_ONCE)
    Timer(0.05, run_job, (begun.headers["X-Job-Id"],)).start()
    response = client.get(begun.headers["Location"], headers={"Prefer": "wait=100"})
    job = response.get_json()
    assert (response.status_code, job["status"]) == (200, "succeeded")
    assert response.headers["Preference-Applied"] == "wait=30"
    assert job["result"]["decisionId"] == job["id"]
    assert [stage["type"] for stage in job["stages"]][-2:] == ["path.schedule", "explain"]
    assert len(waiters) == 0


@pytest.mark.timeout(10)
def test_a_long_poll_of_an_ended_job_does_not_wait(client: FlaskClient) -> None:
    """Nobody waits for a job that has ended."""
    job_id = client.post(URL, json=BODY).headers["X-Job-Id"]
    response = client.get(f"/api/jobs/{job_id}", headers={"Prefer": "wait=30"})
    assert response.get_json()["status"] == "succeeded"


def test_a_job_can_be_cancelled_once(make_client: MakeClient) -> None:
    """DELETE cancels and shows the job; when it has ended already that is a conflict."""
    client = make_client(publish=lost)
    begun = client.post(URL, json=BODY, headers=AT_ONCE)
    location, job_id = begun.headers["Location"], begun.headers["X-Job-Id"]
    first, second = client.delete(location), client.delete(location)
    assert (first.status_code, first.get_json()["status"]) == (200, "cancelled")
    assert first.get_json()["links"] == {"self": location, "events": f"{location}/events"}
    assert (second.status_code, second.content_type) == (409, "application/problem+json")
    assert (second.get_json()["code"], second.get_json()["jobId"]) == ("job_ended", job_id)
    assert client.get(location).get_json()["status"] == "cancelled"


def test_a_cancellation_is_counted_once(make_client: MakeClient) -> None:
    """Among the jobs that have ended are the cancelled ones; a refused cancellation is none."""
    labels = {"flow": "learning_path", "state": "cancelled"}
    before = REGISTRY.get_sample_value("learning_jobs_ended_total", labels) or 0.0
    client = make_client(publish=lost)
    location = client.post(URL, json=BODY, headers=AT_ONCE).headers["Location"]
    client.delete(location)
    client.delete(location)
    assert REGISTRY.get_sample_value("learning_jobs_ended_total", labels) == before + 1


def test_a_cancelled_job_is_not_joined(make_client: MakeClient) -> None:
    """An equal request after a cancellation starts a job of its own."""
    client = make_client(publish=lost)
    first = client.post(URL, json=BODY, headers=AT_ONCE)
    client.delete(first.headers["Location"])
    second = client.post(URL, json=BODY, headers=AT_ONCE)
    assert second.headers["X-Cache"] == "miss"
    assert second.headers["X-Job-Id"] != first.headers["X-Job-Id"]


def test_a_finished_job_cannot_be_cancelled(client: FlaskClient) -> None:
    """The result of a job that has succeeded stays."""
    location = f"/api/jobs/{client.post(URL, json=BODY).headers['X-Job-Id']}"
    assert client.delete(location).status_code == 409
    assert client.get(location).get_json()["status"] == "succeeded"


@pytest.mark.timeout(10)
def test_who_waits_for_a_cancelled_job_is_told(make_client: MakeClient) -> None:
    """A caller whose job is cancelled under it is woken with a conflict that names the job."""
    published: Queue[str] = Queue()
    client = make_client(publish=lambda job_id, step, attempt: published.put(job_id))
    prefer = {"Prefer": "wait=30"}
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(client.application.test_client().post, URL, json=BODY, headers=prefer)
        job_id = published.get(timeout=10)
        client.delete(f"/api/jobs/{job_id}")
        response = waiting.result()
    assert (response.status_code, response.content_type) == (409, "application/problem+json")
    assert (response.get_json()["code"], response.get_json()["jobId"]) == ("job_cancelled", job_id)
    assert (response.headers["X-Job-Id"], response.headers["X-Cache"]) == (job_id, "miss")


@pytest.mark.parametrize(
    ("code", "status", "retry_after"),
    [
        ("explain:stage_failed", 500, None),
        ("explain:unexpected_error", 500, None),
        ("explain:stage_timeout", 503, "1"),
        ("explain:port_unavailable", 503, "1"),
        ("explain:never_ran", 503, "1"),
        ("worker_lost", 503, "1"),
        ("unknown_flow", 500, None),
    ],
)
def test_a_failed_job_is_a_problem(
    make_client: MakeClient, ledger: InMemoryLedger, code: str, status: int, retry_after: str | None
) -> None:
    """Who waited for a job that failed gets its code and id, with the status that goes with the code."""
    stages = [{"type": "explain", "status": "failed", "ms": 1.5, "reason": code}]

    def fail(job_id: str, step: int, attempt: int) -> None:
        ledger.finish(ledger.read(job_id), failure(code, "it went wrong", stages))

    client = make_client(publish=fail)
    response = client.post(URL, json=BODY)
    job_id = response.headers["X-Job-Id"]
    body = response.get_json()
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert (body["code"], body["detail"], body["jobId"]) == (code, "it went wrong", job_id)
    assert body["type"] == f"urn:learning-service:problem:{code}"
    assert response.headers.get("Retry-After") == retry_after
    assert "explain;dur=1.50" in response.headers["Server-Timing"]
    polled = client.get(f"/api/jobs/{job_id}")
    assert (polled.status_code, polled.get_json()["status"]) == (200, "failed")
    assert polled.get_json()["problem"] == {"code": code, "detail": "it went wrong"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_another_organisations_job_does_not_exist(
    make_client: MakeClient, ledger: InMemoryLedger, method: str
) -> None:
    """Neither asking for it nor cancelling it tells another organisation that a job is there."""
    client = make_client(env=KEYS, publish=lost)
    acme, globex = ({"X-API-Key": f"{name}-key-0123456789"} for name in ("acme", "globex"))
    job_id = client.post(URL, json=BODY, headers={**acme, **AT_ONCE}).headers["X-Job-Id"]
    response = client.open(f"/api/jobs/{job_id}", method=method, headers=globex)
    unknown = client.open("/api/jobs/unknown", method=method, headers=globex)
    assert (response.status_code, response.get_json()["code"]) == (404, "job_not_found")
    assert (unknown.status_code, unknown.get_json()["code"]) == (404, "job_not_found")
    assert ledger.read(job_id).state is State.QUEUED
    assert client.get(f"/api/jobs/{job_id}", headers=acme).status_code == 200
