"""Looking up host names without waiting longer than there is time.

The system's ``getaddrinfo`` knows no limit and cannot be interrupted. So a lookup runs in a thread
that nobody has to wait for, and there is at most one of them per host however many calls ask.
"""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Any

#: One way to reach a host: family, kind and protocol of the socket, canonical name, address.
Address = tuple[int, int, int, str, Any]
Lookup = Callable[[str, int], Sequence[Address]]


def lookup_by_system(host: str, port: int) -> Sequence[Address]:
    """The addresses of a host as the system knows them. Raises socket.gaierror."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Resolver:
    """Looks up names. Threads may share it, processes may not."""

    def __init__(self, lookup: Lookup = lookup_by_system) -> None:
        self._lookup = lookup
        self._lock = Lock()
        self._running: dict[tuple[str, int], Future[Sequence[Address]]] = {}

    def addresses(self, host: str, port: int, within_s: float) -> Sequence[Address]:
        """The addresses of a host. Raises TimeoutError and socket.gaierror."""
        try:
            flags = socket.AI_NUMERICHOST  # Answers at once, also when it is no address.
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
        except socket.gaierror:
            return self._started(host, port).result(within_s)

    def _started(self, host: str, port: int) -> "Future[Sequence[Address]]":
        with self._lock:
            found = self._running.get((host, port))
            if found is None:
                found = self._running[(host, port)] = Future()
                Thread(
                    target=self._look_up, args=(host, port, found), name=f"dns-{host}", daemon=True
                ).start()
            return found

    def _look_up(self, host: str, port: int, future: "Future[Sequence[Address]]") -> None:
        try:
            found, error = self._lookup(host, port), None
        except Exception as raised:
            found, error = (), raised
        with self._lock:
            del self._running[(host, port)]
        if error is None:
            future.set_result(found)
        else:
            future.set_exception(error)
