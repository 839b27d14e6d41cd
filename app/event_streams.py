"""Events of jobs on the front, for a bounded number of clients: each holds one of its threads.

That is for people with curl and for small installations. The streams process (``app/streams``) sends
the same bytes to thousands.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from threading import BoundedSemaphore
from time import time

from flask import Response

from app.errors import problem_response
from app.event_requests import CONTENT_TYPE, HEADERS, NO_ROOM, NO_ROOM_RETRY_AFTER_S
from config.metrics import OPEN_STREAMS, STREAMS_CLOSED
from flows.errors import JobNotFound, StoreUnavailable
from tasks.completion import Waiter, WaiterTable
from tasks.job_events import HEARTBEAT, HEARTBEAT_S, OPENING, events_after, open_for_s, sse_text
from tasks.job_json import events_url
from tasks.store.base import Job
from tasks.store.ledger import Ledger

TRANSPORT = "wsgi"
LOOK_AGAIN_S = 0.5  #: After a read that failed, whose message will not come again.


@dataclass(frozen=True, slots=True)
class EventStreams:
    """Streams over WSGI, at most as many at once as there are ``slots``.

    ``elsewhere`` is the address of the streams process, None where it is not known.
    """

    ledger: Ledger
    waiters: WaiterTable
    slots: BoundedSemaphore
    elsewhere: str | None = None
    heartbeat_s: float = HEARTBEAT_S

    def response(self, job: Job, after: int) -> Response:
        """The events of a job after the one with this id; 204 when there is nothing left to tell."""
        if not open_for_s(job, time() * 1000):
            told = [sse_text(event) for event in events_after(job, after)]
            return _streamed([OPENING, *told]) if told else _nothing_left()
        if not self.slots.acquire(blocking=False):
            return self._no_room(job.id)
        response = _streamed(self._texts(job.id, after))
        response.call_on_close(self.slots.release)
        return response

    def _no_room(self, job_id: str) -> Response:
        return problem_response(
            503,
            NO_ROOM,
            "as many streams are open here as there is room for; the streams process has more",
            headers={"Retry-After": str(NO_ROOM_RETRY_AFTER_S)},
            jobId=job_id,
            streams=self.elsewhere and self.elsewhere + events_url(job_id),
        )

    def _texts(self, job_id: str, after: int) -> Iterator[str]:
        reason = "left"  # A client that goes away ends this generator where it is.
        counted = OPEN_STREAMS.labels(TRANSPORT).track_inprogress()
        with self.waiters.waiter(job_id, progress=True) as waiter, counted:
            try:
                yield OPENING
                yield from self._until_the_end(waiter, job_id, after)
                reason = "ended"
            finally:
                STREAMS_CLOSED.labels(TRANSPORT, reason).inc()

    def _until_the_end(self, waiter: Waiter, job_id: str, after: int) -> Iterator[str]:
        left_s = math.inf
        while left_s:
            wait_s = self.heartbeat_s
            try:
                job = self.ledger.read(job_id)
            except StoreUnavailable:  # An answer that broke off would only bring the client back.
                wait_s = min(wait_s, LOOK_AGAIN_S)
            except JobNotFound:
                return  # Its person was erased, say.
            else:
                for event in events_after(job, after):
                    yield sse_text(event)
                    after = event.id
                left_s = open_for_s(job, time() * 1000)
            if left_s and not waiter.wait(min(left_s, wait_s)):
                yield HEARTBEAT


def _nothing_left() -> Response:
    """Tells a browser's EventSource not to connect again."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def _streamed(texts: Iterator[str] | list[str]) -> Response:
    return Response(texts, headers=dict(HEADERS), content_type=CONTENT_TYPE)
