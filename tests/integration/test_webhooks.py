"""From a request with a callbackUrl, by real workers, to a signed message at a receiver."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from flows.webhooks.signing import verify
from tasks.scheduled.send_webhooks import send_webhooks, store_webhooks
from tasks.services import Services
from tests.fakes.upstream_server import UpstreamServer
from tests.integration.conftest import StartWorker

PATH = "/api/recommendations/learning-path"
BODY = {"currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Settings under which this machine may be told."""
    return replace(settings, webhook_allowed_networks=(ip_network("127.0.0.0/8"),), webhook_allow_http=True)


@pytest.fixture
def receiver() -> Iterator[UpstreamServer]:
    """Who wants to be told."""
    with UpstreamServer() as running:
        yield running


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    """A client of the whole app."""
    return app.test_client()


def send(services: Services, receiver: UpstreamServer, count: int) -> None:
    """What the clock starts every second, until the receiver has heard so often."""
    for _ in range(100):
        send_webhooks(services)
        services.webhook_sender.finish()
        if len(receiver.calls) >= count:
            return
        time.sleep(0.02)
    raise AssertionError(f"{len(receiver.calls)} messages came")


@pytest.mark.usefixtures("workers")
def test_a_request_is_told_of_its_end(
    client: FlaskClient, services: Services, receiver: UpstreamServer
) -> None:
    """The message has the job in it, and its signature holds under the secret that the API shows."""
    asked = BODY | {"userId": "dev-1", "callbackUrl": f"{receiver.url}/hook"}
    begun = client.post(PATH, json=asked, headers={"Prefer": "respond-async"})
    assert begun.status_code == 202
    ended = client.get(begun.headers["Location"], headers={"Prefer": "wait=20"}).get_json()
    assert ended["status"] == "succeeded"
    send(services, receiver, 1)
    (call,) = receiver.calls
    (secret,) = client.get("/api/webhooks/secret").get_json()["secrets"]
    headers = {name.lower(): value for name, value in call.headers.items()}
    verify(secret["secret"], headers, call.body, time.time())
    message = json.loads(call.body)
    assert (message["type"], message["timestamp"]) == ("job.succeeded", ended["finishedAt"])
    assert message["data"] == ended
    (found,) = client.get(f"/api/webhooks/deliveries?jobId={ended['id']}").get_json()["deliveries"]
    assert (found["id"], found["state"], found["lastStatus"]) == (headers["webhook-id"], "delivered", 200)
    again = client.post(PATH, json=asked)
    assert again.headers["X-Cache"] == "hit"
    assert store_webhooks(services) == 0
    assert len(receiver.calls) == 1


def test_a_receiver_that_recovers(client: FlaskClient, services: Services, receiver: UpstreamServer) -> None:
    """A cancelled job is told too, with the same id at each attempt until it is taken."""
    receiver.behave("status", status=500, times=1)
    asked = BODY | {"userId": "dev-2", "callbackUrl": f"{receiver.url}/hook"}
    begun = client.post(PATH, json=asked, headers={"Prefer": "respond-async"})
    services.ledger.cancel(begun.headers["X-Job-Id"])
    send(services, receiver, 1)
    (found,) = client.get("/api/webhooks/deliveries?state=pending").get_json()["deliveries"]
    assert (found["lastStatus"], found["attempts"]) == (500, 1)
    assert client.post(f"/api/webhooks/deliveries/{found['id']}/retry", json={}).status_code == 200
    send(services, receiver, 2)
    assert [call.headers["webhook-id"] for call in receiver.calls] == [found["id"]] * 2
    types = [json.loads(call.body)["type"] for call in receiver.calls]
    assert types in (["job.cancelled"] * 2, ["job.succeeded"] * 2)


def test_who_is_erased_is_not_told_about(
    client: FlaskClient, services: Services, receiver: UpstreamServer
) -> None:
    """Messages about a person go with them, those in the outbox too."""
    asked = BODY | {"userId": "leaver", "callbackUrl": f"{receiver.url}/hook"}
    begun = client.post(PATH, json=asked, headers={"Prefer": "respond-async"})
    services.ledger.cancel(begun.headers["X-Job-Id"])
    erased = client.delete("/api/users/leaver").get_json()["erased"]
    assert (erased["webhook_deliveries"], erased["jobs"]) == (1, 1)
    assert send_webhooks(services) == 0
    assert receiver.calls == []


def test_a_worker_sends(
    client: FlaskClient,
    services: Services,
    receiver: UpstreamServer,
    start_worker: StartWorker,
    redis_url: str,
) -> None:
    """The worker of the queue sends what is due when the clock says so; 127.0.0.1 is refused by default."""
    start_worker("webhooks")
    asked = BODY | {"userId": "dev-3", "callbackUrl": f"{receiver.url}/hook"}
    begun = client.post(PATH, json=asked, headers={"Prefer": "respond-async"})
    services.ledger.cancel(begun.headers["X-Job-Id"])
    store_webhooks(services)
    tick = services.publisher._app.signature("scheduled.send_webhooks", queue="webhooks")
    url = f"/api/webhooks/deliveries?jobId={begun.headers['X-Job-Id']}"
    for _ in range(100):
        tick.apply_async()
        (found,) = client.get(url).get_json()["deliveries"]
        if found["lastError"]:
            break
        time.sleep(0.2)
    assert found["lastError"] == "the address leads into a network that is not public"
    assert receiver.connections == 0
