"""The streams process over a real Redis: both transports, from the first event to the last."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import redis
from flask import Flask
from prometheus_client import REGISTRY
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from app.front import Front
from app.preferences import Preference
from app.streams.handlers import Streams
from app.streams.server import serving
from config import keys
from config.settings import Settings
from flows.job_id import new_job_id
from tasks.store.base import Job, Outcome, State
from tasks.store.in_redis import RedisLedger
from tests.factories import new_job
from tests.integration.conftest import StartWorker

STAGE = {"type": "a", "status": "ok", "ms": 1.0}
DONE = Outcome(state=State.SUCCEEDED, stages=[STAGE, {**STAGE, "type": "b"}], result='{"x":"é\\n"}')
API_KEYS = {"acme-key-0123456789": "acme", "globex-key-0123456789": "globex"}
ACME, GLOBEX = ({"X-API-Key": f"{name}-key-0123456789"} for name in ("acme", "globex"))

pytestmark = pytest.mark.timeout(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def ledger(redis_url: str) -> Iterator["LiveLedger"]:
    """The ledger, with a hand on it."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield LiveLedger(client)


class LiveLedger:
    """Does what front and worker do to a job, one thing at a time."""

    def __init__(self, client: "redis.Redis") -> None:
        self.client, self._ledger = client, RedisLedger(client)

    def running(self, **changes: Any) -> Job:
        """A job that a worker has taken up."""
        job = new_job(**changes)
        self._ledger.accept(job, 60_000)
        started = self._ledger.start(job.id, 0, 1)
        assert started is not None
        return started

    def save_stage(self, job: Job) -> None:
        """The first stage is done, and the next one is to run on another queue."""
        assert self._ledger.checkpoint(job, 1, {}, [STAGE], 60_000)

    def finish(self, job: Job, outcome: Outcome = DONE) -> None:
        """The end of the job."""
        assert self._ledger.finish(job, outcome)

    def ended(self, **changes: Any) -> Job:
        """A job of two stages that has succeeded."""
        job = self.running(**changes)
        self.finish(job)
        return job


@pytest.fixture
def run(settings: Settings, redis_url: str) -> Callable[..., None]:
    """Runs a scenario with a streams process in the same loop; ``given`` are settings and parts of it."""

    def run_scenario(scenario: Callable[[Streams], Awaitable[None]], **given: Any) -> None:
        own = {name: given.pop(name) for name in ("api_keys", "max_streams") if name in given}

        async def serve() -> None:
            own_settings = replace(settings, streams_port=free_port(), **own)
            async with serving(own_settings, redis_url, **{"heartbeat_s": 10.0, **given}) as streams:
                await scenario(streams)

        asyncio.run(serve())

    return run_scenario


class EventSource:
    """A client of server-sent events that takes in what comes, piece by piece."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.status, self.headers = 0, dict[str, str]()
        self._rest = ""

    async def begin(self) -> None:
        """Read status and headers."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    async def chunk(self) -> str:
        """The next piece of the body; empty at its end."""
        size = int(await self._reader.readline(), 16)
        text = (await self._reader.readexactly(size)).decode()
        await self._reader.readexactly(2)
        return text

    async def next(self) -> str:
        """The next block of the stream, be it an event or a comment; empty at its end."""
        while "\n\n" not in self._rest:
            if not (chunk := await self.chunk()):
                return ""
            self._rest += chunk
        block, _, self._rest = self._rest.partition("\n\n")
        return block

    async def rest(self) -> list[str]:
        """All blocks until the end."""
        blocks = []
        while block := await self.next():
            blocks.append(block)
        return blocks

    async def body(self) -> Any:
        """The JSON of an answer that is no stream."""
        return json.loads(await self._reader.readexactly(int(self.headers["content-length"])))


@asynccontextmanager
async def event_source(
    streams: Streams, path: str, headers: dict[str, str] | None = None
) -> AsyncIterator[EventSource]:
    """Connect, and go away at the end."""
    port = streams.settings.streams_port
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    given = {"Host": f"127.0.0.1:{port}", **(headers or {})}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    source = EventSource(reader, writer)
    try:
        await source.begin()
        yield source
    finally:
        writer.close()


def events_url(job_id: str) -> str:
    return f"/api/jobs/{job_id}/events"


