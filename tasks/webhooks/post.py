"""One attempt to send a message: a POST with a total time, to an address that was checked."""

from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic

import requests
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from config import VERSION
from config.metrics import WEBHOOK_SECONDS
from flows.webhooks.schedule import THROTTLING, Answer
from tasks.clients.answers import retry_after_s
from tasks.clients.connections import bare_session
from tasks.clients.resolver import Resolver
from tasks.webhooks.guard import AddressRefused

TOTAL_S = 15.0  #: From the lookup of the name to the end of the answer.
MOST_READ_BYTES = 64 * 1024
HEADERS = {"Content-Type": "application/json", "User-Agent": f"learning-service/{VERSION}", "Accept": "*/*"}


class Post:
    """Sends messages. Threads may share it, processes may not."""

    def __init__(self, resolver: Resolver, connections: int, total_s: float = TOTAL_S) -> None:
        self._session, self._total_s = bare_session(resolver, connections), float(total_s)

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send once; whatever happens is in the answer."""
        started = monotonic()
        try:
            return self._exchange(url, {**HEADERS, **headers}, body)
        except (RequestException, HTTPError, OSError, UnicodeError) as error:
            late = isinstance(error, requests.Timeout) or monotonic() - started >= self._total_s
            return Answer(error=f"no answer within {self._total_s:g} s" if late else _said(error))
        finally:
            WEBHOOK_SECONDS.observe(monotonic() - started)

    def _exchange(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        request = self._session.prepare_request(requests.Request("POST", url, headers=headers, data=body))
        with self._session.send(
            request, timeout=self._total_s, stream=True, allow_redirects=False, proxies={}
        ) as response:
            _drop_body(response)
            return _answer(response)


def _drop_body(response: requests.Response) -> None:
    """Let the receiver finish what it says; nobody listens. The status has been said before."""
    try:
        response.raw.read(MOST_READ_BYTES, decode_content=False)
    except (HTTPError, OSError):
        return


def _answer(response: requests.Response) -> Answer:
    status = response.status_code
    error = "" if 200 <= status < 300 else f"the receiver answered {status}"
    wait_s = None
    if status in THROTTLING:
        wait_s = retry_after_s(response.headers.get("Retry-After", ""), datetime.now(UTC))
    return Answer(status, error, wait_s)


def _said(error: BaseException) -> str:
    """Why there is no answer, in words that tell a caller nothing about this network."""
    causes = _causes(error)
    if any(isinstance(cause, AddressRefused) for cause in causes):
        return "the address leads into a network that is not public"
    if any(isinstance(cause, requests.exceptions.SSLError) for cause in causes):
        return "the receiver has no valid certificate"
    if isinstance(error, requests.ConnectionError):
        return "no connection, or it was closed without an answer"
    return "the receiver does not speak HTTP as agreed"


def _causes(error: BaseException) -> list[BaseException]:
    """An error and all that led to it; urllib3 keeps the reason of its last one in an attribute."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
    return found
