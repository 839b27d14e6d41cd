"""What an upstream answered, in our words: the JSON, or an error with its outcome."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import requests
from requests import exceptions
from urllib3.exceptions import HTTPError, MaxRetryError

from flows.errors import BadUpstreamAnswer, PortUnavailable, UpstreamRefused, UpstreamUnavailable
from flows.upstreams.retry import Outcome

CHUNK_BYTES = 64 * 1024
MOST_PROBLEM_BYTES = 64 * 1024

ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e]{0,256}"')

#: Of the answers that are no success, those that are about the moment and not about the request.
PASSING = {408: Outcome.FAILED, 425: Outcome.FAILED, 429: Outcome.BUSY}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a call: its value, or the error that it ended with.

    ``etag`` is what the upstream calls this state of the value; ``unchanged`` that it is still the one
    that was asked about.
    """

    outcome: Outcome
    value: Any = None
    error: PortUnavailable | None = None
    retry_after_s: float | None = None
    etag: str | None = None
    unchanged: bool = False


def attempt_of(upstream: str, response: requests.Response, most_bytes: int) -> Attempt:
    """Read an answer. Raises what requests raises when the body does not come."""
    status = response.status_code
    if 200 <= status < 300:
        return _success(upstream, response, most_bytes)
    if status == 304 and "If-None-Match" in response.request.headers:
        return Attempt(Outcome.OK, etag=_etag(response), unchanged=True)
    outcome = PASSING.get(status, Outcome.FAILED if status >= 500 else Outcome.REFUSED)
    words = f"{upstream} answered {status}"
    if status < 400:
        return Attempt(Outcome.BAD_ANSWER, error=BadUpstreamAnswer(f"{words}, which is no answer"))
    if outcome is Outcome.REFUSED:
        problem = _problem(response)
        return Attempt(outcome, error=UpstreamRefused(words, status=status, problem=problem))
    pause_s = retry_after_s(response.headers.get("Retry-After", ""), datetime.now(UTC))
    return Attempt(outcome, error=UpstreamUnavailable(words), retry_after_s=pause_s)


def _success(upstream: str, response: requests.Response, most_bytes: int) -> Attempt:
    try:
        body = read_body(response, most_bytes)
        return Attempt(Outcome.OK, read_json(body) if body else None, etag=_etag(response))
    except ValueError as error:
        return Attempt(Outcome.BAD_ANSWER, error=BadUpstreamAnswer(f"{upstream} answered {error}"))


def _etag(response: requests.Response) -> str | None:
    """An ``ETag`` by RFC 9110, 8.8.3, None for anything else."""
    text = response.headers.get("ETag", "")
    return text if ETAG.fullmatch(text) else None


def failed_attempt(upstream: str, error: exceptions.RequestException | HTTPError) -> Attempt:
    """An attempt that brought no answer, not for lack of time."""
    if isinstance(error, exceptions.SSLError):
        return Attempt(Outcome.BAD_ANSWER, error=BadUpstreamAnswer(f"{upstream} has no valid certificate"))
    if not isinstance(error, exceptions.ConnectionError | exceptions.ChunkedEncodingError):
        words = f"{upstream} does not speak HTTP as agreed: {type(error).__name__}"
        return Attempt(Outcome.BAD_ANSWER, error=BadUpstreamAnswer(words))
    # urllib3 wraps in MaxRetryError what went wrong before anything was sent, and nothing else.
    if error.args and isinstance(error.args[0], MaxRetryError):
        return Attempt(Outcome.UNREACHABLE, error=UpstreamUnavailable(f"{upstream} cannot be reached"))
    return Attempt(Outcome.LOST, error=UpstreamUnavailable(f"{upstream} broke off its answer"))


def read_body(response: requests.Response, most_bytes: int) -> bytes:
    """The body, decompressed. Raises ValueError for more than that many bytes."""
    too_large = f"more than {most_bytes} bytes"
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > most_bytes):
        raise ValueError(too_large)
    body = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        body += chunk
        if len(body) > most_bytes:
            raise ValueError(too_large)
    return bytes(body)


def read_json(body: bytes) -> Any:
    """The value of a JSON text as RFC 8259 has it. Raises ValueError."""
    try:
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ValueError("what is no JSON") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _problem(response: requests.Response) -> dict[str, Any]:
    try:
        found = read_json(read_body(response, MOST_PROBLEM_BYTES))
    except (ValueError, exceptions.RequestException, HTTPError):
        return {}
    return found if isinstance(found, dict) else {}


def retry_after_s(text: str, now: datetime) -> float | None:
    """Seconds to wait by a ``Retry-After`` (RFC 9110, 10.2.3: a number or a date); None for no such."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())
