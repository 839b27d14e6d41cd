"""The front: cache, claim or join, publish, wait, answer."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Timer
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY

from flows.errors import StoreUnavailable
from tasks.completion import WaiterTable
from tasks.store.base import Job, Outcome, State
from tasks.store.in_memory import InMemoryLedger

URL = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}
KEYS = {"API_KEYS": "acme:acme-key-0123456789,globex:globex-key-0123456789"}

MakeClient = Callable[..., FlaskClient]
Run = Callable[..., None]


def lost(job_id: str, step: int, attempt: int) -> None:
    """Publish to a broker that loses everything."""


def counted(source: str) -> float:
    labels = {"flow": "learning_path", "source": source}
    return REGISTRY.get_sample_value("learning_answers_total", labels) or 0.0


class EndsWhileLookedAt(InMemoryLedger):
    """Once armed, a job ends right after somebody has read it as under way."""

    armed = False

    def read(self, job_id: str) -> Job:
        job = super().read(job_id)
        if self.armed and not job.state.ended:
            self.finish(job, Outcome(state=State.SUCCEEDED, stages=[], result='{"n":1}'))
        return job


def test_the_answer_is_computed(client: FlaskClient) -> None:
    """A request that nothing is known about is answered with the flow's own result."""
    response = client.post(URL, json=BODY)
    body = response.get_json()
    assert (response.status_code, response.content_type) == (200, "application/json")
    assert body["goal"] == {"id": "frontend", "title": "Frontend"}
    assert [week["focus"] for week in body["path"]] == ["React", "React", "Review"]
    assert [skill["id"] for skill in body["beyondTimeframe"]] == ["graphql"]
    assert (body["flowVersion"], body["degraded"], body["degradedReasons"]) == ("7", False, [])


def test_headers_of_a_computed_answer(client: FlaskClient) -> None:
    """A computed answer says that it is new, by which job, how it varies and where the time went."""
    response = client.post(URL, json=BODY)
    names = [entry.partition(";dur=")[0] for entry in response.headers["Server-Timing"].split(", ")]
    assert response.headers["X-Cache"] == "miss"
    assert response.headers["X-Job-Id"] == response.get_json()["decisionId"]
    assert response.headers["Vary"] == "Prefer"
    assert "Preference-Applied" not in response.headers
    assert names == [
        "cache",
        "accept",
        "publish",
        "wait",
        "context.features",
        "candidates.catalogue",
        "rank.rules",
        "path.schedule",
        "explain",
        "total",
    ]


@pytest.mark.parametrize(
    "same",
    [
        BODY,
        {**BODY, "timeframe": "42days"},
        {**BODY, "hoursPerWeek": 6, "catalogue": "built-in"},
    ],
)
def test_an_equal_request_is_answered_from_the_cache(client: FlaskClient, same: dict[str, Any]) -> None:
    """What was computed once is served again, byte for byte, however the same wish is spelled."""
    first, second = client.post(URL, json=BODY), client.post(URL, json=same)
    names = [entry.partition(";dur=")[0] for entry in second.headers["Server-Timing"].split(", ")]
    assert (second.status_code, second.content_type) == (200, "application/json")
    assert (second.headers["X-Cache"], second.headers["Vary"]) == ("hit", "Prefer")
    assert second.headers["X-Job-Id"] == first.headers["X-Job-Id"]
    assert second.data == first.data
    assert names == ["cache", "total"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("userId", "bob"),
        ("goal", "react"),
        ("timeframe", "7weeks"),
        ("currentSkill", "mid"),
        ("hoursPerWeek", 7),
        ("knownSkills", []),
    ],
)
def test_another_request_is_computed_anew(client: FlaskClient, field: str, value: Any) -> None:
    """Every field of a request is part of what is asked."""
    first, second = client.post(URL, json=BODY), client.post(URL, json={**BODY, field: value})
    assert second.headers["X-Cache"] == "miss"
    assert second.headers["X-Job-Id"] != first.headers["X-Job-Id"]


def test_a_new_flow_version_does_not_serve_old_answers(make_client: MakeClient) -> None:
    """What another version of the flow has computed is not an answer."""
    make_client(version="7").post(URL, json=BODY)
    response = make_client(version="8").post(URL, json=BODY)
    assert (response.headers["X-Cache"], response.get_json()["flowVersion"]) == ("miss", "8")


def test_organisations_share_nothing(make_client: MakeClient) -> None:
    """Two organisations that ask the same thing have a job each, and no common cache."""
    client = make_client(env=KEYS)
    acme = client.post(URL, json=BODY, headers={"X-API-Key": "acme-key-0123456789"})
    globex = client.post(URL, json=BODY, headers={"X-API-Key": "globex-key-0123456789"})
    assert (acme.headers["X-Cache"], globex.headers["X-Cache"]) == ("miss", "miss")
    assert acme.headers["X-Job-Id"] != globex.headers["X-Job-Id"]


@pytest.mark.timeout(10)
def test_equal_requests_in_flight_share_one_job(make_client: MakeClient, run_job: Run) -> None:
    """Who asks for what is being computed joins that job, and nothing is published twice."""
    published, seen = Event(), []

    def publish(*message: Any) -> None:
        seen.append(message)
        published.set()

    client = make_client(publish=publish)
    prefer = {"Prefer": "wait=30"}
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(client.application.test_client().post, URL, json=BODY, headers=prefer)
        assert published.wait(10)
        joined = client.post(URL, json=BODY, headers={"Prefer": "respond-async"})
        run_job(*seen[0])
        first = waiting.result()
    assert (first.status_code, first.headers["X-Cache"]) == (200, "miss")
    assert (joined.status_code, joined.headers["X-Cache"]) == (202, "shared")
    assert first.headers["X-Job-Id"] == joined.headers["X-Job-Id"]
    assert seen == [(first.headers["X-Job-Id"], 0, 1)]