async def web_socket(
    streams: Streams, job_id: str, headers: dict[str, str] | None = None, query: str = ""
) -> WebSocketClientConnection:
    url = f"ws://127.0.0.1:{streams.settings.streams_port}/ws/jobs/{job_id}{query}"
    return await websocket_connect(HTTPRequest(url, headers=headers))


async def messages(client: WebSocketClientConnection) -> list[Any]:
    """All that comes until the connection is closed."""
    found = []
    while (message := await client.read_message()) is not None:
        found.append(json.loads(message))
    client.close()
    return found


async def until(true: Callable[[], bool]) -> None:
    """Give the loop its time until something is true; the limit of the test is the limit."""
    while not true():
        await asyncio.sleep(0.005)


def ids(blocks: list[str]) -> list[int]:
    return [int(block.split("\n")[0].removeprefix("id: ")) for block in blocks if block.startswith("id: ")]


def closed(transport: str, reason: str) -> float:
    labels = {"transport": transport, "reason": reason}
    return REGISTRY.get_sample_value("learning_streams_closed_total", labels) or 0.0


def test_a_slow_flow_from_beginning_to_end(
    front: Front, start_worker: StartWorker, run: Callable[..., None]
) -> None:
    """Over both transports: queued, every stage in order, the job as its end; in between signs of life."""
    start_worker("interactive")

    async def scenario(streams: Streams) -> None:
        request = {"organisation": "demo", "userId": "slow"}
        begun = await asyncio.to_thread(front.answer, "dawdling", request, Preference(wait_s=0), "r")
        job_id = begun.headers["X-Job-Id"]
        client = await web_socket(streams, job_id)
        async with event_source(streams, events_url(job_id)) as source:
            blocks = await source.rest()
        sent = await messages(client)

        assert blocks[0] == "retry: 1000"
        comments = [block for block in blocks[1:] if not block.startswith("id: ")]
        assert set(comments) == {": still here"}
        assert ids(blocks) == [message["id"] for message in sent] == [1, 2, 3, 1000]
        types = ["queued", "stage", "stage", "ended"]
        assert [message["event"] for message in sent] == types
        assert [m["data"]["type"] for m in sent[1:3]] == ["test.sleep_light", "test.answer"]
        assert (sent[-1]["data"]["status"], sent[-1]["data"]["links"]["self"]) == (
            "succeeded",
            f"/api/jobs/{job_id}",
        )
        assert (client.close_code, client.close_reason) == (1000, "the job has ended")

    run(scenario, heartbeat_s=0.05)


def test_a_stage_is_told_when_it_was_saved(ledger: LiveLedger, run: Callable[..., None]) -> None:
    """Progress arrives while the job is under way, and a client that came later gets all of it."""

    async def scenario(streams: Streams) -> None:
        job = ledger.running()
        client = await web_socket(streams, job.id)
        async with event_source(streams, events_url(job.id)) as source:
            assert [await source.next(), *ids([await source.next()])] == ["retry: 1000", 1]
            ledger.save_stage(job)
            assert ids([await source.next()]) == [2]
            async with event_source(streams, events_url(job.id)) as late:
                ledger.finish(job)
                assert ids(await source.rest()) == [3, 1000]
                assert ids(await late.rest()) == [1, 2, 3, 1000]
        assert [message["id"] for message in await messages(client)] == [1, 2, 3, 1000]

    run(scenario)


def test_going_on_after_any_event(ledger: LiveLedger, run: Callable[..., None]) -> None:
    """Each client gets what it lacks and no more, whichever way it says what it has; 204 for nothing."""

    async def scenario(streams: Streams) -> None:
        url = events_url(ledger.ended(id="f" * 32).id)
        everything = [1, 2, 3, 1000]
        for number, last in enumerate(everything[:-1]):
            async with event_source(streams, url, {"Last-Event-ID": str(last)}) as source:
                assert ids(await source.rest()) == everything[number + 1 :]
            client = await web_socket(streams, "f" * 32, query=f"?lastEventId={last}")
            assert [message["id"] for message in await messages(client)] == everything[number + 1 :]
        async with event_source(streams, url, {"Last-Event-ID": "1000"}) as source:
            assert (source.status, source.headers.get("content-type")) == (204, None)
        client = await web_socket(streams, "f" * 32, query="?lastEventId=1000")
        assert (await messages(client), client.close_code) == ([], 1000)

    run(scenario)


