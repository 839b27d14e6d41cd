"""What one client is sent, whatever carries it: events as they come, and a sign of life between them."""

from collections.abc import AsyncIterator
from time import time

from app.streams.feed import Follower, Snapshot
from flows.errors import JobNotFound, StoreUnavailable
from tasks.job_events import Event, open_for_s


def is_all_told(snapshot: Snapshot, after: int) -> bool:
    """True when nothing is left for a client that has the event with this id, and nothing will come."""
    last = snapshot.events[-1].id
    return last <= after and not open_for_s(snapshot.job, time() * 1000)


async def news(
    follower: Follower, snapshot: Snapshot, after: int, heartbeat_s: float
) -> AsyncIterator[Event | None]:
    """The events after the one with this id, to the last; None whenever nothing came for ``heartbeat_s``."""
    while not follower.dismissed:
        for event in snapshot.events:
            if event.id > after:
                yield event
                after = event.id
        left_s = open_for_s(snapshot.job, time() * 1000)
        if not left_s:
            return
        try:
            found = await follower.next(min(left_s, heartbeat_s))
        except StoreUnavailable:
            continue  # Its return brings a snapshot; a stream that broke off would only be asked for again.
        except JobNotFound:
            return  # Its person was erased, say.
        if found is not None:
            snapshot = found
        elif not follower.dismissed:
            yield None
