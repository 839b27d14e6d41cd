"""The load is open, and the proxy does to connections what it says."""

import socket
import time

import pytest

from tests.fakes.upstream_server import UpstreamServer
from tests.faults.load import Ask, Load
from tests.faults.one_request import send
from tests.faults.proxy import Proxy


def test_a_slow_answer_delays_no_later_request() -> None:
    """Requests go out when they are due although the first of them are not answered yet."""
    with UpstreamServer() as server:
        server.behave("slow", wait_s=0.5)
        with Load([server.server_address[1]], lambda number: Ask(f"/{number}"), rate=100) as load:
            while len(server.calls) < 20:
                time.sleep(0.001)
            unanswered = len(server.calls) - len(load.answers)

    assert unanswered > 1
    assert [answer.status for answer in load.answers] == [200] * len(load.answers)
    due = sorted(answer.due for answer in load.answers)
    assert due == pytest.approx([load.began + number / 100 for number in range(len(due))])


def test_latency_counts_from_when_a_request_was_due() -> None:
    """An answer that took its time took at least that time."""
    with UpstreamServer() as server:
        server.behave("slow", wait_s=0.1)
        with Load([server.server_address[1]], lambda number: Ask("/"), rate=50) as load:
            while len(server.calls) < 5:
                time.sleep(0.001)

    assert min(answer.latency_s for answer in load.answers) >= 0.1


def test_no_answer_is_an_answer_of_its_own() -> None:
    """A connection that is closed without a word is counted, with status 0 and the reason."""
    with UpstreamServer() as server:
        server.behave("close")
        with Load([server.server_address[1]], lambda number: Ask("/"), rate=50) as load:
            while not load.answers:
                time.sleep(0.001)

    assert load.answers[0].status == 0
    assert load.answers[0].error


def test_a_proxy_refuses_and_comes_back() -> None:
    """What is refused gets no answer; afterwards all is as before."""
    proxy = Proxy()
    with UpstreamServer() as server:
        proxy.start(server.server_address[1])
        try:
            url = f"http://127.0.0.1:{proxy.port}"
            before = send(url, Ask("/"))
            proxy.mode = "refuse"
            during = send(url, Ask("/"))
            proxy.mode = "pass"
            after = send(url, Ask("/"))
        finally:
            proxy.stop()

    assert [before.status, during.status, after.status] == [200, 0, 200]
    assert len(server.calls) == 2


def test_a_silent_proxy_takes_everything_and_says_nothing() -> None:
    """On a new connection and on one that there was, nothing comes back and nothing is closed."""
    proxy = Proxy()
    with UpstreamServer() as server:
        proxy.start(server.server_address[1])
        try:
            with socket.create_connection(("127.0.0.1", proxy.port)) as old:
                old.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                assert old.recv(1000).startswith(b"HTTP/1.1 200")
                proxy.mode = "blackhole"
                with socket.create_connection(("127.0.0.1", proxy.port)) as new:
                    for connection in (old, new):
                        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                        connection.settimeout(0.1)
                        with pytest.raises(TimeoutError):
                            connection.recv(1)
        finally:
            proxy.stop()

    assert len(server.calls) == 1