def test_the_same_text_as_the_front(ledger: LiveLedger, app: Flask, run: Callable[..., None]) -> None:
    """Front and streams process send the same bytes."""

    async def scenario(streams: Streams) -> None:
        url = events_url(ledger.ended().id)
        async with event_source(streams, url) as source:
            text = "".join(f"{block}\n\n" for block in await source.rest())
            headers = {name: source.headers[name] for name in ("content-type", "cache-control")}
        response = app.test_client().get(url)
        assert (response.text, response.content_type) == (text, headers["content-type"])
        assert response.headers["Cache-Control"] == headers["cache-control"]

    run(scenario)


def test_clients_that_go_away(ledger: LiveLedger, run: Callable[..., None]) -> None:
    """After hundreds of clients that left in the middle all is as it was, down to files and subscriptions."""

    async def come_and_go(streams: Streams, job_id: str) -> None:
        client = await web_socket(streams, job_id)
        async with event_source(streams, events_url(job_id)) as source:
            await source.next()
        client.close()
        await messages(client)

    async def scenario(streams: Streams) -> None:
        job = ledger.running()
        await come_and_go(streams, job.id)
        await until(lambda: not streams.places.taken)
        subscribed = dict(ledger.client.pubsub_numsub(keys.FINISHED, keys.PROGRESS))
        descriptors = len(os.listdir("/proc/self/fd"))
        left = closed("sse", "left")

        for _ in range(20):
            await asyncio.gather(*(come_and_go(streams, job.id) for _ in range(10)))

        await until(lambda: not streams.places.taken)
        assert (len(streams.feed), closed("sse", "left")) == (0, left + 200)
        assert dict(ledger.client.pubsub_numsub(keys.FINISHED, keys.PROGRESS)) == subscribed
        await until(lambda: len(os.listdir("/proc/self/fd")) <= descriptors + 4)  # Threads that read.

    run(scenario)


def test_who_may_ask(ledger: LiveLedger, run: Callable[..., None]) -> None:
    """A job of another organisation is as unknown as one that never was; without a key it is 401."""

    async def refused(streams: Streams, job_id: str, headers: dict[str, str]) -> list[tuple[int, str]]:
        async with event_source(streams, events_url(job_id), headers) as source:
            over_http = (source.status, (await source.body())["code"])
        with pytest.raises(HTTPClientError) as raised:
            await web_socket(streams, job_id, headers)
        assert raised.value.response is not None
        return [over_http, (raised.value.code, json.loads(raised.value.response.body)["code"])]

    async def scenario(streams: Streams) -> None:
        job = ledger.ended(organisation="acme")
        assert await refused(streams, job.id, GLOBEX) == [(404, "job_not_found")] * 2
        assert await refused(streams, "0" * 32, GLOBEX) == [(404, "job_not_found")] * 2
        assert await refused(streams, job.id, {}) == [(401, "unauthenticated")] * 2
        assert len(await messages(await web_socket(streams, job.id, ACME))) == 4
        async with event_source(
            streams, events_url(job.id), {**ACME, "Origin": "https://x.example"}
        ) as source:
            assert ids(await source.rest()) == [1, 2, 3, 1000]

    run(scenario, api_keys=API_KEYS)


def test_pages_of_the_web_read_nothing(ledger: LiveLedger, run: Callable[..., None]) -> None:
    """Where no key is needed, neither a foreign page nor a foreign name for this machine gets in."""

    async def scenario(streams: Streams) -> None:
        job = ledger.ended()
        for headers in (
            {"Origin": "https://evil.example"},
            {"Host": "evil.example", "Origin": "http://evil.example"},
        ):
            async with event_source(streams, events_url(job.id), headers) as source:
                assert (source.status, (await source.body())["code"]) == (403, "foreign_page")
            with pytest.raises(HTTPClientError) as raised:
                await web_socket(streams, job.id, headers)
            assert raised.value.code == 403
        client = await web_socket(streams, job.id, {"Origin": "http://localhost:5173"})
        assert len(await messages(client)) == 4

    run(scenario)


def test_no_more_clients_than_there_is_room_for(ledger: LiveLedger, run: Callable[..., None]) -> None:
    """One too many hears when to come again; a place that is left is free."""

    async def scenario(streams: Streams) -> None:
        url = events_url(ledger.running().id)
        async with event_source(streams, url) as first, event_source(streams, url) as second:
            assert (first.status, second.status) == (200, 503)
            assert (await second.body())["code"] == "too_many_streams"
            assert second.headers["retry-after"] == "5"
        await until(lambda: not streams.places.taken)
        async with event_source(streams, url) as third:
            assert third.status == 200

    run(scenario, max_streams=1)


