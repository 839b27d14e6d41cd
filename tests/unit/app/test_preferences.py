"""How long a client waits: ``Prefer``, and ``?mode=`` for people."""

from collections.abc import Callable
from threading import Timer

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from app.preferences import Preference, preference_of
from flows.errors import InvalidInput
from tasks.store.base import Outcome, State
from tasks.store.in_memory import InMemoryLedger

URL = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}

MakeClient = Callable[..., FlaskClient]
Run = Callable[..., None]


def lost(job_id: str, step: int, attempt: int) -> None:
    """Publish to a broker that loses everything."""


@pytest.fixture
def slow_client(make_client: MakeClient, run_job: Run) -> FlaskClient:
    """A client whose answers take 50 ms, of a flow that gives them one."""

    def publish(job_id: str, step: int, attempt: int) -> None:
        Timer(0.05, run_job, (job_id, step, attempt)).start()

    return make_client(publish=publish, budget_ms=1)


@pytest.mark.parametrize(
    ("prefer", "wait_s", "applied"),
    [
        ("wait=1", 1, "wait=1"),
        ("wait=0", 0, "wait=0"),
        ("wait=30", 30, "wait=30"),
        ("wait=31", 30, "wait=30"),
        ("wait=86400", 30, "wait=30"),
        ('wait="5"', 5, "wait=5"),
        ("respond-async", 0, "respond-async"),
        ("respond-async, wait=10", 10, "respond-async, wait=10"),
        ("wait=10, respond-async", 10, "respond-async, wait=10"),
        ("respond-async, wait=soon", 0, "respond-async"),
        ("return=minimal, wait=2, handling=lenient", 2, "wait=2"),
    ],
)
def test_preferences_that_are_honoured(prefer: str, wait_s: int, applied: str) -> None:
    """A wait is honoured up to 30 s, respond-async is no wait, both together wait and then give up."""
    assert preference_of(Headers({"Prefer": prefer}), None) == Preference(wait_s, applied)


@pytest.mark.parametrize(
    "prefer",
    [
        "",
        "wait",
        "wait=",
        "wait=soon",
        "wait=-1",
        "wait=1.5",
        "wait=²",
        "waiting=5",
        "return=minimal",
        ",=;,",
    ],
)
def test_a_senseless_preference_is_ignored(prefer: str) -> None:
    """What cannot be understood is taken as not said, and nothing is claimed about it."""
    assert preference_of(Headers({"Prefer": prefer}), None) == Preference(None, "")


def test_saying_nothing_is_no_preference() -> None:
    """Without header and mode the flow's own budget holds."""
    assert preference_of(Headers(), None) == Preference(None, "")


@pytest.mark.parametrize(("mode", "wait_s"), [("sync", 30), ("poll", 0)])
def test_modes(mode: str, wait_s: int) -> None:
    """sync waits as long as anybody may, poll not at all; neither is a preference to confirm."""
    assert preference_of(Headers(), mode) == Preference(wait_s, "")


@pytest.mark.parametrize(
    ("prefer", "mode", "expected"),
    [
        ("wait=2", "poll", Preference(2, "wait=2")),
        ("respond-async", "sync", Preference(0, "respond-async")),
        ("wait=soon", "sync", Preference(30, "")),
    ],
)
def test_the_header_goes_before_the_mode(prefer: str, mode: str, expected: Preference) -> None:
    """A header that makes sense counts more than the mode; one that does not leaves it."""
    assert preference_of(Headers({"Prefer": prefer}), mode) == expected


@pytest.mark.parametrize("mode", ["other", "", "SYNC"])
def test_there_are_no_other_modes(mode: str) -> None:
    """A mode that does not exist is refused by the parameter's name, whatever the header says."""
    with pytest.raises(InvalidInput, match="must be one of sync, poll") as caught:
        preference_of(Headers({"Prefer": "wait=1"}), mode)
    assert caught.value.field == "?mode"


