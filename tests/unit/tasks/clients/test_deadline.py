"""One total deadline per call, whatever the upstream does with its time.

Bounds are generous: a call with 0.15 s must be over in two, where without a total it would take
minutes. ``tests/benchmarks/upstream_deadline.py`` measures how exactly it is kept.
"""

import os
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest

from flows.errors import BadUpstreamAnswer, UpstreamTimeout
from flows.upstreams.retry import RetryPolicy
from tasks.clients.base import UpstreamClient
from tasks.clients.connections import DeadlineSocket, open_socket
from tasks.clients.resolver import Address, Resolver
from tests.fakes.upstream_server import UpstreamServer, silent_url
from tests.unit.tasks.clients.conftest import MakeClient

DEADLINE_S = 0.15
LONGEST_S = 2.0

WAYS_TO_BE_LATE: list[dict[str, Any]] = [
    {"mode": "slow", "wait_s": 30},
    {"mode": "hang"},
    {"mode": "stall"},
    {"mode": "drip", "wait_s": 0.02},
    {"mode": "drip", "wait_s": 0.0005},
    {"mode": "drip_headers", "wait_s": 0.02},
]


def cut_off(client: UpstreamClient, deadline_s: float = DEADLINE_S) -> str:
    """The words of a call that ends at its deadline."""
    started = monotonic()
    with pytest.raises(UpstreamTimeout) as caught:
        client.call("GET", "/late", None, deadline_s=deadline_s)
    assert monotonic() - started < LONGEST_S
    return str(caught.value)


@pytest.mark.parametrize("late", WAYS_TO_BE_LATE, ids=lambda late: f"{late['mode']}-{late.get('wait_s')}")
def test_a_late_upstream_is_cut_off(server: UpstreamServer, make_client: MakeClient, late: Any) -> None:
    """Whether it says nothing, stops half-way or goes on for ever: at the deadline the call ends."""
    server.behave(**late)
    assert cut_off(make_client()) == "fake took too long"


def test_a_late_upstream_is_cut_off_on_a_used_connection(
    server: UpstreamServer, make_client: MakeClient
) -> None:
    """The deadline is that of the call also on a connection that an earlier call has opened."""
    client = make_client()
    assert client.call("GET", "/", None, deadline_s=30) == {"ok": True}
    server.behave("drip", wait_s=0.02)
    cut_off(client)
    assert server.connections == 1


@pytest.mark.parametrize("mode", ["hang", "drip", "drip_headers"])
def test_a_late_upstream_is_cut_off_with_tls(
    tls_server: UpstreamServer, make_client: MakeClient, certificate: Path, mode: Any
) -> None:
    """The same holds for encrypted connections."""
    tls_server.behave(mode, wait_s=0.02)
    cut_off(make_client(tls_server.url, ca_file=str(certificate)), 0.5)


