"""News of jobs for everybody who follows one in this process: one subscription, one look per change.

When a job gets on or ends, its entry is read once, in a thread, and everybody who follows it
gets the same snapshot. A follower holds the newest snapshot and no queue: one that is slow
skips to it, and no news pile up in memory however slow it is. All of it runs in the event loop
but what the listener's thread calls.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from flows.errors import ServiceError, StoreUnavailable
from tasks.job_events import Event, events_of
from tasks.store.base import Job

READERS = 4  #: Threads that read the ledger.
LOOK_WHEN_QUIET = 4  #: Signs of life after which a job is looked at that nobody heard of.
LOOK_AGAIN_S = 0.5  #: After a read that failed, whose message will not come again.


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A job as it was read, and all that had happened to it by then."""

    job: Job
    events: tuple[Event, ...]


class Follower:
    """One client's view of one job."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._news = asyncio.Event()
        self._newest: Snapshot | ServiceError | None = None
        self._quiet = 0
        self.dismissed = ""  #: Why, once there will be no more news.

    async def next(self, seconds: float) -> Snapshot | None:
        """The newest snapshot once there is one that was not seen; None after that time, or when dismissed.

        Raises ServiceError when the entry could not be read; the next one may be there again.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            self._quiet += 1  # A message may be lost without a sign; then a look finds what it told of.
            if self._quiet % LOOK_WHEN_QUIET == 0:
                self._look()
            return None
        self._news.clear()
        if self.dismissed:
            return None
        if isinstance(self._newest, ServiceError):
            raise self._newest
        return self._newest

    def tell(self, found: Snapshot | ServiceError) -> None:
        """Here is what the entry is now."""
        self._newest = found
        self._news.set()

    def dismiss(self, reason: str) -> None:
        """No more news: the client has left, or this process is stopping."""
        self.dismissed = self.dismissed or reason
        self._news.set()


@dataclass(slots=True)
class _Followed:
    """A job with those who follow it. ``again``: it changed while it was being read."""

    followers: set[Follower] = field(default_factory=set)
    reading: "asyncio.Task[None] | None" = None
    again: bool = False


class JobFeed:
    """Who follows which job. ``read`` is the ledger's; a listener may be given this as its table."""

    def __init__(self, read: Callable[[str], Job]) -> None:
        self._read = read
        self._followed: dict[str, _Followed] = {}
        self._loop = asyncio.get_running_loop()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="ledger-reader")

    def __len__(self) -> int:
        return sum(len(followed.followers) for followed in self._followed.values())

    @contextmanager
    def follower(self, job_id: str) -> Iterator[Follower]:
        """Follow a job inside this context, from now on; nothing is left behind after it."""
        follower = Follower(lambda: self._look(job_id))
        followed = self._followed.setdefault(job_id, _Followed())
        followed.followers.add(follower)
        self._look(job_id)
        try:
            yield follower
        finally:
            followed.followers.discard(follower)
            if not followed.followers:
                del self._followed[job_id]

    def dismiss_all(self, reason: str) -> None:
        """No more news for anybody."""
        for followed in self._followed.values():
            for follower in followed.followers:
                follower.dismiss(reason)

    def close(self) -> None:
        """Read no more."""
        self._readers.shutdown()

    def tell(self, job_id: str) -> None:
        """From the listener's thread: the job has ended. Most are followed by nobody here."""
        if job_id in self._followed:
            self._loop.call_soon_threadsafe(self._look, job_id)

    def tell_progress(self, job_id: str) -> None:
        """From the listener's thread: something was saved of the job on its way."""
        self.tell(job_id)

    def tell_all(self) -> None:
        """From the listener's thread: anything may have happened."""
        self._loop.call_soon_threadsafe(self._look_at_all)

    def _look_at_all(self) -> None:
        for job_id in self._followed:
            self._look(job_id)

    def _look(self, job_id: str) -> None:
        followed = self._followed.get(job_id)
        if followed is None:
            return
        followed.again = True
        if followed.reading is None:
            followed.reading = self._loop.create_task(self._read_all_news(job_id, followed))

    async def _read_all_news(self, job_id: str, followed: _Followed) -> None:
        try:
            while followed.again and followed.followers:
                followed.again = False
                found = await self._loop.run_in_executor(self._readers, self._snapshot, job_id)
                for follower in followed.followers:
                    follower.tell(found)
                if isinstance(found, StoreUnavailable):
                    self._loop.call_later(LOOK_AGAIN_S, self._look, job_id)
        finally:
            followed.reading = None

    def _snapshot(self, job_id: str) -> Snapshot | ServiceError:
        try:
            job = self._read(job_id)
        except ServiceError as error:
            return error
        return Snapshot(job, tuple(events_of(job)))
