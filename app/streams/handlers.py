"""What the streams process answers over HTTP, by the conventions of the front."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, cast
from uuid import uuid4

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler
from werkzeug.datastructures import Headers

from app.context import REQUEST_ID
from app.event_requests import CONTENT_TYPE, HEADERS, PARAMETER, last_event_id
from app.health import Health
from app.principal import Principal, principal_of
from app.streams.feed import Follower, JobFeed, Snapshot
from app.streams.news import is_all_told, news
from app.streams.places import Places
from app.streams.problems import problem_of
from config.settings import Settings
from flows.errors import ServiceError, StoreUnavailable
from tasks.job_events import HEARTBEAT, HEARTBEAT_S, OPENING, sse_text

FIRST_LOOK_S = 5.0  #: So long a client waits for its first event, or to hear that there is none.

log = logging.getLogger("learning.request")


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """The parts that all handlers share.

    ``patience_s`` is how long a client may leave what it was sent unread before it is let go.
    """

    settings: Settings
    feed: JobFeed
    places: Places
    health: Health
    metrics_dir: str | None = None
    heartbeat_s: float = HEARTBEAT_S
    patience_s: float = 10.0


class Handler(RequestHandler):
    """Request ids and problems, for all of them."""

    streams: Streams

    def initialize(self, streams: Streams) -> None:
        """Called by Tornado with the arguments of the route."""
        self.streams = streams

    def set_default_headers(self) -> None:
        """Called by Tornado whenever an answer begins, also one with an error."""
        given = self.request.headers.get("X-Request-Id", "")
        if not hasattr(self, "request_id"):
            self.request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        self.clear_header("Server")
        self.set_header("X-Request-Id", self.request_id)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Called by Tornado for whatever a handler raised."""
        problem = problem_of(kwargs.get("exc_info", (None, HTTPError(status_code), None))[1])
        self.set_status(problem.status)
        self.set_header("Content-Type", "application/problem+json")
        for name, value in problem.headers.items():
            self.set_header(name, value)
        self.finish(problem.text(self.request.path))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Only what is our fault: the line of the request has the rest."""
        if problem_of(value).status < 500:
            return
        if isinstance(value, ServiceError):
            log.error("service_error", extra={"code": value.code, "error": str(value)})
        else:
            log.error("unexpected_error", extra={"request_id": self.request_id}, exc_info=value)


class JobHandler(Handler):
    """What event streams and WebSockets have in common: who asks, for which job, from which event on."""

    principal: Principal

    def prepare(self) -> None:
        """Called by Tornado before each request. Raises Unauthenticated and ForeignPage."""
        self.principal = principal_of(Headers(list(self.request.headers.get_all())), self.streams.settings)

    def after(self) -> int:
        """The last event that the client has."""
        parameter = self.get_query_argument(PARAMETER, None)
        return last_event_id(self.request.headers.get("Last-Event-ID"), parameter)

    async def first(self, follower: Follower) -> Snapshot:
        """The job as it is now. Raises JobNotFound, also for one of another organisation."""
        snapshot = await follower.next(FIRST_LOOK_S)
        if snapshot is None:
            raise StoreUnavailable("the ledger does not answer")
        self.principal.own(snapshot.job)
        return snapshot


class EventsHandler(JobHandler):
    """``GET /api/jobs/{id}/events``: server-sent events."""

    _follower: Follower | None = None

    async def get(self, job_id: str) -> None:
        """Send the events of a job until its end."""
        after = self.after()
        with self.streams.places.place("sse") as place, self.streams.feed.follower(job_id) as follower:
            self._follower = follower
            snapshot = await self.first(follower)
            if is_all_told(snapshot, after):
                self.set_status(204)
                self.clear_header("Content-Type")
                return
            self._begin()
            place.closed_by = await self._send_all(follower, snapshot, after)

    def on_connection_close(self) -> None:
        """Called by Tornado when the client has gone."""
        if self._follower is not None:
            self._follower.dismiss("left")

    def _begin(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE)
        self.set_header("Connection", "close")  # Nobody asks for anything more on it.
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.write(OPENING)

    async def _send_all(self, follower: Follower, snapshot: Snapshot, after: int) -> str:
        """Returns what closed the stream."""
        async for event in news(follower, snapshot, after, self.streams.heartbeat_s):
            self.write(sse_text(event) if event else HEARTBEAT)
            if closed_by := await self._taken(self.flush()):
                return closed_by
        return await self._taken(self.finish()) or follower.dismissed or "ended"

    async def _taken(self, writing: Awaitable[None]) -> str:
        """Wait until the client took what is written; returns what closed the stream, if anything did."""
        written = asyncio.ensure_future(writing)
        done, _ = await asyncio.wait({written}, timeout=self.streams.patience_s)
        if not done:
            written.add_done_callback(asyncio.Future.exception)  # It comes of the cut, and is no news.
            cast(HTTP1Connection, self.request.connection).stream.close()
            return "slow"
        try:
            await written
        except StreamClosedError:
            return "left"
        return ""


class LiveHandler(Handler):
    """The process answers."""

    def get(self) -> None:
        """Says nothing about dependencies: a restart would not mend those."""
        self.finish({"status": "ok"})


class HealthHandler(Handler):
    """The process can do its work."""

    async def get(self) -> None:
        """Ask what it depends on, beside the loop: a dependency that hangs must not hold up streams."""
        report = await asyncio.get_running_loop().run_in_executor(None, self.streams.health.report)
        self.set_status(200 if report["status"] == "ok" else 503)
        self.finish(report)


class MetricsHandler(Handler):
    """Metrics for Prometheus: of all processes that share a folder, else of this one."""

    def get(self) -> None:
        """Collect them anew."""
        registry = REGISTRY
        if self.streams.metrics_dir:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, self.streams.metrics_dir)  # type: ignore[no-untyped-call]
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(registry))


class NotFoundHandler(Handler):
    """Nothing is here."""

    def prepare(self) -> None:
        """Called by Tornado before each request."""
        raise HTTPError(404)


def log_request(handler: RequestHandler) -> None:
    """One line per request, when it is over; that of a WebSocket comes with its upgrade."""
    job_id = handler.path_args[0] if isinstance(handler, JobHandler) and handler.path_args else None
    log.info(
        "request",
        extra={
            "request_id": getattr(handler, "request_id", None),
            "method": handler.request.method,
            "path": handler.request.path,
            "status": handler.get_status(),
            "ms": round(handler.request.request_time() * 1000, 3),
            "job_id": job_id,
        },
    )
