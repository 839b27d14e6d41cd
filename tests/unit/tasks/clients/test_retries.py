"""Retries of a real client: they happen, they wait as decided, and they stop."""

from typing import Any

import pytest

from flows.errors import BadUpstreamAnswer, PortUnavailable, UpstreamRefused, UpstreamUnavailable
from flows.upstreams.retry import RetryPolicy
from tests.fakes.upstream_server import UpstreamServer, refusing_url
from tests.unit.tasks.clients.conftest import MakeClient

POLICY = RetryPolicy(attempts=3, first_wait_s=0.02, longest_wait_s=0.04)


def pauses() -> tuple[list[float], Any]:
    """Waits that take no time, and the list in which they are noted."""
    noted: list[float] = []
    return noted, noted.append


@pytest.mark.parametrize(
    "bad", [{"mode": "status", "status": 503}, {"mode": "close"}, {"mode": "close_mid_body"}]
)
def test_a_passing_failure_is_not_seen(server: UpstreamServer, make_client: MakeClient, bad: Any) -> None:
    """Two failures and an answer are an answer; the second wait may be twice as long."""
    noted, pause = pauses()
    server.behave(**bad, times=2)
    server.answers["/"] = {"at": "last"}
    assert make_client(retry=POLICY, pause=pause).call("GET", "/", None, deadline_s=30) == {"at": "last"}
    assert len(server.calls) == 3
    assert len(noted) == 2
    assert 0 < noted[0] <= 0.02
    assert 0 < noted[1] <= 0.04


def test_it_stops_after_the_last_attempt(server: UpstreamServer, make_client: MakeClient) -> None:
    """An upstream that keeps failing is asked as often as the policy says, and the last error stands."""
    noted, pause = pauses()
    server.behave("status", status=500)
    with pytest.raises(UpstreamUnavailable, match="fake answered 500"):
        make_client(retry=POLICY, pause=pause).call("GET", "/", None, deadline_s=30)
    assert (len(server.calls), len(noted)) == (3, 2)


def test_a_refused_connection_is_tried_again(make_client: MakeClient) -> None:
    """Where nobody listens nothing was sent, so that any method may be tried again."""
    noted, pause = pauses()
    with refusing_url() as url, pytest.raises(UpstreamUnavailable):
        make_client(url, retry=POLICY, pause=pause).call("POST", "/", {}, deadline_s=30)
    assert len(noted) == 2


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"mode": "status", "status": 422}, UpstreamRefused),
        ({"mode": "redirect"}, BadUpstreamAnswer),
        ({"mode": "bad_json"}, BadUpstreamAnswer),
        ({"mode": "huge"}, BadUpstreamAnswer),
    ],
)
def test_what_is_final_is_not_tried_again(
    server: UpstreamServer, make_client: MakeClient, bad: Any, error: type[PortUnavailable]
) -> None:
    """A request that is wrong, and an answer that is, stay so."""
    server.behave(**bad)
    with pytest.raises(error):
        make_client(retry=POLICY).call("GET", "/", None, deadline_s=30)
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("method", "idempotent", "calls"),
    [
        ("POST", None, 1),
        ("PATCH", None, 1),
        ("POST", True, 3),
        ("PUT", None, 3),
        ("DELETE", None, 3),
        ("GET", False, 1),
    ],
)
def test_what_may_have_been_done_is_not_done_twice(
    server: UpstreamServer, make_client: MakeClient, method: str, idempotent: bool | None, calls: int
) -> None:
    """Whether a failed call may be repeated is told by its method, or by its caller."""
    _, pause = pauses()
    server.behave("close")
    with pytest.raises(UpstreamUnavailable):
        make_client(retry=POLICY, pause=pause).call(method, "/", {}, deadline_s=30, idempotent=idempotent)
    assert len(server.calls) == calls


def test_a_pause_that_is_asked_for_is_kept(server: UpstreamServer, make_client: MakeClient) -> None:
    """Retry-After is waited for, also before a call that must not be done twice: 429 did nothing yet."""
    noted, pause = pauses()
    server.behave("status", status=429, headers={"Retry-After": "3"}, times=1)
    assert make_client(retry=POLICY, pause=pause).call("POST", "/", {}, deadline_s=30) == {"ok": True}
    assert noted == [3.0]


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_beyond_the_deadline_is_not_waited_for(
    server: UpstreamServer, make_client: MakeClient, status: int
) -> None:
    """When the upstream asks for more time than there is, the call ends at once."""
    noted, pause = pauses()
    server.behave("status", status=status, headers={"Retry-After": "60"})
    with pytest.raises(UpstreamUnavailable):
        make_client(retry=POLICY, pause=pause).call("GET", "/", None, deadline_s=30)
    assert (len(server.calls), noted) == (1, [])


def test_without_time_for_another_attempt_it_stops(server: UpstreamServer, make_client: MakeClient) -> None:
    """An attempt that is not expected to fit is not begun."""
    noted, pause = pauses()
    server.behave("status", status=500)
    patient = RetryPolicy(attempts=3, first_wait_s=100, longest_wait_s=100)
    with pytest.raises(UpstreamUnavailable):
        make_client(retry=patient, pause=pause).call("GET", "/", None, deadline_s=30)
    assert (len(server.calls), noted) == (1, [])


def test_an_error_of_our_own_goes_up(server: UpstreamServer, make_client: MakeClient) -> None:
    """What nobody foresaw, such as a limit that a signal brings, is neither swallowed nor tried again."""

    class Limit(Exception):
        pass

    def pause(_: float) -> None:
        raise Limit

    server.behave("status", status=500)
    with pytest.raises(Limit):
        make_client(retry=POLICY, pause=pause).call("GET", "/", None, deadline_s=30)
    assert len(server.calls) == 1
