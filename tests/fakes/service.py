"""Services that really listen, in a thread of the test, and a plain connection to them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Any

import requests
from flask import Flask
from prometheus_client import CollectorRegistry
from werkzeug.serving import WSGIRequestHandler, make_server

from app.health import Health
from app.upstreams.memory_service import create_memory_service
from app.upstreams.pbml_service import create_pbml_service
from config.settings import Settings
from flows.errors import PortUnavailable
from flows.intelligence.patterns.port import PatternSource
from flows.memory.port import MemoryBank
from tasks.clients.memory_service import memory_bank_of
from tasks.clients.pbml_service import patterns_of


class Quiet(WSGIRequestHandler):
    """Logs no line per request."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


class PlainCaller:
    """A Caller without retries and breaker, one connection per call; threads may share it."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(
        self, method: str, path: str, json: Mapping[str, Any], *, deadline_s: float, idempotent: bool
    ) -> Any:
        """The answer's JSON. The deadline is generous, since the machine of a test may be busy."""
        try:
            answer = requests.request(
                method, self._url + path, json=json, headers=self._headers, timeout=deadline_s + 30
            )
            answer.raise_for_status()
        except requests.RequestException as error:
            raise PortUnavailable(f"{path}: {error}") from error
        return answer.json()


@contextmanager
def listening(app: Flask) -> Iterator[str]:
    """The address of a server of the app on this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def memory_app(bank: MemoryBank, **env: str) -> Flask:
    """A memory service over a bank, with an environment."""
    return create_memory_service(Settings.of_upstream(env), bank, Health({}, {}), CollectorRegistry())


def pbml_app(patterns: PatternSource, **env: str) -> Flask:
    """A PBML service over patterns, with an environment."""
    return create_pbml_service(Settings.of_upstream(env), patterns, Health({}, {}), CollectorRegistry())


@contextmanager
def memory_bank_over_http(bank: MemoryBank) -> Iterator[MemoryBank]:
    """The same bank, but by way of a service."""
    with listening(memory_app(bank)) as url:
        yield memory_bank_of(url, PlainCaller)


@contextmanager
def patterns_over_http(patterns: PatternSource) -> Iterator[PatternSource]:
    """The same patterns, but by way of a service."""
    with listening(pbml_app(patterns)) as url:
        yield patterns_of(url, PlainCaller)


class Answering:
    """A Caller whose service answers the same whatever is asked, and that keeps what was."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def call(
        self, method: str, path: str, json: Mapping[str, Any], *, deadline_s: float, idempotent: bool
    ) -> Any:
        """Remember the question."""
        self.asked.append((path, json))
        return self._answer