def test_a_handshake_that_never_ends(server: UpstreamServer, make_client: MakeClient) -> None:
    """An upstream that accepts a connection and says nothing to TLS is cut off too."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cut_off(make_client(f"https://127.0.0.1:{silent.getsockname()[1]}"))


def test_an_encrypted_upstream_answers(
    tls_server: UpstreamServer, make_client: MakeClient, certificate: Path
) -> None:
    """One whose certificate is trusted is called as any other; one whose is not, is not."""
    tls_server.answers["/a"] = {"x": 1}
    client = make_client(tls_server.url, ca_file=str(certificate))
    assert [client.call("GET", "/a", None, deadline_s=30) for _ in range(2)] == [{"x": 1}] * 2
    assert tls_server.connections == 1
    with pytest.raises(BadUpstreamAnswer, match="fake has no valid certificate"):
        make_client(tls_server.url).call("GET", "/a", None, deadline_s=30)
    assert len(tls_server.calls) == 2


def test_connecting_counts(make_client: MakeClient) -> None:
    """A host that answers no packet takes no longer than the call has."""
    with silent_url() as url:
        cut_off(make_client(url))


def test_looking_up_a_name_counts(make_client: MakeClient) -> None:
    """A name server that does not answer takes no longer than the call has, and one thread at most."""
    release = Event()

    def lookup(host: str, port: int) -> Sequence[Address]:
        release.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    client = make_client("http://upstream.invalid", resolver=Resolver(lookup))
    try:
        for _ in range(3):
            cut_off(client, 0.05)
        waiting = [thread for thread in threading.enumerate() if thread.name == "dns-upstream.invalid"]
        assert len(waiting) == 1
    finally:
        release.set()
    waiting[0].join(10)
    assert not waiting[0].is_alive()


def test_attempts_and_waits_share_the_deadline(server: UpstreamServer, make_client: MakeClient) -> None:
    """A call that is tried again ends when the first attempt would have had to."""
    server.behave("status", status=503, times=1)
    client = make_client(retry=RetryPolicy(attempts=5, first_wait_s=0.01))
    server.answers["/late"] = 1
    assert client.call("GET", "/late", None, deadline_s=30) == 1
    server.behave("hang")
    cut_off(client)
    assert len(server.calls) <= 3


@pytest.mark.parametrize("deadline_s", [0.0, -1.0])
def test_without_time_nobody_is_asked(
    server: UpstreamServer, make_client: MakeClient, deadline_s: float
) -> None:
    """A call whose deadline has passed ends at once."""
    cut_off(make_client(), deadline_s)
    assert (server.calls, server.connections) == ([], 0)


def test_a_dead_address_leaves_time_for_the_next(server: UpstreamServer) -> None:
    """When a name has two addresses and the first is silent, the second is reached in time."""
    port = int(server.url.rpartition(":")[2])
    with silent_url() as url:
        silent_port = int(url.rpartition(":")[2])

        def lookup(host: str, _: int) -> Sequence[Address]:
            kind = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
            return [(*kind, ("127.0.0.1", silent_port)), (*kind, ("127.0.0.1", port))]

        with open_socket("two.invalid", 80, 1.0, Resolver(lookup)) as connected:
            assert connected.getpeername() == ("127.0.0.1", port)


@pytest.fixture
def pair() -> Iterator[tuple[DeadlineSocket, socket.socket]]:
    """A socket of ours and its other end."""
    ours, theirs = socket.socketpair()
    with theirs, DeadlineSocket(fileno=ours.detach()) as wrapped:
        yield wrapped, theirs


@pytest.mark.parametrize("operation", ["recv_into", "send", "sendall"])
def test_an_operation_gets_what_is_left(pair: tuple[DeadlineSocket, socket.socket], operation: str) -> None:
    """Each operation may take what the ones before it have left of the time-out, and no more."""
    ours, theirs = pair
    theirs.sendall(b"x")
    ours.settimeout(30)
    getattr(ours, operation)(bytearray(1))
    first = socket.socket.gettimeout(ours)
    theirs.sendall(b"x")
    getattr(ours, operation)(bytearray(1))
    second = socket.socket.gettimeout(ours)
    assert first is not None
    assert second is not None
    assert 0 < second < first < 30


@pytest.mark.parametrize("operation", ["recv_into", "send", "sendall"])
def test_without_time_no_operation_is_begun(
    pair: tuple[DeadlineSocket, socket.socket], operation: str
) -> None:
    """When the time is up nothing is read or sent, even what could be at once."""
    ours, theirs = pair
    theirs.sendall(b"x")
    ours.settimeout(1e-9)
    sleep(0.001)
    with pytest.raises(TimeoutError):
        getattr(ours, operation)(bytearray(1))
    ours.settimeout(None)
    assert ours.recv(1) == b"x"


def test_a_name_without_addresses() -> None:
    """A name that stands for nothing cannot be connected to."""
    with pytest.raises(OSError, match="has no address"):
        open_socket("none.invalid", 80, 1.0, Resolver(lambda *_: []))


def test_a_name_is_looked_up_again() -> None:
    """Nothing is remembered of a lookup, good or bad."""
    answers = iter([socket.gaierror(socket.EAI_AGAIN, "later"), [1], [2]])

    def lookup(host: str, port: int) -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    resolver = Resolver(lookup)
    with pytest.raises(socket.gaierror, match="later"):
        resolver.addresses("a.invalid", 80, 10)
    assert [resolver.addresses("a.invalid", 80, 10) for _ in range(2)] == [[1], [2]]


@pytest.mark.parametrize("late", WAYS_TO_BE_LATE[1:], ids=lambda late: f"{late['mode']}-{late.get('wait_s')}")
def test_nothing_is_left_behind(server: UpstreamServer, make_client: MakeClient, late: Any) -> None:
    """After calls that were cut off their connections are closed, and no thread of theirs is there."""
    client = make_client()
    client.call("GET", "/", None, deadline_s=30)
    threads_before = {thread for thread in threading.enumerate() if "process_request" not in thread.name}
    before = _sockets()
    server.behave(**late)
    for _ in range(10):
        cut_off(client, 0.03)
    threads = {thread for thread in threading.enumerate() if "process_request" not in thread.name}
    assert threads == threads_before
    assert _settles(lambda: server.open_connections() == 0)
    assert _settles(lambda: _sockets() <= before)
    server.behave("normal")
    assert client.call("GET", "/", None, deadline_s=30) == {"ok": True}


def _sockets() -> int:
    """How many sockets this process has open."""
    targets = []
    for entry in os.scandir("/proc/self/fd"):
        try:
            targets.append(os.readlink(entry.path))
        except OSError:
            pass  # The one that the listing itself had open.
    return sum(target.startswith("socket:") for target in targets)


def _settles(condition: Any) -> bool:
    """True once it holds; waits up to five seconds for the other side to notice."""
    for _ in range(500):
        if condition():
            return True
        sleep(0.01)
    return False
