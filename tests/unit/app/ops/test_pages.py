"""``/ops``: who gets in, what the pages say, and what their forms do."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from time import time
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.settings import OperatorLogin
from flows.errors import StoreUnavailable
from flows.job_id import new_job_id
from tasks.redis_client import fast_client
from tasks.store.base import Outcome, Overdue, PoisonMessage, State
from tasks.store.in_memory import InMemoryLedger
from tasks.store.in_redis import RedisLedger
from tasks.store.queue_depths import QueueDepths
from tasks.store.schedule_runs import Planned, Run, ScheduleRuns
from tests.factories import new_job

LOGIN = OperatorLogin("ann", "long-enough")
PAGES = ("/ops/", "/ops/jobs", "/ops/dead", "/ops/schedules")
HOSTILE = '<script>alert("x")</script>'
ESCAPED = "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;"
NOTHING = "\N{EN DASH}"
UPSTREAMS = {"memory": {"breaker": "half_open", "processesNotAsking": 2}}

MakeClient = Callable[..., FlaskClient]


def unavailable() -> Mapping[str, Any]:
    raise StoreUnavailable("Redis does not answer")


@pytest.fixture
def published() -> list[tuple[str, int, int]]:
    """What was handed to the workers."""
    return []


@pytest.fixture
def client(
    make_client: MakeClient, redis_client: "redis.Redis", published: list[tuple[str, int, int]]
) -> FlaskClient:
    """A client of pages over a ledger in memory; queues and schedules are in a real Redis."""
    runs = ScheduleRuns(redis_client)
    runs.announce(
        [Planned("sweep", 60.0, "scheduled", 60.0, True), Planned("mine", 60.0, "training", 60.0, False)]
    )
    failed = runs.claim(Planned("mine", 60.0, "training", 60.0, False), "host")
    assert isinstance(failed, Run)
    runs.end(failed, "host", ms=12, error=HOSTILE)
    return make_client(
        operator=LOGIN,
        schedules=runs,
        queues=QueueDepths(redis_client, ["interactive", "llm"]),
        publish=lambda *message: published.append(message),
        checks={"redis": dict, "upstreams": lambda: UPSTREAMS},
        workers=3,
    )


def get(client: FlaskClient, path: str) -> str:
    """A page, as the operator gets it."""
    response = client.get(path, auth=(LOGIN.name, LOGIN.password))
    assert (response.status_code, response.content_type) == (200, "text/html; charset=utf-8")
    return response.get_data(as_text=True)


def post(client: FlaskClient, path: str, token: str | None = None) -> TestResponse:
    """What a form sends; without a token of its own it has the one of the page."""
    page = get(client, "/ops/dead") if token is None else ""
    found = page.partition('name="token" value="')[2].partition('"')[0] if token is None else token
    return client.post(path, data={"token": found}, auth=(LOGIN.name, LOGIN.password))


def queued(ledger: InMemoryLedger, **more: Any) -> str:
    """A job that waits."""
    basics = {"flow": "learning_path", "version": "7", "id": new_job_id(), "created_ms": int(time() * 1000)}
    job = new_job(**(basics | more))
    ledger.accept(job, 60_000)
    return job.id


def buried(ledger: InMemoryLedger, detail: str = "no worker finished it", **more: Any) -> str:
    """A job that was given up."""
    job = ledger.read(queued(ledger, **more))
    overdue = Overdue(job.id, job.flow, job.version, job.state, job.step, job.attempt)
    assert ledger.bury(overdue, {"code": "attempts_used_up", "detail": detail})
    return job.id


def ended(ledger: InMemoryLedger, *stages: Mapping[str, Any], **more: Any) -> str:
    """A job that has succeeded."""
    job = ledger.start(queued(ledger, **more), 0, 1)
    assert job is not None
    ledger.finish(job, Outcome(state=State.SUCCEEDED, stages=stages, result='{"n":1}'))
    return job.id


# Who gets in.


@pytest.mark.parametrize("path", [*PAGES, "/ops/jobs/x", "/ops/static/ops.css", "/ops/none"])
def test_a_login_is_asked_for(client: FlaskClient, path: str) -> None:
    """A browser is told to ask its user; what it says is said by nobody else either."""
    response = client.get(path)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Basic realm="Learning Service operators", charset="UTF-8"'


@pytest.mark.parametrize(
    "auth", [("ann", "wrong-one"), ("bob", "long-enough"), ("ann", ""), ("", "long-enough")]
)
def test_the_wrong_login_is_none(client: FlaskClient, auth: tuple[str, str]) -> None:
    """Name and password must both be right."""
    assert client.get("/ops/", auth=auth).status_code == 401


@pytest.mark.parametrize("header", ["Bearer ann:long-enough", "Basic", "Basic %%%", "Basic /w=="])
def test_other_kinds_of_logins(client: FlaskClient, header: str) -> None:
    """Nothing but HTTP Basic, and nothing that cannot be read."""
    assert client.get("/ops/", headers={"Authorization": header}).status_code == 401


def test_operators_need_no_api_key(make_client: MakeClient, ledger: InMemoryLedger) -> None:
    """And a key opens no page: operators see all organisations."""
    client = make_client(operator=LOGIN, env={"API_KEYS": "acme:acme-key-0123456789"})
    assert client.get("/ops/jobs", headers={"X-API-Key": "acme-key-0123456789"}).status_code == 401
    assert "There is none." in get(client, "/ops/jobs")


def test_without_an_operator_there_are_no_pages(make_client: MakeClient) -> None:
    """An app that was given no login has none that could be guessed."""
    assert make_client().get("/ops/", auth=("", "")).status_code == 404


@pytest.mark.parametrize("path", [*PAGES, "/ops/static/ops.css", "/ops/none"])
def test_what_browsers_are_told(client: FlaskClient, path: str) -> None:
    """Load nothing from elsewhere, show it in no frame, keep it nowhere."""
    for auth in (None, (LOGIN.name, LOGIN.password)):
        with client.get(path, auth=auth) as response:
            headers = response.headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self';")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


# What the pages say.


def test_overview(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """Queues with their workers, jobs by state, dead letters, breakers, schedules in trouble."""
    ended(ledger)
    buried(ledger)
    page = get(client, "/ops/")
    assert cells(page, "interactive") == ["0", NOTHING, "3"]
    assert cells(page, "llm") == ["0", NOTHING, "none"]
    assert cells(page, "succeeded") == ["1"]
    assert cells(page, "failed") == ["1"]
    assert cells(page, "jobs given up") == ["1"]
    assert cells(page, "memory") == ["half-open", "2"]
    assert cells(page, "mine") == [ESCAPED]
    assert cells(page, "sweep") == []


def test_jobs_can_be_picked(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """By state, flow and organisation, together."""
    of_acme, of_other, waits = (
        ended(ledger, organisation="acme"),
        ended(ledger, organisation="other", flow="quiz"),
        queued(ledger, organisation="acme"),
    )

    def shown(query: str) -> set[str]:
        page = get(client, f"/ops/jobs?{query}")
        return {job_id for job_id in (of_acme, of_other, waits) if job_id in page}

    assert shown("") == {of_acme, of_other, waits}
    assert shown("state=queued&flow=&organisation=") == {waits}
    assert shown("flow=quiz") == {of_other}
    assert shown("organisation=acme&state=succeeded") == {of_acme}
    assert shown("state=nonsense&id=") == {of_acme, of_other, waits}


def test_a_job_by_its_id(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """The form of the list takes one there."""
    response = client.get("/ops/jobs?id=%20abc%20", auth=(LOGIN.name, LOGIN.password))
    assert (response.status_code, response.headers["Location"]) == (303, "/ops/jobs/abc")


def test_a_job(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """Its stages with their bars and reasons, and why the answer is less than it could be."""
    job_id = ended(
        ledger,
        {"type": "context.features", "status": "ok", "ms": 2.5, "atMs": 10.0},
        {
            "type": "llm.rerank",
            "status": "skipped",
            "ms": 130.0,
            "atMs": 12.5,
            "reason": "llm.rerank:timeout",
        },
        created_ms=int(time() * 1000) - 1_000,
    )
    page = get(client, f"/ops/jobs/{job_id}")
    assert cells(page, "context.features")[:3] == ["ok", "10.0", "2.50"]
    assert 'aria-label="llm.rerank: from 12.5 ms on for 130.00 ms"' in page
    assert '<rect class="skipped" x="' in page
    assert page.count("llm.rerank:timeout") == 2
    assert "/retry" not in page
    assert "/cancel" not in page


def test_a_job_under_way_can_be_cancelled(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """And not be tried again."""
    page = get(client, f"/ops/jobs/{queued(ledger)}")
    assert "queued" in page
    assert ("/cancel" in page, "/retry" in page) == (True, False)


def test_dead_letters(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """Jobs that were given up, each with a button, and messages that nobody could read."""
    job_id = buried(ledger)
    ledger.record_poison(
        PoisonMessage(at_ms=1_735_732_800_000, task="stage.a", reason="not JSON", body=HOSTILE)
    )
    page = get(client, "/ops/dead")
    assert f'action="/ops/jobs/{job_id}/retry"' in page
    assert cells(page, "2025-01-01 12:00:00") == ["stage.a", "not JSON", f"<code>{ESCAPED}</code>"]


def test_schedules(client: FlaskClient) -> None:
    """What ran when, and what came of it."""
    page = get(client, "/ops/schedules")
    queue, every, _, took, came, *_ = cells(page, "mine")
    assert (queue, every, took, came) == ("training", "1 min", "12 ms", f'<span class="bad">{ESCAPED}</span>')
    assert cells(page, "sweep")[2] == "not yet"


def test_hostile_text_is_text(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """Whatever stands in a flow, an organisation, a problem, a request id, a stage or an address."""
    stage = {"type": HOSTILE, "status": '"><b>', "ms": 1.0, "reason": HOSTILE}
    job_id = ended(ledger, stage, organisation=HOSTILE, flow=HOSTILE, request_id=HOSTILE)
    dead_id = buried(ledger, detail=HOSTILE, organisation=HOSTILE)
    asked = "/ops/jobs?flow=%3Cscript%3Ealert(%22x%22)%3C/script%3E&refresh=5"
    for path in ("/ops/jobs", asked, f"/ops/jobs/{job_id}", f"/ops/jobs/{dead_id}", "/ops/dead", "/ops/"):
        page = get(client, path)
        assert "<script" not in page
        assert '"><b>' not in page
    assert ESCAPED in get(client, f"/ops/jobs/{dead_id}")


def test_pages_load_again_when_asked(client: FlaskClient) -> None:
    """Without script, not too often, and with what else was asked."""
    page = get(client, "/ops/jobs?flow=quiz&refresh=5")
    assert '<meta http-equiv="refresh" content="5">' in page
    assert 'href="/ops/jobs?flow=quiz">stop' in page
    assert '<meta http-equiv="refresh" content="3600">' in get(client, "/ops/?refresh=99999")
    for nothing in ("", "?refresh=", "?refresh=x", "?refresh=0"):
        assert "http-equiv" not in get(client, f"/ops/{nothing}")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_title_and_a_way_on(client: FlaskClient, path: str) -> None:
    """A language, a title of its own, one heading, the other pages, and which of them this is."""
    page = get(client, path)
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert page.count("<h1>") == 1
    assert page.count('aria-current="page"') == 1
    assert all(f'href="{other}"' in page for other in PAGES)
    titles = {get(client, other).partition("<title>")[2].partition("<")[0] for other in PAGES}
    assert len(titles) == len(PAGES)


# What the forms do.


def test_trying_a_dead_job_again(
    client: FlaskClient, ledger: InMemoryLedger, published: list[tuple[str, int, int]]
) -> None:
    """It is queued with a new attempt, leaves the dead letters, and its page is shown."""
    job_id = buried(ledger)
    response = post(client, f"/ops/jobs/{job_id}/retry")
    assert (response.status_code, response.headers["Location"]) == (303, f"/ops/jobs/{job_id}")
    assert published == [(job_id, 0, 2)]
    assert ledger.read(job_id).state is State.QUEUED
    assert job_id not in get(client, "/ops/dead")


def test_cancelling_a_job(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """It ends, and its page says so."""
    job_id, _ = queued(ledger), buried(ledger)
    assert post(client, f"/ops/jobs/{job_id}/cancel").status_code == 303
    assert "cancelled" in get(client, f"/ops/jobs/{job_id}")


@pytest.mark.parametrize("token", ["", "x", "ä"])
@pytest.mark.parametrize("what", ["retry", "cancel"])
def test_a_form_of_another_site(client: FlaskClient, ledger: InMemoryLedger, what: str, token: str) -> None:
    """A browser sends the login with it, but it cannot know the token: nothing happens."""
    job_id = queued(ledger)
    assert post(client, f"/ops/jobs/{job_id}/{what}", token).status_code == 403
    assert ledger.read(job_id).state is State.QUEUED


def test_a_form_without_login(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """The token alone opens nothing."""
    job_id = queued(ledger)
    buried(ledger)
    token = get(client, "/ops/dead").partition('name="token" value="')[2].partition('"')[0]
    assert len(token) == 64
    assert client.post(f"/ops/jobs/{job_id}/cancel", data={"token": token}).status_code == 401


def test_the_token_is_another_for_another_password(make_client: MakeClient, ledger: InMemoryLedger) -> None:
    """A page that was loaded before the password changed does nothing after."""
    job_id = buried(ledger)
    other = make_client(operator=replace(LOGIN, password="another-one"))
    page = other.get("/ops/dead", auth=("ann", "another-one")).get_data(as_text=True)
    token = page.partition('name="token" value="')[2].partition('"')[0]
    assert post(make_client(operator=LOGIN), f"/ops/jobs/{job_id}/retry", token).status_code == 403


# What cannot be shown.


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/ops/jobs/none", 404, "job_not_found"),
        ("/ops/jobs/01000000000070008000000000000000", 410, "job_gone"),
        ("/ops/none", 404, "not_found"),
        ("/ops/static/none.css", 404, "not_found"),
    ],
)
def test_what_is_not_there(client: FlaskClient, path: str, status: int, code: str) -> None:
    """A page that says so, with the way to the others, and not the JSON of the API."""
    response = client.get(path, auth=(LOGIN.name, LOGIN.password))
    page = response.get_data(as_text=True)
    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert (code in page, 'href="/ops/jobs"' in page, "load again" in page) == (True, True, False)


def test_trying_again_what_has_not_failed(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """A page says why not."""
    job_id, _ = ended(ledger), buried(ledger)
    response = post(client, f"/ops/jobs/{job_id}/retry")
    assert (response.status_code, response.mimetype) == (409, "text/html")
    assert "job_not_failed" in response.get_data(as_text=True)


def test_what_nobody_foresaw(make_client: MakeClient) -> None:
    """A page too, which tells nothing of the inside."""
    response = make_client(operator=LOGIN).get("/ops/schedules", auth=(LOGIN.name, LOGIN.password))
    page = response.get_data(as_text=True)
    assert (response.status_code, response.mimetype) == (500, "text/html")
    assert ("internal" in page, "NoneType" in page) == (True, False)


def test_without_redis(make_client: MakeClient) -> None:
    """The overview comes and says what is away; so do the other pages, as errors."""
    with fast_client("redis://127.0.0.1:1/0") as nobody:
        client = make_client(
            operator=LOGIN,
            ledger=RedisLedger(nobody),
            schedules=ScheduleRuns(nobody),
            queues=QueueDepths(nobody, ["interactive"]),
            checks={"redis": unavailable, "database": dict},
        )
        page = get(client, "/ops/")
        assert "redis is unavailable." in page
        assert "The broker does not answer." in page
        assert page.count("The ledger does not answer.") == 3
        for path in PAGES[1:]:
            response = client.get(path, auth=(LOGIN.name, LOGIN.password))
            assert (response.status_code, response.mimetype) == (503, "text/html")
            assert "Redis does not answer" in response.get_data(as_text=True)


def cells(page: str, first: str) -> list[str]:
    """What stands beside the first cell of that text, which may be a link; empty when there is none."""
    for row in page.split("<tr")[1:]:
        found = [cell.partition(">")[2].partition("</td>")[0].strip() for cell in row.split("<td")[1:]]
        if found and found[0].removesuffix("</a>").rpartition(">")[2] == first:
            return found[1:]
    return []
