"""Events of jobs over WSGI: what comes when, and that nobody is left behind."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import BoundedSemaphore
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

from app.event_streams import EventStreams
from flows.errors import StoreUnavailable
from tasks.completion import WaiterTable
from tasks.job_events import HEARTBEAT, OPENING
from tasks.store.base import Job, NewJob, Outcome, State
from tasks.store.in_memory import InMemoryLedger
from tests.factories import new_job

URL = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}
KEYS = {"API_KEYS": "acme:acme-key-0123456789,globex:globex-key-0123456789"}
STAGE = {"type": "a", "status": "ok", "ms": 1.0}
DONE = Outcome(state=State.SUCCEEDED, stages=[STAGE, {**STAGE, "type": "b"}], result='{"x":1}')

MakeClient = Callable[..., FlaskClient]


def parsed(text: str) -> list[tuple[int, str, Any]]:
    """Id, type and data of each event in a stream; comments and the opening are none."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line)
        if "event" in fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def ids(text: str) -> list[int]:
    return [id_ for id_, _, _ in parsed(text)]


def accepted(ledger: InMemoryLedger, **changes: Any) -> NewJob:
    job = new_job(**changes)
    ledger.accept(job, 60_000)
    return job


def running(ledger: InMemoryLedger, **changes: Any) -> Job:
    job = ledger.start(accepted(ledger, **changes).id, 0, 1)
    assert job is not None
    return job


def make_streams(ledger: Any, waiters: WaiterTable, **changes: Any) -> EventStreams:
    return EventStreams(ledger, waiters, **{"slots": BoundedSemaphore(8), "heartbeat_s": 20.0, **changes})


def texts_of(response: Response) -> Iterator[str]:
    return iter(response.response)  # type: ignore[arg-type]


def test_the_events_of_a_job_that_has_ended(client: FlaskClient) -> None:
    """All that happened comes at once, in order, and the last event is the job itself."""
    job_id = client.post(URL, json=BODY).headers["X-Job-Id"]
    job = client.get(f"/api/jobs/{job_id}").get_json()

    response = client.get(job["links"]["events"])

    assert (response.status_code, response.content_type) == (200, "text/event-stream")
    assert (response.headers["Cache-Control"], response.headers["X-Accel-Buffering"]) == ("no-store", "no")
    events = parsed(response.text)
    assert [type_ for _, type_, _ in events] == ["queued", *["stage"] * 5, "ended"]
    assert [data["type"] for _, type_, data in events if type_ == "stage"] == [
        stage["type"] for stage in job["stages"]
    ]
    assert events[-1][2] == job
    assert response.text.startswith("retry: 1000\n\n")


def test_a_client_goes_on_after_the_last_event_it_has(client: FlaskClient) -> None:
    """Only what the client does not have is sent, and 204 when nothing is left, nor will come."""
    url = f"/api/jobs/{client.post(URL, json=BODY).headers['X-Job-Id']}/events"
    everything = ids(client.get(url).text)
    for number, last in enumerate(everything[:-1]):
        for given in ({"headers": {"Last-Event-ID": str(last)}}, {"query_string": {"lastEventId": last}}):
            assert ids(client.get(url, **given).text) == everything[number + 1 :]  # type: ignore[arg-type]
    over = client.get(url, headers={"Last-Event-ID": "1000"})
    assert (over.status_code, over.data, over.content_type) == (204, b"", None)


def test_a_parameter_that_makes_no_sense(client: FlaskClient) -> None:
    """It is named in the problem."""
    job_id = client.post(URL, json=BODY).headers["X-Job-Id"]
    response = client.get(f"/api/jobs/{job_id}/events?lastEventId=last")
    assert (response.status_code, response.get_json()["errors"][0]["parameter"]) == (422, "lastEventId")


@pytest.mark.timeout(20)
def test_events_come_as_they_happen(ledger: InMemoryLedger, waiters: WaiterTable) -> None:
    """Each event is there once its stage was saved, and the stream is over after the end of the job."""
    job = running(ledger)
    texts = texts_of(make_streams(ledger, waiters).response(job, 0))

    assert next(texts) == OPENING
    assert ids(next(texts)) == [1]
    ledger.checkpoint(job, 1, {}, [STAGE], 60_000)
    waiters.tell_progress(job.id)
    assert ids(next(texts)) == [2]
    ledger.finish(job, DONE)
    assert ids("".join(texts)) == [3, 1000]
    assert len(waiters) == 0


@pytest.mark.timeout(20)
def test_a_better_answer_is_waited_for(ledger: InMemoryLedger, waiters: WaiterTable) -> None:
    """After an end that is to be improved on, the stream stays open until word of it comes."""

    class Refining:
        """Shows jobs as a flow leaves them whose answer is being improved on."""

        refined_by: str | None = None

        def read(self, job_id: str) -> Job:
            job = ledger.read(job_id)
            until_ms = (job.finished_ms or 0) + 30_000
            return replace(job, refined_by=self.refined_by, refine_until_ms=until_ms)

    job, refining = running(ledger), Refining()
    ledger.finish(job, DONE)
    texts = texts_of(make_streams(refining, waiters).response(refining.read(job.id), 3))

    assert [next(texts), *parsed(next(texts))[0][:2]] == [OPENING, 1000, "ended"]
    refining.refined_by = "another"
    waiters.tell_progress(job.id)
    assert [next(texts).split("\n")[:2], list(texts)] == [["id: 1001", "event: refined"], []]


