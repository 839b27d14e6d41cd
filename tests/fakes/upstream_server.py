"""A real HTTP server that misbehaves on demand, for tests of clients.

``with UpstreamServer() as server`` serves on a free port of loopback until the block ends, which takes
less than a second whatever its clients are doing. ``server.behave(...)`` chooses how it treats the
calls from then on, ``server.answers`` what it answers by path, ``server.calls`` what it was asked.
"""

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from select import select
from socketserver import TCPServer, ThreadingMixIn
from threading import Event, Lock, Thread
from typing import Any, ClassVar, Literal

Mode = Literal[
    "normal",  #: 200 with the JSON of the path.
    "slow",  #: The same after ``wait_s``.
    "hang",  #: Reads the request and says nothing.
    "stall",  #: Sends status and headers, and no body.
    "drip",  #: Sends the body byte by byte, with ``wait_s`` before each.
    "drip_headers",  #: Sends everything so, from the first byte of the status line on.
    "status",  #: ``status`` with a problem, and ``headers``.
    "bad_json",
    "wrong_ids",  #: The JSON of the path, each ``id`` in it replaced by one that nobody gave out.
    "huge",  #: A body of ``size`` bytes; its length is announced.
    "huge_chunked",  #: The same in chunks, without its length.
    "close_mid_body",  #: Half of what was announced, then the end.
    "close",  #: The end, without a word.
    "redirect",  #: 302 to ``location``, with a body of ``size`` bytes.
    "garbage",  #: Something that is not HTTP.
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How calls are treated; only the first ``times`` ones when that is given, the others normally."""

    mode: Mode = "normal"
    wait_s: float = 0.05
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int = 10_000_000
    location: str = "/elsewhere"
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class UpstreamServer(ThreadingMixIn, TCPServer):
    """The server. ``connections`` counts those that were ever accepted."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._tls = tls
        self.stopping = Event()
        self.answers: dict[str, Any] = {}
        self.calls: list[Call] = []
        self.connections = 0
        self._behaviour = Behaviour()
        self._left = 0
        self._lock = Lock()
        self._open: dict[socket.socket, Thread] = {}
        self._thread = Thread(target=self.serve_forever, args=(0.02,), name="upstream-server", daemon=True)

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def behave(self, mode: Mode, **more: Any) -> None:
        """Treat calls so from now on."""
        with self._lock:
            self._behaviour = Behaviour(mode=mode, **more)
            self._left = self._behaviour.times or 0

    def next_behaviour(self, call: Call) -> Behaviour:
        """Note a call and say how it is treated."""
        with self._lock:
            self.calls.append(call)
            if self._behaviour.times is None:
                return self._behaviour
            self._left -= 1
            return self._behaviour if self._left >= 0 else Behaviour()

    def answer_to(self, path: str) -> Any:
        """The JSON of a path; one that nobody set answers ``{"ok": true}``."""
        return self.answers.get(path.partition("?")[0], {"ok": True})

    def answer_bytes(self, path: str) -> bytes:
        """The body of a path, for a server that answers something else than JSON."""
        return json.dumps(self.answer_to(path)).encode()

    def respond(self, call: Call) -> tuple[int, bytes]:
        """Status and body, for a server that looks at what it was asked."""
        return 200, self.answer_bytes(call.path)

    def open_connections(self) -> int:
        """How many connections are open at this moment."""
        with self._lock:
            return len(self._open)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self.connections += 1
            thread = Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
            self._open[request] = thread
        thread.start()

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._tls is None:
            super().finish_request(request, client_address)
            return
        with self._tls.wrap_socket(request.dup(), server_side=True) as encrypted:
            super().finish_request(encrypted, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what this server is for."""

    def __enter__(self) -> "UpstreamServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.shutdown()
        with self._lock:
            still_open = dict(self._open)
        for connection in still_open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in still_open.values():
            thread.join(0.5)
        self.server_close()
        self._thread.join(0.5)


class _Handler(BaseHTTPRequestHandler):
    """Treats one connection as its server says."""

    server: UpstreamServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    #: Those modes that are more than a status, headers and a body.
    special: ClassVar[frozenset[str]] = frozenset(
        {
            "hang",
            "stall",
            "drip",
            "drip_headers",
            "huge",
            "huge_chunked",
            "close",
            "close_mid_body",
            "garbage",
            "redirect",
        }
    )

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def _treat(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.call = Call(self.command, self.path, dict(self.headers), self.rfile.read(length))
        behaviour = self.server.next_behaviour(self.call)
        if behaviour.mode == "slow":
            self.server.stopping.wait(behaviour.wait_s)
        if behaviour.mode in self.special:
            self.close_connection = True
            getattr(self, "_" + behaviour.mode)(behaviour)
        else:
            self.wfile.write(self._whole(behaviour))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _treat

    def _whole(self, behaviour: Behaviour) -> bytes:
        if behaviour.mode == "status":
            problem = json.dumps({"status": behaviour.status, "code": "fake"}).encode()
            return _message(behaviour.status, problem, **behaviour.headers)
        if behaviour.mode == "bad_json":
            return _message(200, b'{"ok": tru')
        if behaviour.mode == "wrong_ids":
            foreign = with_foreign_ids(self.server.answer_to(self.path))
            return _message(200, json.dumps(foreign).encode(), **behaviour.headers)
        status, body = self.server.respond(self.call)
        return _message(status, body, **behaviour.headers)

    def _hang(self, _: Behaviour) -> None:
        """Until the client gives up."""
        while not self.server.stopping.wait(0.01) and not select([self.connection], [], [], 0)[0]:
            pass

    def _stall(self, behaviour: Behaviour) -> None:
        self.wfile.write(_message(200, b"x" * 100)[:-100])
        self._hang(behaviour)

    def _drip(self, behaviour: Behaviour) -> None:
        head, _, body = _message(200, json.dumps("x" * 10_000).encode()).partition(b"\r\n\r\n")
        self.wfile.write(head + b"\r\n\r\n")
        self._write_slowly(body, behaviour.wait_s)

    def _drip_headers(self, behaviour: Behaviour) -> None:
        self._write_slowly(_message(200, b"{}", **{"X-Padding": "x" * 10_000}), behaviour.wait_s)

    def _write_slowly(self, data: bytes, wait_s: float) -> None:
        for at in range(len(data)):
            if self.server.stopping.wait(wait_s):
                return
            self.wfile.write(data[at : at + 1])

    def _huge(self, behaviour: Behaviour) -> None:
        self.wfile.write(_message(200, b"", **{"Content-Length": str(behaviour.size)}))
        self._write_much(behaviour.size, b"%s")

    def _redirect(self, behaviour: Behaviour) -> None:
        headers = {"Location": behaviour.location, "Content-Length": str(behaviour.size)}
        self.wfile.write(_message(302, b"", **headers))
        self._write_much(behaviour.size, b"%s")

    def _huge_chunked(self, behaviour: Behaviour) -> None:
        self.wfile.write(_message(200, b"", **{"Content-Length": "", "Transfer-Encoding": "chunked"}))
        self._write_much(behaviour.size, b"2710\r\n%s\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def _write_much(self, size: int, form: bytes) -> None:
        for _ in range(size // 10_000):
            self.wfile.write(form % (b"1" * 10_000))

    def _close(self, _: Behaviour) -> None:
        """Say nothing."""

    def _close_mid_body(self, _: Behaviour) -> None:
        self.wfile.write(_message(200, b"1" * 1000)[:-500])

    def _garbage(self, _: Behaviour) -> None:
        self.wfile.write(b"\x00\xff no HTTP at all\r\n\r\n")


def _message(status: int, body: bytes, **headers: str) -> bytes:
    """A response; a header that is given as empty is left out."""
    shown = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    lines = [f"HTTP/1.1 {status} Fake", *(f"{name}: {value}" for name, value in shown.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode() + body


def with_foreign_ids(value: Any) -> Any:
    """The same JSON with other ids."""
    if isinstance(value, list):
        return [with_foreign_ids(item) for item in value]
    if isinstance(value, dict):
        return {
            key: f"foreign-{item}" if key == "id" else with_foreign_ids(item) for key, item in value.items()
        }
    return value


@contextmanager
def refusing_url() -> Iterator[str]:
    """An address at which every connection is refused; nobody else can get its port meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def silent_url() -> Iterator[str]:
    """An address at which no connection ever comes about, as behind a firewall that drops packets."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        fillers = [socket.socket() for _ in range(3)]  # The queue has room for one.
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(address)
            yield f"http://127.0.0.1:{address[1]}"
        finally:
            for filler in fillers:
                filler.close()
