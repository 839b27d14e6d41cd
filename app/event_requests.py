"""What a request for a stream of events says and what its answer is, over either server.

Knows neither Flask nor Tornado, so that both keep to the same.
"""

from collections.abc import Mapping

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
