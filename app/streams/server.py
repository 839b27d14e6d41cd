"""The streams process put together: parts in, a server that listens and stops in good order out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from platform import python_version
from typing import Any

import redis
from tornado.httpserver import HTTPServer
from tornado.web import Application

from app.health import Health
from app.streams.feed import JobFeed
from app.streams.handlers import (
    EventsHandler,
    HealthHandler,
    LiveHandler,
    MetricsHandler,
    NotFoundHandler,
    Streams,
    log_request,
)
from app.streams.places import Places
from app.streams.web_socket import JobSocket
from config import VERSION
from config.settings import Settings
from flows.errors import StoreUnavailable
from tasks.completion import RedisListener
from tasks.redis_client import fast_client, listening_client
from tasks.store.in_redis import RedisLedger, translated

JOB_ID = r"([^/]{1,128})"
MOST_SENT_BY_A_CLIENT = 16 * 1024  #: Bytes of its headers, its body or a message; none has a use for more.
IDLE_S = 20  #: A connection on which nothing is asked for so long is closed.
LEAVE_WITHIN_S = 3.0  #: From the wish to stop to the end, for clients that read slowly.


def make_application(streams: Streams) -> Application:
    """The routes."""
    shared = {"streams": streams}
    return Application(
        [
            (rf"/api/jobs/{JOB_ID}/events", EventsHandler, shared),
            (rf"/ws/jobs/{JOB_ID}", JobSocket, shared),
            (r"/health/live", LiveHandler, shared),
            (r"/health(?:/ready|/startup)?", HealthHandler, shared),
            (r"/metrics", MetricsHandler, shared),
        ],
        default_handler_class=NotFoundHandler,
        default_handler_args=shared,
        log_function=log_request,
        websocket_ping_interval=streams.heartbeat_s,
        websocket_max_message_size=MOST_SENT_BY_A_CLIENT,
    )


@contextlib.asynccontextmanager
async def serving(settings: Settings, redis_url: str, **changes: Any) -> AsyncIterator[Streams]:
    """Listen on ``settings.streams_port`` inside this context; every stream is closed at its end.

    ``changes`` are fields of :class:`Streams` that are not to have their defaults.
    """
    client = fast_client(redis_url)
    feed = JobFeed(RedisLedger(client).read)
    listener = RedisListener(listening_client(redis_url), feed)
    health = Health({"redis": lambda: _check(client, listener)}, _versions())
    parts: dict[str, Any] = {"feed": feed, "places": Places(settings.max_streams), "health": health}
    streams = Streams(**{"settings": settings, **parts, **changes})
    server = HTTPServer(
        make_application(streams),
        max_header_size=MOST_SENT_BY_A_CLIENT,
        max_body_size=MOST_SENT_BY_A_CLIENT,
        idle_connection_timeout=IDLE_S,
    )
    server.listen(settings.streams_port, settings.host, backlog=1024)
    await asyncio.to_thread(listener.start)
    try:
        yield streams
    finally:
        server.stop()
        await _let_go(streams)
        await server.close_all_connections()
        await asyncio.to_thread(listener.stop)
        feed.close()
        client.close()


async def _let_go(streams: Streams) -> None:
    """Ask everybody to leave, and wait a while until they have; those who come back resume elsewhere."""
    streams.feed.dismiss_all("stopping")
    until = asyncio.get_running_loop().time() + LEAVE_WITHIN_S
    while streams.places.taken and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(0.02)


def _check(client: "redis.Redis", listener: RedisListener) -> dict[str, Any]:
    with translated():
        client.ping()
    if not listener.listening:
        raise StoreUnavailable("not subscribed to news of jobs")
    return {}


def _versions() -> dict[str, str]:
    return {"learning-service": VERSION, "python": python_version(), "tornado": version("tornado")}
