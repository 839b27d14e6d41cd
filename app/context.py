"""What surrounds every request: its id, its principal, its log line."""

import logging
import re
from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

from flask import Flask, Response, g, request
from werkzeug.datastructures import Headers

from app.principal import Principal, principal_of
from config.settings import Settings

#: Paths that are served without a key: probes, metrics, documentation. Operators have a login of their own.
OPEN_PATHS = ("/health", "/metrics", "/openapi.json", "/docs", "/ops")

REQUEST_ID = re.compile(r"[\w.:-]{1,128}")

log = logging.getLogger("learning.request")


def install(app: Flask, settings: Settings) -> None:
    """Run before and after every request of this app."""

    def admit(headers: Headers) -> None:
        g.principal = principal_of(headers, settings)

    around_requests(app, admit)


def around_requests(app: Flask, admit: Callable[[Headers], None]) -> None:
    """Request ids and log lines; ``admit`` raises Unauthenticated for whom a closed path is not for."""

    @app.before_request
    def begin() -> None:
        g.started = perf_counter()
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        if not request.path.startswith(OPEN_PATHS):
            admit(request.headers)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        log.info(
            "request",
            extra={
                "request_id": g.request_id,
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "ms": round((perf_counter() - g.started) * 1000, 3),
                "job_id": response.headers.get("X-Job-Id"),
                "cache": response.headers.get("X-Cache"),
            },
        )
        return response


def principal() -> Principal:
    """Who makes the current request."""
    found: Principal = g.principal
    return found


def take_callback(url: str | None) -> None:
    """Keep the address that the current request wants told of the end."""
    g.callback_url = url


def callback_url() -> str | None:
    """The address that the current request wants told, if it does."""
    url: str | None = g.get("callback_url")
    return url


def request_id() -> str:
    """The id of the current request."""
    return str(g.request_id)
