"""A TCP proxy of ours, which goes wrong in the ways in which networks do."""

import asyncio
import random
import socket
from collections.abc import Coroutine
from contextlib import suppress
from threading import Thread
from typing import Literal

Mode = Literal[
    "pass",
    "refuse",  #: Every connection is refused, and the ones that there were are closed.
    "blackhole",  #: Accepts, takes everything and says nothing; so do the connections that there were.
    "cut",  #: Accepts and closes at once; the connections that there were are closed.
]


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Proxy:
    """Between a client and a server on loopback, in a thread of its own.

    ``latency_s`` is added on the way there and kept from the way back, so that it counts once per round trip.
    ``reset_share`` of the connections are reset after ``reset_after`` chunks.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.latency_s = 0.0
        self.reset_share = 0.0
        self.resets = 0
        self._mode: Mode = "pass"
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._passing = asyncio.Event()

    def start(self, target_port: int) -> None:
        """Listen, in front of this port."""
        self._target = target_port
        self._thread.start()
        self._call(self._listen())

    def stop(self) -> None:
        """Close everything."""
        if self._thread.is_alive():
            self._call(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(2.0)
            self._loop.close()

    @property
    def mode(self) -> Mode:
        """How connections are treated."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._call(self._change(mode))

    def _call(self, coroutine: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(5.0)

    async def _change(self, mode: Mode) -> None:
        was, self._mode = self._mode, mode
        if mode == "blackhole":
            self._passing.clear()
            return
        if was == "blackhole" or mode in ("refuse", "cut"):  # What was swallowed is gone: no half streams.
            await self._close_all(listener=mode == "refuse")
        self._passing.set()
        if mode != "refuse" and self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        if self._mode == "pass":
            self._passing.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _close_all(self, *, listener: bool) -> None:
        if listener and self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _end(self) -> None:
        await self._close_all(listener=True)
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await asyncio.sleep(0)  # Aborted transports close their sockets in the loop's next turn.

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode == "cut":
            writer.transport.abort()
            return
        self._open.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            await self._passing.wait()
            back, there = await asyncio.open_connection("127.0.0.1", self._target)
            self._open.add(there)
            breaks = random.random() < self.reset_share
            await asyncio.gather(
                self._carry(reader, there, delayed=True, breaks=breaks), self._carry(back, writer)
            )
        except OSError:
            pass  # The target is away; the client finds out by the close below.
        finally:
            for end in (writer, there):
                if end is not None:
                    self._open.discard(end)
                    end.transport.abort()

    async def _carry(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        *,
        delayed: bool = False,
        breaks: bool = False,
    ) -> None:
        chunks = 0
        with suppress(OSError):
            while chunk := await source.read(65536):
                await self._passing.wait()
                if delayed and self.latency_s:
                    await asyncio.sleep(self.latency_s)
                chunks += 1
                if breaks and chunks > 3:
                    self.resets += 1
                    break
                sink.write(chunk)
                await sink.drain()
        sink.transport.abort()
