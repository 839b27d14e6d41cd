"""The misbehaving server itself: what tests of clients rely on."""

import socket
import threading
from time import monotonic, sleep
from typing import Any

import pytest
import requests

from tests.fakes.upstream_server import UpstreamServer, refusing_url, silent_url, with_foreign_ids

BEHAVIOURS: list[dict[str, Any]] = [
    {"mode": "normal"},
    {"mode": "slow", "wait_s": 60},
    {"mode": "hang"},
    {"mode": "stall"},
    {"mode": "drip", "wait_s": 1},
    {"mode": "drip_headers", "wait_s": 1},
    {"mode": "huge", "size": 10**12},
]


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour["mode"])
def test_it_stops_whatever_it_is_doing(behaviour: dict[str, Any]) -> None:
    """With a call under way that would go on for minutes, it is over soon and leaves no thread."""
    before = set(threading.enumerate())
    with UpstreamServer() as server:
        server.behave(**behaviour)
        connection = socket.create_connection(server.server_address, timeout=10)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(1000):
            if server.calls:
                break
            sleep(0.01)
        started = monotonic()
    assert monotonic() - started < 2
    connection.close()
    assert set(threading.enumerate()) - before == set()


def test_calls_are_noted() -> None:
    """Whoever asked for what can be looked up, in the order in which it came."""
    with UpstreamServer() as server:
        server.answers["/a"] = [1]
        assert requests.get(f"{server.url}/a?x=1", timeout=10).json() == [1]
        assert requests.post(f"{server.url}/b", data=b"{}", timeout=10).json() == {"ok": True}
        assert [(c.method, c.path, c.body) for c in server.calls] == [
            ("GET", "/a?x=1", b""),
            ("POST", "/b", b"{}"),
        ]
        assert server.connections == 2


def test_it_can_misbehave_for_some_calls_only() -> None:
    """After that many calls it is as it was at first."""
    with UpstreamServer() as server:
        server.behave("status", status=429, headers={"Retry-After": "1"}, times=2)
        answers = [requests.get(server.url, timeout=10) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert [answer.headers.get("Retry-After") for answer in answers] == ["1", "1", None]


def test_foreign_ids() -> None:
    """Ids are replaced at any depth, everything else stays."""
    assert with_foreign_ids({"a": [{"id": 1, "b": "id"}], "id": "x"}) == {
        "a": [{"id": "foreign-1", "b": "id"}],
        "id": "foreign-x",
    }


def test_a_port_that_refuses() -> None:
    """Nobody is there."""
    with refusing_url() as url, pytest.raises(requests.ConnectionError, match="refused"):
        requests.get(url, timeout=10)


def test_a_port_that_is_silent() -> None:
    """No connection comes about."""
    with silent_url() as url, pytest.raises(requests.ConnectTimeout):
        requests.get(url, timeout=0.2)