def test_an_unknown_mode_over_http(client: FlaskClient) -> None:
    """The problem names the query parameter instead of a pointer into the body."""
    response = client.post(URL + "?mode=other", json=BODY)
    assert (response.status_code, response.get_json()["code"]) == (422, "invalid_input")
    assert response.get_json()["errors"] == [{"parameter": "mode", "detail": "must be one of sync, poll"}]


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("query", "headers", "applied"),
    [
        ("", {"Prefer": "respond-async"}, "respond-async"),
        ("", {"Prefer": "wait=0"}, "wait=0"),
        ("?mode=poll", {}, None),
    ],
)
def test_who_does_not_want_to_wait_gets_a_job(
    make_client: MakeClient, query: str, headers: dict[str, str], applied: str | None
) -> None:
    """The answer is 202 at once: where to ask, when, what was applied, and the job as it stands."""
    response = make_client(publish=lost, budget_ms=30_000).post(URL + query, json=BODY, headers=headers)
    job_id = response.headers["X-Job-Id"]
    body = response.get_json()
    assert (response.status_code, response.content_type) == (202, "application/json")
    assert response.headers["Location"] == f"/api/jobs/{job_id}"
    assert response.headers["Retry-After"] == "1"
    assert response.headers.get("Preference-Applied") == applied
    assert response.headers["Vary"] == "Prefer"
    assert (body["id"], body["status"], body["result"], body["problem"]) == (job_id, "queued", None, None)
    address = f"/api/jobs/{job_id}"
    assert body["links"] == {"self": address, "events": f"{address}/events", "cancel": address}


@pytest.mark.parametrize("prefer", ["respond-async", "wait=0"])
def test_who_does_not_want_to_wait_gets_a_job_that_is_done(
    make_client: MakeClient, run_job: Run, prefer: str
) -> None:
    """The answer has one form however fast the workers are: 202 and the job, here with its result."""
    response = make_client(publish=run_job).post(URL, json=BODY, headers={"Prefer": prefer})
    body = response.get_json()
    assert (response.status_code, response.headers["Preference-Applied"]) == (202, prefer)
    assert response.headers["Location"] == f"/api/jobs/{body['id']}"
    assert (body["status"], body["result"]["decisionId"]) == ("succeeded", body["id"])


@pytest.mark.parametrize(
    ("query", "headers", "applied"),
    [
        ("", {"Prefer": "wait=100"}, "wait=30"),
        ("", {"Prefer": "respond-async, wait=20"}, "wait=20"),
        ("?mode=sync", {}, None),
    ],
)
def test_who_wants_to_wait_gets_the_answer(
    slow_client: FlaskClient, query: str, headers: dict[str, str], applied: str | None
) -> None:
    """A wait that the client asks for goes beyond the flow's own budget, and the answer confirms it."""
    response = slow_client.post(URL + query, json=BODY, headers=headers)
    assert (response.status_code, response.headers["X-Cache"]) == (200, "miss")
    assert response.headers.get("Preference-Applied") == applied
    assert response.headers["Vary"] == "Prefer"


@pytest.mark.parametrize("prefer", ["wait=soon", "wait=-1", "return=minimal"])
def test_a_senseless_preference_does_no_harm(client: FlaskClient, prefer: str) -> None:
    """A request with a Prefer that means nothing is answered as if it had none."""
    response = client.post(URL, json=BODY, headers={"Prefer": prefer})
    assert response.status_code == 200
    assert "Preference-Applied" not in response.headers


def test_a_cached_answer_confirms_the_wait(client: FlaskClient) -> None:
    """Nobody waits for what is there, and a bounded wait was kept all the same."""
    client.post(URL, json=BODY)
    response = client.post(URL, json=BODY, headers={"Prefer": "wait=3"})
    assert (response.status_code, response.headers["X-Cache"]) == (200, "hit")
    assert response.headers["Preference-Applied"] == "wait=3"


@pytest.mark.parametrize(
    ("prefer", "milliseconds"), [("wait=20", 20_000), ("wait=1", 5_000), ("return=minimal", 5_000)]
)
def test_the_deadline_is_as_late_as_the_wait(
    make_client: MakeClient, ledger: InMemoryLedger, prefer: str, milliseconds: int
) -> None:
    """A client that waits longer than the flow's budget gives the job as much longer, never less."""

    def fail(job_id: str, step: int, attempt: int) -> None:
        ledger.finish(ledger.read(job_id), Outcome(state=State.FAILED, stages=[]))

    response = make_client(publish=fail).post(URL, json=BODY, headers={"Prefer": prefer})
    job = ledger.read(response.headers["X-Job-Id"])
    assert job.deadline_ms - job.created_ms == milliseconds