def test_a_client_that_does_not_read(ledger: LiveLedger, run: Callable[..., None]) -> None:
    """Whoever leaves what was sent unread is let go, over both transports, and the others are not held up."""
    big = replace(DONE, result=json.dumps({"text": "x" * 5_000_000}))

    async def scenario(streams: Streams) -> None:
        job = ledger.running()
        slow = {transport: closed(transport, "slow") for transport in ("sse", "websocket")}
        with stuck(streams, events_url(job.id)), stuck(streams, f"/ws/jobs/{job.id}", upgrade=True):
            await until(lambda: streams.places.taken == 2)
            async with event_source(streams, events_url(job.id)) as reading:
                ledger.finish(job, big)
                assert ids(await reading.rest()) == [1, 2, 3, 1000]
            await until(lambda: len(streams.feed) == 0)
        assert {transport: closed(transport, "slow") - slow[transport] for transport in slow} == {
            "sse": 1,
            "websocket": 1,
        }

    run(scenario, patience_s=0.3)


class stuck:
    """A client that asks and never reads, with as little room on its side as there can be."""

    def __init__(self, streams: Streams, path: str, *, upgrade: bool = False) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self._socket.connect(("127.0.0.1", streams.settings.streams_port))
        lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1"]
        if upgrade:
            key = ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]
            lines += ["Connection: Upgrade", "Upgrade: websocket", *key]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def test_a_message_that_went_by(ledger: LiveLedger, run: Callable[..., None]) -> None:
    """What happened while the subscription was down is told when it is back."""

    async def scenario(streams: Streams) -> None:
        job = ledger.running()
        async with event_source(streams, events_url(job.id)) as source:
            await source.next()
            ledger.client.client_kill_filter(_type="pubsub")
            ledger.finish(job)
            assert ids(await source.rest()) == [1, 2, 3, 1000]

    run(scenario)


def test_a_better_answer_that_comes_later(ledger: LiveLedger, run: Callable[..., None]) -> None:
    """While a better answer may come the stream stays open after the end, and tells of it."""

    async def scenario(streams: Streams) -> None:
        job = ledger.running()
        client = await web_socket(streams, job.id)
        seconds, _ = ledger.client.time()
        ledger.client.hset(keys.job(job.id), "refine_until_ms", (int(seconds) + 30) * 1000)
        ledger.finish(job)
        while json.loads(str(await client.read_message()))["event"] != "ended":
            pass
        ledger.client.hset(keys.job(job.id), "refined_by", "e" * 32)
        ledger.client.publish(keys.PROGRESS, job.id)
        (refined,) = await messages(client)
        assert (refined["id"], refined["event"], refined["data"]["refinedBy"]) == (1001, "refined", "e" * 32)
        assert client.close_code == 1000

    run(scenario)


def test_a_stop_lets_everybody_go(ledger: LiveLedger, settings: Settings, redis_url: str) -> None:
    """When the process stops its streams end, so that clients come back elsewhere; WebSockets hear why."""

    async def scenario() -> None:
        job = ledger.running()
        async with AsyncExitStack() as clients:
            async with serving(replace(settings, streams_port=free_port()), redis_url) as streams:
                client = await web_socket(streams, job.id)
                source = await clients.enter_async_context(event_source(streams, events_url(job.id)))
                assert [await source.next(), *ids([await source.next()])] == ["retry: 1000", 1]
            assert await source.rest() == []
            assert (len(await messages(client)), client.close_code) == (1, 1001)

    asyncio.run(scenario())


def test_what_is_there_beside_streams(run: Callable[..., None]) -> None:
    """Health, metrics, and problems for what is not there, each with the id of the request."""

    async def ask(streams: Streams, path: str) -> EventSource:
        async with event_source(streams, path, {"X-Request-Id": "mine"}) as source:
            assert source.headers["x-request-id"] == "mine"
            return source

    async def scenario(streams: Streams) -> None:
        for path in ("/health", "/health/ready", "/health/live", "/metrics"):
            assert (await ask(streams, path)).status == 200
        for path, status in (
            ("/", 404),
            ("/api/jobs/x", 404),
            ("/ws/jobs/x", 426),
            (events_url("x"), 404),
            (events_url(new_job_id(now_ms=1)), 410),
        ):
            source = await ask(streams, path)
            assert (source.status, source.headers["content-type"]) == (status, "application/problem+json")

    run(scenario)
