"""Every error as problem+json (RFC 9457): one shape, one table of statuses."""

import json
import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from app.foreign_pages import FOREIGN_PAGE, ForeignPage
from app.principal import Forbidden, Unauthenticated
from flows.errors import InvalidInput, InvalidRequest, ServiceError, UnknownName

#: HTTP status of each error code; a test demands one for every class in ``flows.errors``.
STATUS: Mapping[str, int] = {
    "internal": 500,
    "invalid_input": 422,
    "unknown_name": 422,
    "bad_catalogue": 422,
    "bad_flow": 500,
    "stage_failed": 500,
    "done_with_reserve": 500,
    "stage_timeout": 503,
    "never_ran": 503,
    "worker_lost": 503,
    "port_unavailable": 503,
    "rerank_failed": 500,
    "upstream_unavailable": 503,
    "upstream_timeout": 503,
    "upstream_refused": 502,
    "bad_upstream_answer": 502,
    "breaker_open": 503,
    "job_not_found": 404,
    "job_gone": 410,
    "job_not_failed": 409,
    "memory_not_found": 404,
    "delivery_not_found": 404,
    "path_not_found": 404,
    "path_changed": 409,
    "entitlements_not_found": 404,
    "refresh_under_way": 409,
    "idempotency_key_reused": 422,
    "overloaded": 429,
    "batch_not_found": 404,
    "batch_ended": 409,
    "store_unavailable": 503,
}

#: Codes of errors that the framework raises. Not HTTPStatus' names: those change with Python.
HTTP_CODES: Mapping[int, str] = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "content_too_large",
    415: "unsupported_media_type",
    422: "invalid_input",
}

TYPE = "urn:learning-service:problem:"
RETRY_AFTER_S = 1
SEND_A_KEY = "send a key as Authorization: Bearer <key> or X-API-Key: <key>"

HEADER_FIELD = "header:"  #: How the field of an error begins that is a request header.

log = logging.getLogger(__name__)


def problem_response(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Iterable[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """A problem. ``errors`` says per field what is wrong, with a JSON pointer into the request."""
    body = problem_body(status, code, detail, request.path, errors=errors, **more)
    response = Response(json.dumps(body), status, content_type="application/problem+json")
    response.headers.update(headers or {})
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        response.headers.setdefault("Retry-After", str(RETRY_AFTER_S))
    return response


def problem_body(
    status: int,
    code: str,
    detail: str,
    instance: str,
    *,
    errors: Iterable[Mapping[str, Any]] = (),
    **more: Any,
) -> dict[str, Any]:
    """The body of a problem about what was asked of ``instance``, a path."""
    body = {
        "type": TYPE + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": instance,
        **more,
    }
    return {**body, "errors": list(errors)} if errors else body


def install(app: Flask) -> None:
    """Answer every error of this app with a problem."""
    app.register_error_handler(InvalidInput, _invalid_input)
    app.register_error_handler(ServiceError, _service_error)
    app.register_error_handler(Unauthenticated, _unauthenticated)
    app.register_error_handler(Forbidden, _forbidden)
    app.register_error_handler(ForeignPage, _foreign_page)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, _unexpected)


def _invalid_input(error: InvalidInput) -> Response:
    faults = error.errors if isinstance(error, InvalidRequest) else (error,)
    return problem_response(
        STATUS[error.code], error.code, "the request cannot be used as it is", errors=map(fault, faults)
    )


def fault(error: InvalidInput) -> dict[str, Any]:
    """Where the value came from, and what is wrong with it."""
    if error.field.startswith("?"):
        fault: dict[str, Any] = {"parameter": error.field[1:], "detail": str(error)}
    elif error.field.startswith(HEADER_FIELD):
        fault = {"header": error.field.removeprefix(HEADER_FIELD), "detail": str(error)}
    else:
        fault = {"pointer": "/" + error.field, "detail": str(error)}
    if isinstance(error, UnknownName):
        fault["nearest"] = list(error.nearest)
    return fault


def _service_error(error: ServiceError) -> Response:
    status = STATUS[error.code]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("service_error", extra={"code": error.code, "error": str(error)})
    return problem_response(status, error.code, str(error))


def _unauthenticated(_: Unauthenticated) -> Response:
    return problem_response(
        401,
        "unauthenticated",
        SEND_A_KEY,
        headers={"WWW-Authenticate": "Bearer"},
    )


def _foreign_page(_: ForeignPage) -> Response:
    return problem_response(403, "foreign_page", FOREIGN_PAGE)


def _forbidden(_: Forbidden) -> Response:
    return problem_response(403, "forbidden", "you may not ask for the organisation that orgId names")


def http_error(error: HTTPException) -> Response:
    """Also what flask-smorest raises: its messages per field become pointers."""
    if error.response is not None:  # A redirect, say, is an answer and not a problem.
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    messages = getattr(error, "data", {}).get("messages", {})
    faults = [
        fault for where, said in messages.items() if isinstance(said, dict) for fault in _at(where, said)
    ]
    code = "invalid_input" if faults else HTTP_CODES.get(status, "http_error")
    detail = "the request cannot be used as it is" if faults else _detail(error, messages)
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return problem_response(status, code, detail, errors=faults, headers=headers)


def _detail(error: HTTPException, messages: Any) -> str:
    """What webargs says of a body that it could not read at all, else the error's own words."""
    said = messages.get("json") if isinstance(messages, dict) else None
    return " ".join(said) if isinstance(said, list) else str(error.description)


def _at(place: str, messages: Mapping[Any, Any]) -> Iterable[dict[str, Any]]:
    if place != "query":
        return _faults(messages)
    return [{"parameter": str(name), "detail": " ".join(map(str, said))} for name, said in messages.items()]


def _faults(messages: Mapping[Any, Any], path: str = "") -> Iterable[dict[str, Any]]:
    for name, said in messages.items():
        pointer = path if name == "_schema" else f"{path}/{_escaped(str(name))}"
        if isinstance(said, dict):
            yield from _faults(said, pointer)
        else:
            yield {"pointer": pointer, "detail": " ".join(map(str, said))}


def _escaped(name: str) -> str:
    """A name as part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _unexpected(error: Exception) -> Response:
    log.error("unexpected_error", exc_info=error)
    return problem_response(
        500, "internal", "something went wrong on our side; the log has it by X-Request-Id"
    )
