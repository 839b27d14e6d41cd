"""Sending what is due: signed, by the schedule, at least once, and past receivers that hold things up."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from random import Random
from threading import Event

import pytest
from sqlalchemy import Engine

from flows.webhooks.addresses import AddressRules
from flows.webhooks.messages import Message
from flows.webhooks.schedule import Answer
from flows.webhooks.signing import verify
from tasks.store.database import open_database
from tasks.store.in_memory import InMemoryLedger
from tasks.webhooks.outgoing import Webhooks
from tasks.webhooks.post import Post
from tasks.webhooks.sender import LEASE, Send, WebhookSender
from tests.factories import webhooks_of
from tests.fakes.upstream_server import UpstreamServer

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
LOOPBACK = AddressRules((ip_network("127.0.0.0/8"),), http=True)
BODY = '{"type":"job.succeeded"}'


class NoChance(Random):
    """Waits are as the schedule says."""

    def random(self) -> float:
        return 0.0


class Clock:
    """A clock that stands still until it is moved."""

    now = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def seconds(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[UpstreamServer]:
    """The receiver; behaves until it is told otherwise."""
    with UpstreamServer() as running:
        yield running


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Engine]:
    engine = open_database(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def webhooks(database: Engine, clock: Clock) -> Webhooks:
    return webhooks_of(database, InMemoryLedger(), LOOPBACK, clock)


def sender_of(webhooks: Webhooks, clock: Clock, send: Send | None = None) -> WebhookSender:
    over_http = Post(webhooks.resolver, 8, total_s=5)
    return WebhookSender(
        webhooks.deliveries, webhooks.secrets, send or over_http, now_s=clock.seconds, random=NoChance()
    )


def put(webhooks: Webhooks, url: str, *ids: str) -> None:
    messages = [Message(organisation="acme", id=id_, url=url, type="job.succeeded", body=BODY) for id_ in ids]
    webhooks.deliveries.put(messages)


def tick(sender: WebhookSender) -> int:
    """What the clock starts every second, and the end of what it started."""
    sent = sender.send_due(5)
    sender.finish()
    return sent


def states(webhooks: Webhooks) -> dict[str, str]:
    return {d.id: str(d.state) for d in webhooks.deliveries.listed("acme", limit=100)}


def test_a_message_is_signed(webhooks: Webhooks, clock: Clock, server: UpstreamServer) -> None:
    """The receiver can verify it with the secret of its organisation, and it is sent once."""
    put(webhooks, server.url, "msg_1")
    sender = sender_of(webhooks, clock)
    assert (tick(sender), tick(sender)) == (1, 0)
    (call,) = server.calls
    (secret,) = webhooks.secrets.in_force("acme")
    verify(secret.text, call.headers, call.body, clock.seconds())
    assert call.body == BODY.encode()
    assert states(webhooks) == {"msg_1": "delivered"}


def test_attempts_have_one_id_and_times_of_their_own(
    webhooks: Webhooks, clock: Clock, server: UpstreamServer
) -> None:
    """A receiver tells by webhook-id that it has seen a message; each attempt is signed afresh."""
    put(webhooks, server.url, "msg_1")
    server.behave("status", status=500, times=2)
    sender = sender_of(webhooks, clock)
    for wait_s in (0, 5, 300):
        clock.pass_by(wait_s)
        assert tick(sender) == 1
    first, second, third = server.calls
    assert {call.headers["webhook-id"] for call in server.calls} == {"msg_1"}
    assert {call.body for call in server.calls} == {BODY.encode()}
    assert [int(call.headers["webhook-timestamp"]) - MONDAY.timestamp() for call in server.calls] == [
        0,
        5,
        305,
    ]
    assert len({call.headers["webhook-signature"] for call in (first, second, third)}) == 3
    assert states(webhooks) == {"msg_1": "delivered"}


def test_a_receiver_that_never_takes_it(webhooks: Webhooks, clock: Clock, server: UpstreamServer) -> None:
    """Ten attempts at the times of the schedule, to the second; then it is dead, and can be seen."""
    put(webhooks, server.url, "msg_1")
    server.behave("status", status=500)
    sender = sender_of(webhooks, clock)
    waits = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    for wait_s in waits:
        if wait_s:
            clock.pass_by(wait_s - 1)
            assert tick(sender) == 0
            clock.pass_by(1)
        assert tick(sender) == 1
    clock.pass_by(10**7)
    assert tick(sender) == 0
    assert len(server.calls) == 10
    (dead,) = webhooks.deliveries.listed("acme", limit=9, state="dead")
    assert (dead.attempts, dead.last_status, dead.last_error) == (10, 500, "the receiver answered 500")
    server.behave("normal")
    assert webhooks.deliveries.retry("acme", "msg_1")
    assert tick(sender) == 1
    assert states(webhooks) == {"msg_1": "delivered"}


def test_gone_ends_everything_for_that_address(
    webhooks: Webhooks, clock: Clock, server: UpstreamServer
) -> None:
    """After a 410 nothing is sent there, until it is enabled; other addresses are not concerned."""
    put(webhooks, server.url + "/a", "msg_1")
    server.behave("status", status=410, times=1)
    sender = sender_of(webhooks, clock)
    tick(sender)
    put(webhooks, server.url + "/a", "msg_2")
    put(webhooks, server.url + "/b", "msg_3")
    assert tick(sender) == 1
    assert states(webhooks) == {"msg_1": "disabled", "msg_2": "disabled", "msg_3": "delivered"}
    gone = webhooks.deliveries.get("acme", "msg_1")
    assert gone is not None
    assert (gone.last_status, gone.attempts) == (410, 1)
    assert webhooks.deliveries.enable("acme", server.url + "/a")
    assert tick(sender) == 2
    assert set(states(webhooks).values()) == {"delivered"}


def test_a_receiver_that_asks_for_less(webhooks: Webhooks, clock: Clock, server: UpstreamServer) -> None:
    """Its Retry-After is kept, and is no concern of other addresses."""
    put(webhooks, server.url + "/a", "msg_1")
    server.behave("status", status=429, headers={"Retry-After": "120"}, times=1)
    sender = sender_of(webhooks, clock)
    assert tick(sender) == 1
    put(webhooks, server.url + "/b", "msg_2")
    assert tick(sender) == 1
    clock.pass_by(119)
    assert tick(sender) == 0
    clock.pass_by(1)
    assert tick(sender) == 1
    assert set(states(webhooks).values()) == {"delivered"}


def test_a_receiver_that_hangs_holds_up_nobody(webhooks: Webhooks, clock: Clock) -> None:
    """It takes two senders and no more; all others get their messages meanwhile."""
    let_go, sent = Event(), []

    def send(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if "slow" in url:
            let_go.wait(30)
        sent.append(headers["webhook-id"])
        return Answer(200)

    put(webhooks, "https://slow.example/", *(f"msg_slow_{number}" for number in range(20)))
    for number in range(20):
        put(webhooks, f"https://host-{number}.example/", f"msg_{number}")
    sender = sender_of(webhooks, clock, send)
    while len(sent) < 20:
        sender.send_due(0.05)
    assert not any("slow" in id_ for id_ in sent)
    let_go.set()
    assert tick(sender) >= 16
    assert set(states(webhooks).values()) == {"delivered"}
    assert len(sent) == 40


def test_a_sender_that_breaks_sends_again(
    webhooks: Webhooks, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong on our side costs an attempt and no message."""
    answers = iter([RuntimeError("a fault of ours")])

    def send(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        for error in answers:
            raise error
        return Answer(200)

    put(webhooks, "https://example.com/", "msg_1")
    sender = sender_of(webhooks, clock, send)
    tick(sender)
    assert "webhook_attempt_lost" in caplog.text
    assert states(webhooks) == {"msg_1": "pending"}
    clock.pass_by(LEASE.total_seconds())
    assert tick(sender) == 1
    assert states(webhooks) == {"msg_1": "delivered"}


def test_an_address_inside_is_never_connected_to(
    database: Engine, clock: Clock, server: UpstreamServer
) -> None:
    """Whoever got such an address into the store: the sender refuses it, and says why."""
    webhooks = webhooks_of(database, InMemoryLedger(), AddressRules(http=True), clock)
    put(webhooks, server.url, "msg_1")
    tick(sender_of(webhooks, clock))
    assert server.connections == 0
    found = webhooks.deliveries.get("acme", "msg_1")
    assert found is not None
    assert found.last_error == "the address leads into a network that is not public"


def test_both_secrets_sign_while_one_takes_over(
    webhooks: Webhooks, clock: Clock, server: UpstreamServer
) -> None:
    """A receiver that knows only the old secret, and one that knows only the new one, can both verify."""
    webhooks.secrets.in_force("acme")
    secrets = webhooks.secrets.rotate("acme")
    put(webhooks, server.url, "msg_1")
    tick(sender_of(webhooks, clock))
    (call,) = server.calls
    assert len(call.headers["webhook-signature"].split(" ")) == len(secrets) == 2
    for secret in secrets:
        verify(secret.text, call.headers, call.body, clock.seconds())