@pytest.mark.timeout(10)
def test_who_joins_a_job_is_woken_by_its_end(make_client: MakeClient, waiters: WaiterTable) -> None:
    """A joined job that ends between the look at the ledger and the wait is not waited out."""
    ledger = EndsWhileLookedAt(told=waiters.tell)
    client = make_client(publish=lost, ledger=ledger)
    first = client.post(URL, json=BODY, headers={"Prefer": "respond-async"})
    ledger.armed = True
    second = client.post(URL, json=BODY, headers={"Prefer": "wait=30"})
    assert (second.status_code, second.headers["X-Cache"]) == (200, "shared")
    assert second.headers["X-Job-Id"] == first.headers["X-Job-Id"]
    assert second.data == b'{"n":1}'


@pytest.mark.timeout(10)
def test_a_job_that_ends_while_it_is_published_is_not_waited_for(
    make_client: MakeClient, run_job: Run
) -> None:
    """The front listens before it publishes, so the fastest worker cannot be missed."""
    response = make_client(publish=run_job).post(URL, json=BODY, headers={"Prefer": "wait=30"})
    assert (response.status_code, response.headers["X-Cache"]) == (200, "miss")


def test_being_woken_is_not_being_done(make_client: MakeClient, waiters: WaiterTable, run_job: Run) -> None:
    """Who is woken while the job is under way, as after a lost connection, waits on."""

    def wake_first(job_id: str, step: int, attempt: int) -> None:
        waiters.tell_all()
        Timer(0.05, run_job, (job_id,)).start()

    assert make_client(publish=wake_first).post(URL, json=BODY).status_code == 200


def test_when_the_wait_runs_out(make_client: MakeClient, run_job: Run) -> None:
    """An answer that is late is announced with 202, and found at Location once it is there."""
    client = make_client(publish=lost, budget_ms=20)
    late = client.post(URL, json=BODY)
    job_id = late.headers["X-Job-Id"]
    assert (late.status_code, late.content_type) == (202, "application/json")
    assert late.headers["Location"] == f"/api/jobs/{job_id}"
    assert (late.headers["Retry-After"], late.headers["X-Cache"]) == ("1", "miss")
    assert late.headers["Vary"] == "Prefer"
    assert (late.get_json()["id"], late.get_json()["status"]) == (job_id, "queued")
    run_job(job_id)
    job = client.get(late.headers["Location"]).get_json()
    assert (job["status"], job["result"]["decisionId"]) == ("succeeded", job_id)
    again = client.post(URL, json=BODY)
    assert (again.headers["X-Cache"], json.loads(again.data)) == ("hit", job["result"])


@pytest.mark.parametrize("publish", [lost, None])
def test_a_wait_leaves_nothing_behind(
    make_client: MakeClient, waiters: WaiterTable, publish: Callable[..., None] | None
) -> None:
    """Nobody stands in the table of waiters after an answer, nor after a wait that ran out."""
    client = make_client(publish=publish, budget_ms=20) if publish else make_client()
    assert client.post(URL, json=BODY).status_code == (202 if publish else 200)
    assert len(waiters) == 0


def test_a_broker_that_is_away_loses_no_job(make_client: MakeClient, ledger: InMemoryLedger) -> None:
    """When publishing fails the ledger has the job all the same, and the caller where to ask."""

    def refuse(job_id: str, step: int, attempt: int) -> None:
        raise StoreUnavailable("the broker does not answer")

    response = make_client(publish=refuse, budget_ms=20).post(URL, json=BODY)
    assert response.status_code == 202
    assert ledger.read(response.headers["X-Job-Id"]).state is State.QUEUED


def test_what_the_ledger_is_told(make_client: MakeClient, ledger: InMemoryLedger) -> None:
    """A job's entry names its owner, flow, request and caller, and when it is too late for it."""
    sent = {"X-Request-Id": "req-1", "X-API-Key": "acme-key-0123456789", "Prefer": "respond-async"}
    response = make_client(env=KEYS, publish=lost).post(URL, json=BODY, headers=sent)
    job = ledger.read(response.headers["X-Job-Id"])
    assert (job.organisation, job.flow, job.version) == ("acme", "learning_path", "7")
    assert (job.request_id, job.doc["request"]["userId"]) == ("req-1", "ann")
    assert job.deadline_ms - job.created_ms == 5000


def test_answers_are_counted_by_where_they_come_from(make_client: MakeClient) -> None:
    """The metric of answers tells new, cached and shared ones apart."""
    before = {source: counted(source) for source in ("miss", "hit", "shared")}
    client, idle = make_client(), make_client(publish=lost)
    for body in (BODY, BODY, BODY):
        client.post(URL, json=body)
    for _ in range(4):
        idle.post(URL, json={**BODY, "userId": "bob"}, headers={"Prefer": "respond-async"})
    assert {source: counted(source) - count for source, count in before.items()} == {
        "miss": 2.0,
        "hit": 2.0,
        "shared": 3.0,
    }
