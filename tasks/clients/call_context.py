"""On whose behalf upstreams are called: ids that travel on in headers, so that logs can be joined."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from secrets import token_hex

TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
REQUEST_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)

_headers: ContextVar[dict[str, str] | None] = ContextVar("upstream_headers", default=None)


@contextmanager
def on_behalf_of(request_id: str, traceparent: str = "") -> Iterator[None]:
    """Calls in this block carry the id of a request and its place in a trace.

    Without a ``traceparent`` (W3C Trace Context) an unsampled one is made, whose trace id is the
    request id where that can be one. What is malformed is left out.
    """
    headers = {"X-Request-Id": request_id} if REQUEST_ID.fullmatch(request_id) else {}
    trace_id = request_id if TRACE_ID.fullmatch(request_id) else token_hex(16)
    given = TRACEPARENT.fullmatch(traceparent)
    headers["traceparent"] = traceparent if given else f"00-{trace_id}-{token_hex(8)}-00"
    token = _headers.set(headers)
    try:
        yield
    finally:
        _headers.reset(token)


def context_headers() -> dict[str, str]:
    """The headers of the block that is running, none outside of one."""
    return dict(_headers.get() or {})
