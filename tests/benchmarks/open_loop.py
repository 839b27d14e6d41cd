"""An open-loop load over HTTP/1.1: requests begin when they are due, whether the ones before are done or not.

One asyncio thread with connections that are kept open and hand-made requests, so that the load takes
as little as may be of the machine that it shares with what it measures.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlsplit

GIVE_UP_S = 5.0
PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one request: ``seconds`` from when it was due; status 0 when nothing came."""

    due_s: float
    seconds: float
    status: int
    source: str = ""


@dataclass
class Load:
    """Posts bodies to one URL at a fixed rate."""

    url: str
    bodies: Iterator[bytes]
    replies: list[Reply] = field(default_factory=list)
    _idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def run(self, rate: float, seconds: float) -> list[Reply]:
        """Post so many a second for so long, and wait for the last answer; returns all replies."""
        self.replies = []
        started, tasks = perf_counter(), []
        for number in range(int(rate * seconds)):
            due = started + number / rate
            if (early := due - perf_counter()) > 0:
                await asyncio.sleep(early)
            tasks.append(asyncio.create_task(self._post(due)))
        await asyncio.gather(*tasks)
        return self.replies

    async def run_closed(self, clients: int, seconds: float) -> list[Reply]:
        """So many clients, each posting as soon as it has its answer; one that got none pauses a moment."""
        self.replies = []
        until = perf_counter() + seconds

        async def client() -> None:
            while (now := perf_counter()) < until:
                if await self._post(now) != 200:
                    await asyncio.sleep(PAUSE_S)

        await asyncio.gather(*(client() for _ in range(clients)))
        return self.replies

    def close(self) -> None:
        """Close the connections that are kept open."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _post(self, due: float) -> int:
        status, source = 0, ""
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            status, source = await asyncio.wait_for(self._exchange(next(self.bodies)), GIVE_UP_S)
        self.replies.append(Reply(due, perf_counter() - due, status, source))
        return status

    async def _exchange(self, body: bytes) -> tuple[int, str]:
        parts = urlsplit(self.url)
        reader, writer = (
            self._idle.pop() if self._idle else await asyncio.open_connection(parts.hostname, parts.port)
        )
        try:
            head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
            await reader.readexactly(int(headers["content-length"]))
        except BaseException:
            writer.close()
            raise
        self._idle.append((reader, writer))
        return int(lines[0].split()[1]), headers.get("x-cache", "")


def percentile(values: list[float], share: float) -> float:
    """A percentile; 0 for no values."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0