@pytest.mark.timeout(20)
def test_a_sign_of_life(ledger: InMemoryLedger, waiters: WaiterTable) -> None:
    """While nothing happens a comment comes, again and again."""
    texts = texts_of(make_streams(ledger, waiters, heartbeat_s=0.01).response(running(ledger), 1))
    assert [next(texts) for _ in range(4)] == [OPENING, HEARTBEAT, HEARTBEAT, HEARTBEAT]


@pytest.mark.timeout(20)
def test_a_lost_ledger_does_not_break_the_stream(ledger: InMemoryLedger, waiters: WaiterTable) -> None:
    """While the ledger does not answer the stream stays open, and goes on when it is back."""

    class Flaky:
        """Does not answer while it is ``gone``."""

        gone = False

        def read(self, job_id: str) -> Job:
            if self.gone:
                raise StoreUnavailable("gone")
            return ledger.read(job_id)

    job, flaky = running(ledger), Flaky()
    texts = texts_of(make_streams(flaky, waiters, heartbeat_s=0.05).response(job, 0))
    assert [next(texts)[:5], next(texts)[:5]] == ["retry", "id: 1"]
    flaky.gone = True
    waiters.tell_all()
    assert next(texts) == HEARTBEAT
    flaky.gone = False
    ledger.finish(job, DONE)
    assert ids("".join(texts)) == [2, 3, 1000]


def test_the_job_of_an_erased_person(ledger: InMemoryLedger, waiters: WaiterTable) -> None:
    """When the job goes its stream ends, without a word that it ended well."""
    job = running(ledger)
    texts = texts_of(make_streams(ledger, waiters).response(job, 1))
    assert next(texts) == OPENING
    ledger.forget("demo", "u")
    assert list(texts) == []


def test_streams_that_were_left(ledger: InMemoryLedger, waiters: WaiterTable) -> None:
    """However many clients go away at whatever point, no waiter and no slot is left behind."""
    job, slots = running(ledger), BoundedSemaphore(1)
    streams = make_streams(ledger, waiters, slots=slots, heartbeat_s=0.001)
    for number in range(300):
        response = streams.response(job, 0)
        for _, _ in zip(range(number % 4), texts_of(response), strict=False):
            pass
        response.close()
    assert len(waiters) == 0
    assert slots.acquire(blocking=False)


def test_streams_take_no_more_than_their_share_of_the_threads(
    make_client: MakeClient, ledger: InMemoryLedger
) -> None:
    """Whoever finds no room hears when to come again and where there is more; a place left is free."""
    client = make_client(env={"WEB_THREADS": "8"})
    url = f"/api/jobs/{accepted(ledger).id}/events"
    first, second = (client.get(url, buffered=False) for _ in range(2))

    refused = client.get(url)

    assert (first.status_code, second.status_code, refused.status_code) == (200, 200, 503)
    assert (refused.get_json()["code"], refused.headers["Retry-After"]) == ("too_many_streams", "5")
    assert refused.get_json()["streams"] == f"http://127.0.0.1:3007{url}"
    first.close()
    third = client.get(url, buffered=False)
    assert third.status_code == 200
    second.close()
    third.close()


def test_a_full_house_still_tells_what_is_over(make_client: MakeClient, ledger: InMemoryLedger) -> None:
    """The events of a job that has ended take no place."""
    client = make_client(env={"WEB_THREADS": "2"})
    with client.get(f"/api/jobs/{accepted(ledger).id}/events", buffered=False) as held:
        job = running(ledger)
        ledger.finish(job, DONE)
        assert ids(client.get(f"/api/jobs/{job.id}/events").text) == [1, 2, 3, 1000]
        assert held.status_code == 200


def test_another_organisations_job_does_not_exist(make_client: MakeClient, ledger: InMemoryLedger) -> None:
    """Its events are as unknown as those of a job that never was, to the last word; without a key is 401."""
    client = make_client(env=KEYS)
    job = running(ledger, organisation="acme")
    ledger.finish(job, DONE)
    url = f"/api/jobs/{job.id}/events"
    acme, globex = ({"X-API-Key": f"{name}-key-0123456789"} for name in ("acme", "globex"))
    foreign = client.get(url, headers=globex)
    unknown = client.get("/api/jobs/unknown/events", headers=globex)
    assert (foreign.status_code, foreign.get_json()["code"]) == (404, "job_not_found")
    assert foreign.text.replace(job.id, "unknown") == unknown.text
    assert client.get(url).status_code == 401
    assert client.get(url, headers=acme).status_code == 200
