"""Every error of the streams process as problem+json: the same bodies and statuses as the front's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from tornado.web import HTTPError

from app.errors import HTTP_CODES, RETRY_AFTER_S, SEND_A_KEY, STATUS, fault, problem_body
from app.event_requests import NO_ROOM, NO_ROOM_RETRY_AFTER_S
from app.foreign_pages import FOREIGN_PAGE, ForeignPage
from app.principal import Unauthenticated
from flows.errors import InvalidInput, ServiceError


class NoRoom(Exception):
    """Raised when as many clients are here as this process serves."""


class NoWebSocket(Exception):
    """Raised for a plain request to where a WebSocket is."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that is none."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """The body of the answer to a request for this path."""
        return json.dumps(problem_body(self.status, self.code, self.detail, path, **self.more))


#: What is said of errors that carry no words of their own.
PROBLEMS: Mapping[type, Problem] = {
    Unauthenticated: Problem(401, "unauthenticated", SEND_A_KEY, {"WWW-Authenticate": "Bearer"}),
    ForeignPage: Problem(403, "foreign_page", FOREIGN_PAGE),
    NoWebSocket: Problem(426, "upgrade_required", "this is a WebSocket", {"Upgrade": "websocket"}),
    NoRoom: Problem(
        503,
        NO_ROOM,
        "as many streams are open as this process has room for",
        {"Retry-After": str(NO_ROOM_RETRY_AFTER_S)},
    ),
}
INTERNAL = Problem(500, "internal", "something went wrong on our side; the log has it by X-Request-Id")


def problem_of(error: BaseException | None) -> Problem:
    """The problem that a client is shown for an error."""
    if isinstance(error, InvalidInput):
        more = {"errors": [fault(error)]}
        return Problem(STATUS[error.code], error.code, "the request cannot be used as it is", more=more)
    if isinstance(error, ServiceError):
        status = STATUS[error.code]
        retry = {"Retry-After": str(RETRY_AFTER_S)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
        return Problem(status, error.code, str(error), retry)
    if isinstance(error, HTTPError):
        code = HTTP_CODES.get(error.status_code, "http_error")
        allow = {"Allow": "GET"} if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else {}
        return Problem(error.status_code, code, HTTPStatus(error.status_code).description, allow)
    return PROBLEMS.get(type(error), INTERNAL)
