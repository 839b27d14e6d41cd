"""Asking to be told of an end, and seeing what became of it: each organisation its own."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import RAISE
from sqlalchemy import Engine

from app.schemas.webhooks import DeliveryList, DeliverySchema, SecretsSchema
from flows.catalogue.built_in import built_in_catalogue
from flows.webhooks.messages import Message
from tasks.store.in_memory import InMemoryLedger
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.webhook_deliveries import WebhookDeliveries
from tests.factories import webhooks_of

URL = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}
HOOK = "https://8.8.8.8/hook"
KEYS = {"API_KEYS": "acme:0123456789abcdef,rival:fedcba9876543210"}
ACME, RIVAL = {"X-API-Key": "0123456789abcdef"}, {"X-API-Key": "fedcba9876543210"}

FLOWS = [
    (URL, BODY),
    ("/api/learning-paths", BODY),
    ("/api/prompts/suggestions", {"context": "react loops", "userId": "ann"}),
    ("/api/suggestions", {"context": "react loops", "userId": "ann"}),
    ("/api/prompts/next", {"userId": "ann"}),
    ("/api/recommendations", {"userId": "ann"}),
    ("/api/quizzes", {"userId": "ann", "skill": "react-hooks"}),
    ("/api/recommendations/contract-aware", {"userId": "ann", "orgId": "demo"}),
    (
        "/api/recommendations/team-insights",
        {"orgId": "demo", "teamSize": 3, "project": "microservices-migration"},
    ),
    (
        "/api/prompts/optimize-model",
        {"task": "code review", "language": "Python", "complexity": "high", "latencyBudget": 200},
    ),
]

MakeClient = Callable[..., FlaskClient]


@pytest.fixture
def catalogues() -> InMemoryCatalogues:
    """What every flow finds something in."""
    return InMemoryCatalogues(built_in_catalogue)


@pytest.fixture
def client(make_client: MakeClient, database: Engine) -> FlaskClient:
    """A client of an app with a database."""
    return make_client(engine=database)


@pytest.fixture
def deliveries(database: Engine) -> WebhookDeliveries:
    return WebhookDeliveries(database)


def told(ledger: InMemoryLedger) -> list[tuple[str, str]]:
    """Which job is to be told to which address."""
    return [(e.job_id, e.callback.url) for batch in ledger.outbox.batches(100) for e in batch]


@pytest.mark.parametrize(("path", "body"), FLOWS, ids=[path for path, _ in FLOWS])
def test_every_flow_takes_an_address(
    client: FlaskClient, ledger: InMemoryLedger, path: str, body: dict[str, Any]
) -> None:
    """Whatever is asked, the end of the job that answers is told."""
    response = client.post(path + "?mode=sync", json=body | {"callbackUrl": HOOK})
    assert response.headers["X-Job-Id"]
    assert told(ledger) == [(response.headers["X-Job-Id"], HOOK)]


def test_an_address_is_no_part_of_the_question(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """Who asks the same with another address, or with none, gets the same answer; each is told once."""
    first = client.post(URL, json=BODY)
    assert told(ledger) == []
    for url in (HOOK, HOOK, "https://8.8.4.4/"):
        again = client.post(URL, json=BODY | {"callbackUrl": url})
        assert (again.status_code, again.headers["X-Cache"]) == (200, "hit")
        assert again.get_json() == first.get_json()
    job_id = first.headers["X-Job-Id"]
    assert told(ledger) == [(job_id, HOOK), (job_id, "https://8.8.4.4/")]


def test_who_joins_is_told(make_client: MakeClient, database: Engine, ledger: InMemoryLedger) -> None:
    """A request that shares a job which is under way is told of its end as well, also of a cancelled one."""
    client = make_client(engine=database, publish=lambda *_: None)
    first = client.post(URL, json=BODY, headers={"Prefer": "respond-async"})
    second = client.post(URL, json=BODY | {"callbackUrl": HOOK}, headers={"Prefer": "respond-async"})
    assert second.headers["X-Job-Id"] == first.headers["X-Job-Id"]
    assert client.delete(first.headers["Location"]).status_code == 200
    assert told(ledger) == [(first.headers["X-Job-Id"], HOOK)]


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
        "https://user:word@8.8.8.8/",
        "https://8.8.8.8/#here",
        "https://8.8.8.8:22/",
        "https://8.8.8.8/" + "a" * 2048,
        "nonsense",
        "",
        5,
    ],
)
def test_an_address_that_cannot_be(client: FlaskClient, ledger: InMemoryLedger, url: object) -> None:
    """It is refused with a pointer to the field, before there is a job."""
    response = client.post(URL, json=BODY | {"callbackUrl": url})
    problem = response.get_json()
    assert (response.status_code, problem["code"]) == (422, "invalid_input")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/callbackUrl"]
    assert ledger.overdue(10) == []
    assert told(ledger) == []


def test_no_address_is_no_callback(client: FlaskClient) -> None:
    """null is not an address."""
    assert client.post(URL, json=BODY | {"callbackUrl": None}).status_code == 422


def test_a_message_says_what_the_job_says(
    client: FlaskClient, ledger: InMemoryLedger, database: Engine
) -> None:
    """Its data are the job as GET shows it."""
    answered = client.post(URL, json=BODY | {"callbackUrl": HOOK})
    job_id = answered.headers["X-Job-Id"]
    webhooks = webhooks_of(database, ledger)
    assert (webhooks.move(), webhooks.move()) == (1, 0)
    assert told(ledger) == []
    listed = DeliveryList(unknown=RAISE).load(
        client.get(f"/api/webhooks/deliveries?jobId={job_id}").get_json()
    )
    (found,) = listed["deliveries"]
    assert (found["type"], found["state"], found["url"], found["jobId"]) == (
        "job.succeeded",
        "pending",
        HOOK,
        job_id,
    )
    job = client.get(f"/api/jobs/{job_id}").get_json()
    assert found["payload"]["data"] == job
    assert found["payload"]["timestamp"] == job["finishedAt"]


@pytest.mark.parametrize("lost", [True, False])
def test_a_job_that_cannot_be_read_is_told_nevertheless(
    ledger: InMemoryLedger, database: Engine, client: FlaskClient, lost: bool
) -> None:
    """Of a job that is not kept any more, or not readable, a message says at least how it ended."""
    job_id = client.post(URL, json=BODY | {"callbackUrl": HOOK}).headers["X-Job-Id"]
    if lost:
        del ledger._jobs[job_id]
    else:
        ledger._jobs[job_id] = replace(ledger.read(job_id), result="{")
    webhooks = webhooks_of(database, ledger)
    assert webhooks.move() == 1
    (found,) = webhooks.deliveries.listed("demo", limit=9)
    data = json.loads(found.body)["data"]
    assert (data["id"], data["status"], data["links"]) == (
        job_id,
        "succeeded",
        {"self": f"/api/jobs/{job_id}"},
    )


def test_who_is_told_of_a_better_answer(
    ledger: InMemoryLedger, database: Engine, client: FlaskClient
) -> None:
    """Whoever was told of the end can be told that there is more, once."""
    job_id = client.post(URL, json=BODY | {"callbackUrl": HOOK}).headers["X-Job-Id"]
    webhooks = webhooks_of(database, ledger)
    webhooks.move()
    assert (webhooks.tell_refined(ledger.read(job_id)), webhooks.tell_refined(ledger.read(job_id))) == (1, 0)
    types = {found.type for found in webhooks.deliveries.listed("demo", limit=9)}
    assert types == {"job.succeeded", "job.refined"}


def test_the_secret(client: FlaskClient) -> None:
    """It is made when it is first asked for, stays, and signs beside its follower for a day."""
    first = SecretsSchema(unknown=RAISE).load(client.get("/api/webhooks/secret").get_json())["secrets"]
    assert client.get("/api/webhooks/secret").get_json()["secrets"] == first
    assert (len(first), first[0]["expiresAt"]) == (1, None)
    rotated = client.post("/api/webhooks/secret/rotate", json={}).get_json()["secrets"]
    assert [secret["secret"] for secret in rotated][1:] == [first[0]["secret"]]
    assert rotated[1]["expiresAt"] is not None
    assert client.get("/api/webhooks/secret").get_json()["secrets"] == rotated


def put(
    deliveries: WebhookDeliveries, organisation: str, *numbers: int, job_id: str | None = None
) -> list[str]:
    """Messages of an organisation; their ids."""
    messages = [
        Message(
            organisation=organisation,
            id=f"msg_{n:032x}",
            url=HOOK,
            type="job.failed",
            body="{}",
            job_id=job_id,
        )
        for n in numbers
    ]
    deliveries.put(messages)
    return [message.id for message in messages]


def test_lists_go_page_by_page(client: FlaskClient, deliveries: WebhookDeliveries) -> None:
    """Newest first, and each page says where the next begins."""
    for number in range(5):
        put(deliveries, "demo", number, job_id=f"job-{number % 2}")
    first = client.get("/api/webhooks/deliveries?limit=3").get_json()
    second = client.get(f"/api/webhooks/deliveries?limit=3&before={first['next']}").get_json()
    assert (len(first["deliveries"]), len(second["deliveries"]), second["next"]) == (3, 2, None)
    assert len({found["id"] for page in (first, second) for found in page["deliveries"]}) == 5
    assert len(client.get("/api/webhooks/deliveries?jobId=job-1").get_json()["deliveries"]) == 2
    assert client.get("/api/webhooks/deliveries?state=dead").get_json()["deliveries"] == []


@pytest.mark.parametrize(
    "query", ["state=lost", "limit=0", "limit=101", "limit=x", "before=1-msg", "before="]
)
def test_bad_queries(client: FlaskClient, query: str) -> None:
    """The parameter is named."""
    response = client.get(f"/api/webhooks/deliveries?{query}")
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["parameter"] == query.partition("=")[0]


def test_sending_again(client: FlaskClient, deliveries: WebhookDeliveries) -> None:
    """A message can be sent again, unless its address wants none; that can be changed too."""
    (id_,) = put(deliveries, "demo", 1)
    again = client.post(f"/api/webhooks/deliveries/{id_}/retry", json={})
    assert DeliverySchema(unknown=RAISE).load(again.get_json())["state"] == "pending"
    deliveries.disable("demo", HOOK)
    refused = client.post(f"/api/webhooks/deliveries/{id_}/retry", json={})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "endpoint_disabled")
    assert client.get(f"/api/webhooks/deliveries/{id_}").get_json()["nextAttemptAt"] is None
    assert [e["url"] for e in client.get("/api/webhooks/endpoints/disabled").get_json()["disabled"]] == [HOOK]
    assert client.post("/api/webhooks/endpoints/enable", json={"url": HOOK}).get_json() == {"disabled": []}
    assert client.get(f"/api/webhooks/deliveries/{id_}").get_json()["state"] == "pending"


def test_organisations_do_not_meet(
    make_client: MakeClient, database: Engine, deliveries: WebhookDeliveries
) -> None:
    """Secrets, messages and addresses are those of the key; of others there is nothing to see."""
    client = make_client(engine=database, env=KEYS)
    (id_,) = put(deliveries, "acme", 1)
    deliveries.disable("acme", "https://gone.example/")
    secrets = [client.get("/api/webhooks/secret", headers=key).get_json()["secrets"] for key in (ACME, RIVAL)]
    assert secrets[0] != secrets[1]
    assert len(client.get("/api/webhooks/deliveries", headers=ACME).get_json()["deliveries"]) == 1
    assert client.get("/api/webhooks/deliveries", headers=RIVAL).get_json()["deliveries"] == []
    assert client.get("/api/webhooks/endpoints/disabled", headers=RIVAL).get_json() == {"disabled": []}
    for path, method in ((id_, "get"), (f"{id_}/retry", "post")):
        answer = client.open(f"/api/webhooks/deliveries/{path}", method=method, headers=RIVAL, json={})
        assert (answer.status_code, answer.get_json()["code"]) == (404, "delivery_not_found")
    client.post("/api/webhooks/endpoints/enable", json={"url": "https://gone.example/"}, headers=RIVAL)
    assert len(deliveries.disabled("acme")) == 1
    assert client.get("/api/webhooks/secret").status_code == 401


def test_the_secret_is_that_of_who_asked(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """Who may ask about another organisation is told with their own secret, and sees it among their own."""
    body = {"userId": "ann", "orgId": "corp-123", "callbackUrl": HOOK}
    client.post("/api/recommendations/contract-aware?mode=sync", json=body)
    owners = [entry.callback.organisation for batch in ledger.outbox.batches(9) for entry in batch]
    assert owners == ["demo"]
