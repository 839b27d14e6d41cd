"""An open-loop load on loopback: when each request is due is fixed beforehand.

A slow answer delays no later request, and latency counts from the moment at which the request was
due, so that a stall shows in every request that it would have delayed (no coordinated omission).
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from threading import Thread
from typing import Any
from uuid import uuid4

CLIENT_TIMEOUT_S = 10.0  #: An answer that takes longer is a hang.


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for: a path and a body; ``headers`` beside the usual ones."""

    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request. ``status`` is 0 when no answer came; ``due`` is on the monotonic clock."""

    due: float
    latency_s: float
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    error: str = ""

    @property
    def body(self) -> Mapping[str, Any]:
        """The JSON object of the answer, empty when it is none."""
        try:
            read = json.loads(self.text)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    @property
    def job_id(self) -> str | None:
        """The job that answers, or will."""
        return self.headers.get("x-job-id") or (self.body.get("id") if self.status == 202 else None)

    @property
    def accepted(self) -> bool:
        """True when the service took the request on."""
        return 200 <= self.status < 300

    @property
    def degraded(self) -> bool:
        """True when the answer says that it is less than it could be."""
        return self.status == 200 and bool(self.body.get("degraded"))

    @property
    def is_problem(self) -> bool:
        """True for an error that says what it is, as problem+json."""
        return self.headers.get("content-type", "").startswith("application/problem+json")


Mix = Callable[[int], Ask]


def flow(name: str, **headers: str) -> Mix:
    """Ask for a flow of the suite, each time for another person, so that nothing is cached."""
    return lambda number: Ask(f"/faults/{name}", {"userId": uuid4().hex}, headers)


def mix(*parts: Mix) -> Mix:
    """These in turn."""
    return lambda number: parts[number % len(parts)](number)


def learning_path(number: int) -> Ask:
    """Ask for a learning path of somebody new."""
    body = {"userId": uuid4().hex, "currentSkill": "junior", "goal": "fullstack", "timeframe": "3months"}
    return Ask("/api/recommendations/learning-path", body)


class Load:
    """Requests at a steady rate in a thread of its own; as a context, it ends with the block.

    ``ports`` are asked in turn and may be changed under way, as a load balancer's list is.
    """

    def __init__(self, ports: Sequence[int], what: Mix, rate: float) -> None:
        self.ports = list(ports)
        self.answers: list[Answer] = []
        self._what, self._rate = what, rate
        self._stopped = False
        self._idle: dict[int, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {}
        self._thread = Thread(target=lambda: asyncio.run(self._run()), name="load", daemon=True)

    def __enter__(self) -> "Load":
        self.began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._thread.join(CLIENT_TIMEOUT_S + 5)

    async def _run(self) -> None:
        asking: set[asyncio.Task[None]] = set()
        for number in count():
            due = self.began + number / self._rate
            while (early := due - time.monotonic()) > 0 and not self._stopped:
                await asyncio.sleep(min(early, 0.05))
            if self._stopped:
                break
            task = asyncio.create_task(self._ask(due, self._what(number), number))
            asking.add(task)
            task.add_done_callback(asking.discard)
        if asking:
            await asyncio.wait(asking, timeout=CLIENT_TIMEOUT_S)
        for idle in self._idle.values():
            for _, writer in idle:
                writer.close()
        await asyncio.sleep(0)  # Closed transports close their sockets in the loop's next turn.

    async def _ask(self, due: float, ask: Ask, number: int) -> None:
        port = self.ports[number % len(self.ports)]
        try:
            async with asyncio.timeout(CLIENT_TIMEOUT_S):
                status, headers, text = await self._exchange(port, ask)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            latency_s = time.monotonic() - due
            self.answers.append(Answer(due, latency_s, 0, error=f"{type(error).__name__}: {error}"))
        else:
            self.answers.append(Answer(due, time.monotonic() - due, status, headers, text))

    async def _exchange(self, port: int, ask: Ask) -> tuple[int, dict[str, str], str]:
        idle = self._idle.setdefault(port, [])
        reused = bool(idle)
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(_request(port, ask))
            answer = await _read(reader)
        except (OSError, EOFError):
            writer.close()
            if not reused:
                raise
            idle.clear()  # The server closed what was kept open for later, as it may at any time.
            return await self._exchange(port, ask)
        if answer[1].get("connection") == "close":
            writer.close()
        else:
            idle.append((reader, writer))
        return answer


def _request(port: int, ask: Ask) -> bytes:
    body = json.dumps(ask.body).encode()
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **ask.headers,
    }
    lines = [f"POST {ask.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _read(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], str]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(head[0].split()[1]), headers, body.decode()
