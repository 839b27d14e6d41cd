"""The feed of one process: one look at the ledger per change, and nobody who has left is kept."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from threading import Event, Thread

import pytest

from app.streams.feed import JobFeed, Snapshot
from app.streams.news import is_all_told, news
from app.streams.places import Places
from app.streams.problems import NoRoom
from flows.errors import JobNotFound, StoreUnavailable
from tasks.store.base import Job, Outcome, State
from tasks.store.in_memory import InMemoryLedger
from tests.factories import new_job

STAGE = {"type": "a", "status": "ok", "ms": 1.0}
DONE = Outcome(state=State.SUCCEEDED, stages=[STAGE, STAGE], result='{"x":1}')
LONG_S = 20.0
SHORT_S = 0.02

pytestmark = pytest.mark.timeout(20)


class CountingLedger:
    """A ledger that counts how often it is read, and can be made to fail or to wait."""

    def __init__(self) -> None:
        self.ledger, self.reads = InMemoryLedger(), 0
        self.error: Exception | None = None
        self.held = Event()
        self.held.set()

    def running(self) -> Job:
        """A job under way."""
        job = new_job()
        self.ledger.accept(job, 60_000)
        started = self.ledger.start(job.id, 0, 1)
        assert started is not None
        return started

    def read(self, job_id: str) -> Job:
        """The entry as it was when the read began."""
        self.reads += 1
        job = self.ledger.read(job_id)
        self.held.wait(LONG_S)
        if self.error:
            raise self.error
        return job


def run(scenario: Callable[[JobFeed, CountingLedger], Awaitable[None]]) -> None:
    """Run a scenario with a feed of its own; nobody may be left in it."""

    async def with_feed() -> None:
        ledger = CountingLedger()
        feed = JobFeed(ledger.read)
        await scenario(feed, ledger)
        assert len(feed) == 0
        feed.close()

    asyncio.run(with_feed())


def states(snapshots: list[Snapshot | None]) -> list[str | None]:
    return [snapshot and snapshot.job.state for snapshot in snapshots]


def test_one_look_serves_everybody() -> None:
    """However many follow a job, a change of it is one look at the ledger; other jobs are not looked at."""

    async def scenario(feed: JobFeed, ledger: CountingLedger) -> None:
        job, other = ledger.running(), ledger.running()
        with ExitStack() as crowd:
            followers = [crowd.enter_context(feed.follower(job.id)) for _ in range(50)]
            assert states([await follower.next(LONG_S) for follower in followers]) == ["running"] * 50
            assert ledger.reads == 1
            ledger.ledger.finish(job, DONE)
            for job_id in (job.id, other.id, "unheard of"):
                thread = Thread(target=feed.tell, args=(job_id,))  # As a listener does.
                thread.start()
                thread.join()
            assert states([await follower.next(LONG_S) for follower in followers]) == ["succeeded"] * 50
            assert (ledger.reads, len(feed)) == (2, 50)

    run(scenario)


def test_a_change_during_a_look_is_not_missed() -> None:
    """What happens while the entry is being read is read again, once for however many messages."""

    async def scenario(feed: JobFeed, ledger: CountingLedger) -> None:
        job = ledger.running()
        ledger.held.clear()
        with feed.follower(job.id) as follower:
            while not ledger.reads:
                await asyncio.sleep(0.001)
            ledger.ledger.finish(job, DONE)
            for _ in range(5):
                feed.tell_progress(job.id)
            await asyncio.sleep(0)
            ledger.held.set()
            found = states([await follower.next(LONG_S)])
            while found[-1] != "succeeded":
                found.append(*states([await follower.next(LONG_S)]))
            assert ledger.reads == 2

    run(scenario)


def test_a_slow_follower_has_the_newest_only() -> None:
    """Whoever does not look for a while finds one snapshot, the newest, and no queue of them."""

    async def scenario(feed: JobFeed, ledger: CountingLedger) -> None:
        job = ledger.running()
        with feed.follower(job.id) as slow, feed.follower(job.id) as quick:
            await quick.next(LONG_S)
            ledger.ledger.checkpoint(job, 1, {}, [STAGE], 60_000)
            feed.tell_progress(job.id)
            await quick.next(LONG_S)
            ledger.ledger.finish(job, DONE)
            feed.tell(job.id)
            await quick.next(LONG_S)
            assert states([await slow.next(LONG_S), await slow.next(SHORT_S)]) == ["succeeded", None]

    run(scenario)


def test_a_message_that_never_came() -> None:
    """When a job has been quiet for some signs of life it is looked at without a message."""

    async def scenario(feed: JobFeed, ledger: CountingLedger) -> None:
        job = ledger.running()
        with feed.follower(job.id) as follower:
            await follower.next(LONG_S)
            ledger.ledger.finish(job, DONE)
            found = [await follower.next(SHORT_S) for _ in range(4)]
            assert states([*found, await follower.next(LONG_S)]) == [None] * 4 + ["succeeded"]

    run(scenario)


def test_a_ledger_that_comes_back() -> None:
    """A look that failed is told and made again; a job that does not exist is not looked for again."""

    async def scenario(feed: JobFeed, ledger: CountingLedger) -> None:
        ledger.error = StoreUnavailable("gone")
        with feed.follower(ledger.running().id) as follower:
            with pytest.raises(StoreUnavailable):
                await follower.next(LONG_S)
            ledger.error = None
            assert states([await follower.next(LONG_S)]) == ["running"]
        with feed.follower("unheard of") as follower:
            with pytest.raises(JobNotFound):
                await follower.next(LONG_S)
            assert await follower.next(SHORT_S) is None

    run(scenario)


def test_news_of_a_job() -> None:
    """Events come once each, with signs of life in between, and stop after the last."""

    async def scenario(feed: JobFeed, ledger: CountingLedger) -> None:
        job = ledger.running()
        with feed.follower(job.id) as follower:
            first = await follower.next(LONG_S)
            assert first is not None
            coming = news(follower, first, 0, SHORT_S)
            begun = [await anext(coming) for _ in range(3)]
            assert [event and event.id for event in begun] == [1, None, None]
            ledger.ledger.finish(job, DONE)
            feed.tell(job.id)
            rest = [event.id async for event in coming if event is not None]
            assert rest == [2, 3, 1000]
        with feed.follower(job.id) as late:
            last = await late.next(LONG_S)
            assert last is not None
            assert (is_all_told(last, 1000), is_all_told(last, 3), is_all_told(first, 1)) == (
                True,
                False,
                False,
            )

    run(scenario)


def test_who_is_dismissed_hears_no_more() -> None:
    """A client that left, or a process that stops, ends the news at once; the first reason stays."""

    async def scenario(feed: JobFeed, ledger: CountingLedger) -> None:
        with feed.follower(ledger.running().id) as follower:
            first = await follower.next(LONG_S)
            assert first is not None
            coming = news(follower, first, 0, LONG_S)
            assert await anext(coming)
            asyncio.get_running_loop().call_later(0.01, feed.dismiss_all, "stopping")
            assert [event async for event in coming] == []
            follower.dismiss("left")
            assert follower.dismissed == "stopping"

    run(scenario)


def test_places_are_given_back() -> None:
    """There is room for so many and no more, and again for whoever comes after one that broke off."""
    places = Places(2)
    with places.place("sse"):
        with pytest.raises(ZeroDivisionError), places.place("websocket"):
            raise ZeroDivisionError
        with places.place("sse"), pytest.raises(NoRoom), places.place("sse"):
            pass
    assert places.taken == 0
