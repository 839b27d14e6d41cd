"""HTTP connections on which a time-out is a total.

The time-out of ``requests`` and of a socket is per operation: a peer that sends a byte a second is
waited for without end. Here a socket takes its time-out as the time that everything may take from
now on, and gives each operation what is left of it. urllib3 sets the time-out when it connects,
when it sends on a connection that is used again, and when it begins to read, each time to what is
left of ``Timeout(total=...)``; so the one total holds from the lookup of the name to the last byte
of the body. No thread watches, and nothing has to be closed from outside.
"""

import socket
import ssl
from collections.abc import Sequence
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from tasks.clients.resolver import Resolver

SocketOptions = Sequence[tuple[int, int, Any]]


class _TotalTimeout(socket.socket):
    """What both kinds of sockets do before each operation that may wait."""

    _ends_s: float | None = None

    def settimeout(self, value: float | None, /) -> None:
        self._ends_s = None if value is None else monotonic() + value
        super().settimeout(value)

    def gettimeout(self) -> float | None:
        return None if self._ends_s is None else max(0.0, self._ends_s - monotonic())

    def _give_what_is_left(self) -> None:
        left_s = self.gettimeout()
        if left_s is not None:
            if left_s <= 0:
                raise TimeoutError("timed out")
            super().settimeout(left_s)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._give_what_is_left()
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._give_what_is_left()
        return super().send(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._give_what_is_left()
        super().sendall(*args, **kwargs)

    def connect(self, *args: Any, **kwargs: Any) -> None:
        self._give_what_is_left()
        super().connect(*args, **kwargs)


class DeadlineSocket(_TotalTimeout):
    """A socket whose time-out is the time left for everything, counted from when it was set."""


class DeadlineTlsSocket(_TotalTimeout, ssl.SSLSocket):
    """The same with TLS. The handshake is one operation to Python, and has a total of its own."""


def open_socket(
    host: str, port: int, within_s: float, resolver: Resolver, options: SocketOptions = ()
) -> DeadlineSocket:
    """Look up and connect; the socket has what is left of the time. Raises TimeoutError and OSError.

    One of several addresses gets its share of the time, so that a dead one leaves some for the next.
    """
    ends_s = monotonic() + within_s
    addresses = resolver.addresses(host, port, within_s)
    failed: OSError = OSError(f"{host} has no address")
    for position, (family, kind, protocol, _, address) in enumerate(addresses):
        left_s = ends_s - monotonic()
        if left_s <= 0:
            raise TimeoutError("timed out")
        sock = DeadlineSocket(family, kind, protocol)
        try:
            for option in options:
                sock.setsockopt(*option)
            sock.settimeout(left_s / (len(addresses) - position))
            sock.connect(address)
            sock.settimeout(max(0.001, ends_s - monotonic()))
            return sock
        except OSError as error:
            sock.close()
            failed = error
        except BaseException:  # A limit that a signal brings may end this at any point.
            sock.close()
            raise
    raise failed


class _Connects(HTTPConnection):
    """Opens its socket by ``open_socket``, and tells urllib3 what went wrong in its own words."""

    def __init__(self, *args: Any, resolver: Resolver, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._resolver = resolver

    def _new_conn(self) -> socket.socket:
        assert self.port is not None
        assert isinstance(self.timeout, float)
        try:
            return open_socket(
                self._dns_host, self.port, self.timeout, self._resolver, self.socket_options or ()
            )
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection in time") from error
        except OSError as error:
            raise NewConnectionError(self, f"no connection: {error}") from error


class DeadlineConnection(_Connects):
    """A connection without TLS."""


class DeadlineTlsConnection(_Connects, HTTPSConnection):
    """A connection with TLS."""


class DeadlinePool(HTTPConnectionPool):
    """Connections to one server."""

    ConnectionCls = DeadlineConnection


class DeadlineTlsPool(HTTPSConnectionPool):
    """Connections to one server with TLS."""

    ConnectionCls = DeadlineTlsConnection


class DeadlineAdapter(HTTPAdapter):
    """Makes ``timeout=`` of requests a total in seconds, and tries nothing twice by itself."""

    def __init__(self, connections: int, resolver: Resolver) -> None:
        self._resolver = resolver
        super().__init__(pool_connections=1, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make pools of our own connections."""
        context = create_urllib3_context()
        context.sslsocket_class = DeadlineTlsSocket
        super().init_poolmanager(*args, ssl_context=context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(DeadlinePool, resolver=self._resolver),
            "https": partial(DeadlineTlsPool, resolver=self._resolver),
        }

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, *, timeout: float, **kwargs: Any
    ) -> requests.Response:
        """Send a request; ``timeout`` is what everything may take from now, the body included."""
        return super().send(request, timeout=Timeout(total=timeout), **kwargs)  # type: ignore[arg-type]


class _Session(requests.Session):
    """A session that looks at no redirect: requests reads its whole body even when it is not to follow."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere."""


def bare_session(resolver: Resolver, connections: int) -> requests.Session:
    """A session with these connections that keeps nothing: no cookies, proxies, passwords, redirects."""
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = DeadlineAdapter(connections, resolver)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
