"""One attempt, against a receiver that misbehaves: whatever it does, there is an answer in time."""

import json
import socket
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any

import pytest

from flows.webhooks.addresses import AddressRules
from flows.webhooks.schedule import Answer
from tasks.clients.resolver import Address, lookup_by_system
from tasks.webhooks.guard import GuardedResolver
from tasks.webhooks.post import Post
from tests.fakes.upstream_server import UpstreamServer, refusing_url

LOOPBACK = AddressRules((ip_network("127.0.0.0/8"),), http=True)
BODY = b'{"type":"job.succeeded"}'


@pytest.fixture
def server() -> Iterator[UpstreamServer]:
    """The receiver; behaves until it is told otherwise."""
    with UpstreamServer() as running:
        yield running


def post(
    url: str, rules: AddressRules = LOOPBACK, total_s: float = 10.0, lookup: Any = lookup_by_system
) -> Answer:
    return Post(GuardedResolver(rules, lookup), 1, total_s)(url, {"webhook-id": "msg_1"}, BODY)


def test_a_message_arrives_as_it_is(server: UpstreamServer) -> None:
    """Body to the byte, our headers, and nothing of this machine's environment."""
    assert post(server.url + "/hook?a=1") == Answer(200)
    (call,) = server.calls
    assert (call.method, call.path, call.body) == ("POST", "/hook?a=1", BODY)
    assert (call.headers["webhook-id"], call.headers["Content-Type"]) == ("msg_1", "application/json")
    assert call.headers["User-Agent"].startswith("learning-service/")
    assert "Authorization" not in call.headers
    assert "Cookie" not in call.headers


@pytest.mark.parametrize("status", [201, 204, 299])
def test_successes(server: UpstreamServer, status: int) -> None:
    """Any 2xx is one, with nothing to complain about."""
    server.behave("status", status=status)
    assert post(server.url) == Answer(status)


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 410, 500, 501])
def test_refusals(server: UpstreamServer, status: int) -> None:
    """The status is told, and of what the receiver said nothing; one call each, wherever it points to."""
    server.behave("status", status=status, headers={"Retry-After": "5", "Location": server.url + "/x"})
    assert post(server.url) == Answer(status, f"the receiver answered {status}")
    assert len(server.calls) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_who_asks_for_less(server: UpstreamServer, status: int) -> None:
    """Retry-After is read where it means that."""
    server.behave("status", status=status, headers={"Retry-After": "120"})
    assert post(server.url) == Answer(status, f"the receiver answered {status}", 120.0)
    server.behave("status", status=status, headers={"Retry-After": "soon"})
    assert post(server.url) == Answer(status, f"the receiver answered {status}")


@pytest.mark.parametrize(
    "location", ["/elsewhere", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd"]
)
def test_redirects_are_not_followed(server: UpstreamServer, location: str) -> None:
    """A redirect is an answer like any other, and its long body is not read to its end."""
    server.behave("redirect", location=location)
    assert post(server.url) == Answer(302, "the receiver answered 302")
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    "late", [{"mode": "slow", "wait_s": 30}, {"mode": "hang"}, {"mode": "drip_headers", "wait_s": 0.02}]
)
def test_late_answers(server: UpstreamServer, late: dict[str, Any]) -> None:
    """The time is a total: who says nothing and who says it byte by byte are both cut off."""
    server.behave(**late)
    assert post(server.url, total_s=0.3) == Answer(error="no answer within 0.3 s")


@pytest.mark.parametrize(
    "body", [{"mode": "stall"}, {"mode": "drip", "wait_s": 0.02}, {"mode": "close_mid_body"}]
)
def test_a_success_with_a_bad_body(server: UpstreamServer, body: dict[str, Any]) -> None:
    """The status says that the message was taken; what follows is nobody's business, within the time."""
    server.behave(**body)
    assert post(server.url, total_s=0.3) == Answer(200)


@pytest.mark.parametrize("mode", ["huge", "huge_chunked"])
def test_long_answers_are_not_read(server: UpstreamServer, mode: Any) -> None:
    """64 kB are enough of an answer that is dropped anyway."""
    server.behave(mode, size=2_000_000_000)
    assert post(server.url) == Answer(200)


def test_no_answer(server: UpstreamServer) -> None:
    """A receiver that closes or refuses the connection, or does not speak HTTP, has said nothing."""
    server.behave("close")
    assert post(server.url) == Answer(error="no connection, or it was closed without an answer")
    server.behave("garbage")
    assert post(server.url).status is None
    with refusing_url() as url:
        assert post(url) == Answer(error="no connection, or it was closed without an answer")
    assert post(server.url.replace("http:", "https:")) == Answer(
        error="the receiver has no valid certificate"
    )


def test_a_name_that_leads_to_nowhere() -> None:
    """A name that is not found is no connection."""

    def unknown(host: str, port: int) -> Sequence[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    answer = post("https://nowhere.example.com/", lookup=unknown)
    assert answer == Answer(error="no connection, or it was closed without an answer")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "hook.example.com"]
)
def test_no_connection_is_made_inside(server: UpstreamServer, host: str) -> None:
    """At the moment of sending too: not by address, nor by a name that leads here since."""

    def lookup(name: str, port: int) -> Sequence[Address]:
        return socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM)

    url = f"http://{host}:{server.server_address[1]}/"
    refused = "the address leads into a network that is not public"
    assert post(url, AddressRules(http=True), lookup=lookup) == Answer(error=refused)
    assert server.connections == 0


def test_the_connection_goes_to_the_address_that_was_checked(server: UpstreamServer) -> None:
    """One lookup per connection: a name server that answers otherwise the second time is not asked twice."""
    asked = []

    def lookup(name: str, port: int) -> Sequence[Address]:
        asked.append(name)
        return socket.getaddrinfo(
            "127.0.0.1" if len(asked) == 1 else "127.0.0.2", port, type=socket.SOCK_STREAM
        )

    url = f"http://hook.example.com:{server.server_address[1]}/"
    assert post(url, lookup=lookup) == Answer(200)
    assert asked == ["hook.example.com"]
    assert server.calls[0].headers["Host"].startswith("hook.example.com")


def test_no_proxy_of_the_environment(server: UpstreamServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment names as a proxy would see every message, and connect in our place."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert post(server.url) == Answer(200)
    assert json.loads(server.calls[0].body) == {"type": "job.succeeded"}
