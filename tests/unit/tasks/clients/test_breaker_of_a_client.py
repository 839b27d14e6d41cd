"""The breaker of a real client, and what is told of it."""

import signal
from time import monotonic

import pytest
from prometheus_client import REGISTRY

from flows.errors import BreakerOpen, PortUnavailable, UpstreamTimeout
from flows.upstreams.breaker import BreakerSettings, BreakerState
from flows.upstreams.retry import RetryPolicy
from tasks.clients.base import UpstreamClient
from tests.fakes.upstream_server import Mode, UpstreamServer, refusing_url
from tests.unit.tasks.clients.conftest import MakeClient

SETTINGS = BreakerSettings(slow_s=10)


class Clock:
    """The machine's clock, and some hours more when a test says so."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return monotonic() + self.ahead_s


def fail(client: UpstreamClient, times: int, deadline_s: float = 30) -> None:
    """Calls that fail."""
    for _ in range(times):
        with pytest.raises(PortUnavailable):
            client.call("GET", "/", None, deadline_s=deadline_s)


def shown_state() -> float | None:
    return REGISTRY.get_sample_value("learning_upstream_breaker", {"upstream": "fake"})


def test_an_open_breaker_spares_the_upstream(server: UpstreamServer, make_client: MakeClient) -> None:
    """After five failures nobody is asked; after two seconds one call is, and then all are again."""
    clock, told = Clock(), list[tuple[str, str, float]]()
    client = make_client(
        breaker=SETTINGS, clock=clock, told=lambda *of: told.append((of[0], of[1], round(of[2])))
    )
    assert shown_state() == 0
    server.behave("status", status=500)
    fail(client, 5)
    with pytest.raises(BreakerOpen, match="fake: not asked: the breaker is open"):
        client.call("GET", "/", None, deadline_s=30)
    assert (len(server.calls), shown_state()) == (5, 2)
    server.behave("normal")
    clock.ahead_s += 2
    assert client.call("GET", "/", None, deadline_s=30) == {"ok": True}
    assert (client.breaker.state, shown_state()) == (BreakerState.CLOSED, 0)
    assert told == [("fake", "open", 2), ("fake", "half_open", 5), ("fake", "closed", 0)]


@pytest.mark.parametrize("mode", ["hang", "drip", "bad_json", "close", "redirect", "stall"])
def test_every_kind_of_failure_opens_it(server: UpstreamServer, make_client: MakeClient, mode: Mode) -> None:
    """Time-outs, lost connections and answers that cannot be read all speak against the upstream."""
    client = make_client(breaker=SETTINGS, fair_s=0)
    server.behave(mode)
    fail(client, 5, deadline_s=0.05)
    assert client.breaker.state is BreakerState.OPEN


def test_a_dead_upstream_opens_it(make_client: MakeClient) -> None:
    """Retries are attempts of their own: with three each, the second call ends it."""
    with refusing_url() as url:
        client = make_client(url, breaker=SETTINGS, retry=RetryPolicy(attempts=3, first_wait_s=0.001))
        fail(client, 1)
        assert client.breaker.state is BreakerState.CLOSED
        with pytest.raises(BreakerOpen):
            client.call("GET", "/", None, deadline_s=30)


def test_a_refused_request_does_not_speak_against_it(server: UpstreamServer, make_client: MakeClient) -> None:
    """An upstream that finds fault with our request is well."""
    client = make_client(breaker=SETTINGS)
    server.behave("status", status=422)
    fail(client, 50)
    assert client.breaker.state is BreakerState.CLOSED


def test_a_hurried_call_says_nothing(server: UpstreamServer, make_client: MakeClient) -> None:
    """A call that had hardly any time to begin with tells nothing when it runs out of it."""
    client = make_client(breaker=SETTINGS, fair_s=0.05)
    server.behave("hang")
    for deadline_s, state in ((0.005, BreakerState.CLOSED), (0.15, BreakerState.OPEN)):
        for _ in range(5):
            with pytest.raises(UpstreamTimeout):
                client.call("GET", "/", None, deadline_s=deadline_s)
        assert client.breaker.state is state


def test_calls_that_a_signal_cuts_off_count(server: UpstreamServer, make_client: MakeClient) -> None:
    """A call that a limit from outside ended is a failed one, and its connection is not used again."""

    class Limit(Exception):
        pass

    def cut_off(*_: object) -> None:
        raise Limit

    client = make_client(breaker=SETTINGS)
    server.behave("hang")
    before = signal.signal(signal.SIGALRM, cut_off)
    try:
        for _ in range(5):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(Limit):
                client.call("GET", "/", None, deadline_s=30)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert client.breaker.state is BreakerState.OPEN
    assert server.connections == 5
