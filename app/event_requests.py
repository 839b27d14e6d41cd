"""What a request for a stream of events says and what its answer is, over either server.

Knows neither Flask nor Tornado, so that both keep to the same.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from config.settings import LOOPBACK_HOSTS
from flows.errors import InvalidInput

CONTENT_TYPE = "text/event-stream"

#: Nothing on the way may keep events back: no cache, and no proxy such as nginx that collects answers.
HEADERS: Mapping[str, str] = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

PARAMETER = "lastEventId"
NO_ROOM = "too_many_streams"  #: Code of the problem for whom there is no room.
NO_ROOM_RETRY_AFTER_S = 5
LONGEST_ID = 9  #: Digits. An id that no event has is none of ours.


def last_event_id(header: str | None, parameter: str | None) -> int:
    """The last event that the client has; 0 for none.

    ``Last-Event-ID`` goes first; one that is no number is none of ours, and the stream begins at its
    beginning. The query parameter is for WebSockets in browsers, which can send no header, and raises
    InvalidInput.
    """
    if header is not None and _is_id(header):
        return int(header)
    if parameter is None:
        return 0
    if not _is_id(parameter):
        raise InvalidInput("must be the id of an event: a whole number", field=f"?{PARAMETER}")
    return int(parameter)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_ID


def is_of_this_machine(host: str, origin: str | None) -> bool:
    """True when a request says that it is for this machine and, from a page, from one of this machine.

    Where no key is needed this is all that keeps a page of the web from reading along in the browser
    of somebody who tries the service: browsers let any page open a WebSocket to any host, and a name
    of the page's own may lead to 127.0.0.1 (DNS rebinding).
    """
    return _is_loopback(f"//{host}") and (origin is None or _is_loopback(origin))


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in LOOPBACK_HOSTS
    except ValueError:  # No address at all.
        return False
