"""Ids that travel with a call."""

import pytest

from tasks.clients.call_context import TRACEPARENT, context_headers, on_behalf_of
from tests.fakes.upstream_server import UpstreamServer
from tests.unit.tasks.clients.conftest import MakeClient

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_call_says_for_which_request_it_is(server: UpstreamServer, make_client: MakeClient) -> None:
    """Request id and traceparent go along inside the block, and not after it."""
    client = make_client()
    with on_behalf_of("req-1", TRACE):
        client.call("GET", "/", None, deadline_s=30)
    client.call("GET", "/", None, deadline_s=30)
    inside, outside = (call.headers for call in server.calls)
    assert (inside["X-Request-Id"], inside["traceparent"]) == ("req-1", TRACE)
    assert {"X-Request-Id", "traceparent"} & outside.keys() == set()


def test_blocks_are_nested() -> None:
    """The innermost block holds; the outer one comes back."""
    with on_behalf_of("outer", TRACE):
        with on_behalf_of("inner"):
            assert context_headers()["X-Request-Id"] == "inner"
        assert context_headers() == {"X-Request-Id": "outer", "traceparent": TRACE}
    assert context_headers() == {}


def test_a_request_id_can_be_a_trace_id() -> None:
    """An id made by the front is the trace id, so that logs on both sides name the same."""
    id_ = "0123456789abcdef0123456789abcdef"
    with on_behalf_of(id_):
        made = context_headers()["traceparent"]
    assert TRACEPARENT.fullmatch(made)
    assert made.split("-")[1::2] == [id_, "00"]


@pytest.mark.parametrize(
    "given",
    ["", "00-1-2-01", TRACE.upper(), TRACE + "\r\nX-Evil: 1", "00-" + "0" * 32 + "-00f067aa0ba902b7-01"],
)
def test_a_malformed_traceparent_is_replaced(given: str) -> None:
    """What is no traceparent is not passed on; a fresh one is made, each time another."""
    made = []
    for _ in range(2):
        with on_behalf_of("req-1", given):
            made.append(context_headers()["traceparent"])
    assert all(TRACEPARENT.fullmatch(found) for found in made)
    assert made[0] != made[1]


@pytest.mark.parametrize("given", ["", "a b", "a\r\nX-Evil: 1", "ü", "a" * 129])
def test_a_malformed_request_id_is_left_out(given: str) -> None:
    """No id can add a header or break one."""
    with on_behalf_of(given):
        assert "X-Request-Id" not in context_headers()
