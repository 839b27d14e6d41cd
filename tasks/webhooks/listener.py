"""A receiver to try webhooks with: verifies what comes, says so, and answers 204 or 400."""

import json
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time

from flows.webhooks.signing import BadSignature, verify

MOST_BYTES = 64 * 1024


class Listener(ThreadingHTTPServer):
    """Listens on loopback. ``secrets`` gives those in force, and ``say`` gets a line per message."""

    daemon_threads = True

    def __init__(self, port: int, secrets: Callable[[], Sequence[str]], say: Callable[[str], None]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.secrets, self.say = secrets, say

    @property
    def url(self) -> str:
        """Where to send to."""
        return f"http://127.0.0.1:{self.server_port}/"

    def judge(self, headers: dict[str, str], body: bytes) -> str | None:
        """Why a message is refused, None when it is genuine."""
        reason = "there is no secret"
        for secret in self.secrets():
            try:
                verify(secret, headers, body, time())
            except BadSignature as error:
                reason = str(error)
            else:
                return None
        return reason


class _Handler(BaseHTTPRequestHandler):
    """Takes one message per request."""

    server: Listener

    def do_POST(self) -> None:
        """Verify and show a message."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self.send_error(413)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(length))
        refused = self.server.judge(headers, body)
        self.server.say(_line(headers, body, refused))
        self.send_response(204 if refused is None else 400)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """One line per message is enough."""


def _line(headers: dict[str, str], body: bytes, refused: str | None) -> str:
    said = "verified" if refused is None else f"REFUSED ({refused})"
    try:
        shown = json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        shown = repr(body)
    return f"{said} {headers.get('webhook-id', '(no id)')} {shown}"
