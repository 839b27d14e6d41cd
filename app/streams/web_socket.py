"""``/ws/jobs/{id}``: the events of a job as messages of a WebSocket."""

import asyncio
from typing import Any

from tornado.websocket import WebSocketClosedError, WebSocketHandler, WebSocketProtocol13

from app.streams.feed import Follower, Snapshot
from app.streams.handlers import JobHandler
from app.streams.news import news
from app.streams.places import Place
from app.streams.problems import NoWebSocket
from tasks.job_events import json_text

TRANSPORT = "websocket"

#: How a connection is closed, by what closed it. A client that left has closed it itself, and one that
#: does not read would not read this either: its connection is cut.
CLOSE_CODES = {"ended": (1000, "the job has ended"), "stopping": (1001, "the service stops")}


class JobSocket(JobHandler, WebSocketHandler):
    """One client. Refusals come before the upgrade, as problems; Tornado's pings are the signs of life."""

    _follower: Follower | None = None
    _sending: "asyncio.Task[None] | None" = None

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Upgrade, and return when the connection is over."""
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise NoWebSocket
        after = self.after()
        with self.streams.places.place(TRANSPORT) as place, self.streams.feed.follower(args[0]) as follower:
            self._follower = follower
            snapshot = await self.first(follower)
            self._to_send = (follower, snapshot, after, place)
            await WebSocketHandler.get(self, *args, **kwargs)
            if self._sending is not None:
                await self._sending

    def check_origin(self, origin: str) -> bool:
        """Who may ask was checked before: a page of the web has no key, and without keys it is refused."""
        return True

    def open(self, *args: str, **kwargs: str) -> None:
        """Called by Tornado when the connection is up; messages go out while it listens for the close."""
        self._sending = asyncio.get_running_loop().create_task(self._send_all(*self._to_send))

    def on_message(self, message: str | bytes) -> None:
        """Clients have nothing to say."""

    def on_close(self) -> None:
        """Called by Tornado when the connection is down, whoever closed it."""
        if self._follower is not None:
            self._follower.dismiss("left")

    async def _send_all(self, follower: Follower, snapshot: Snapshot, after: int, place: Place) -> None:
        closed_by = ""
        async for event in news(follower, snapshot, after, self.streams.heartbeat_s):
            if event is not None and (closed_by := await self._sent(json_text(event))):
                break
        place.closed_by = closed_by or follower.dismissed or "ended"
        if place.closed_by in CLOSE_CODES:
            self.close(*CLOSE_CODES[place.closed_by])

    async def _sent(self, text: str) -> str:
        """Wait until the client took it; returns what closed the connection, if anything did."""
        try:
            sending = asyncio.ensure_future(self.write_message(text))
            done, _ = await asyncio.wait({sending}, timeout=self.streams.patience_s)
            if not done:
                sending.add_done_callback(asyncio.Future.exception)  # It comes of the cut, and is no news.
                self._cut()
                return "slow"
            await sending
        except WebSocketClosedError:
            return "left"
        return ""

    def _cut(self) -> None:
        if isinstance(self.ws_connection, WebSocketProtocol13):
            self.ws_connection.stream.close()
