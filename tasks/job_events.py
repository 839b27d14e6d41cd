"""What happens to a job, as a stream of events: derived from its ledger entry and kept nowhere else.

The same entry gives the same events with the same ids at any time, in any process, so whoever
lost the connection goes on after the last id that it got, as long as the job is kept. Ids
grow, with a gap before the end: ``queued`` is 1, the stage at place n of the entry is n + 2,
``ended`` and ``refined`` are numbers of their own. A later attempt begins with the stages that
were saved, and only what is saved is sent: it repeats no id. Nor does a job that lost its
stages on the way to its end.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.job_json import job_url, job_view, time_text
from tasks.store.base import Job

QUEUED_ID = 1
ENDED_ID = 1_000  #: After any stage: no flow has as many.
REFINED_ID = 1_001

#: A stream stays open no longer than this after the end of its job, whatever may still come.
OPEN_AFTER_END_S = 60.0

HEARTBEAT_S = 15.0  #: A client that hears nothing for longer than this has lost its connection.
RETRY_MS = 1_000
OPENING = f"retry: {RETRY_MS}\n\n"  #: How an event stream begins: after how long to connect again.
HEARTBEAT = ": still here\n\n"  #: A comment, which clients do not see and proxies do.


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; ``data`` is JSON text."""

    id: int
    type: str
    data: str


def events_of(job: Job) -> Iterator[Event]:
    """All that has happened to the job so far, in the order of the ids."""
    created = {"id": job.id, "flow": job.flow, "createdAt": time_text(job.created_ms)}
    yield _event(QUEUED_ID, "queued", created)
    for place, stage in enumerate(job.stages):
        yield _event(QUEUED_ID + 1 + place, "stage", {"number": place + 1, **stage})
    if job.state.ended:
        yield _event(ENDED_ID, "ended", job_view(job))
    if job.refined_by:
        refined = {"id": job.id, "refinedBy": job.refined_by, "links": {"refined": job_url(job.refined_by)}}
        yield _event(REFINED_ID, "refined", refined)


def events_after(job: Job, last_id: int) -> list[Event]:
    """What the client does not have that got the event with this id; 0 is before the first."""
    return [event for event in events_of(job) if event.id > last_id]


def open_for_s(job: Job, now_ms: float) -> float:
    """How long more events may come: without end while the job is under way, 0 when it is all told."""
    if not job.state.ended:
        return math.inf
    if job.refined_by or job.refine_until_ms is None:
        return 0.0
    latest_ms = (job.finished_ms or 0) + OPEN_AFTER_END_S * 1000
    return max(0.0, (min(job.refine_until_ms, latest_ms) - now_ms) / 1000)


def sse_text(event: Event) -> str:
    """The event as server-sent events have it; data of several lines goes on as many."""
    data = "\n".join(f"data: {line}" for line in _lines(event.data))
    return f"id: {event.id}\nevent: {event.type}\n{data}\n\n"


def json_text(event: Event) -> str:
    """The event as one message of a WebSocket."""
    return f'{{"id":{event.id},"event":"{event.type}","data":{event.data}}}'


def _lines(text: str) -> list[str]:
    """Split where a reader of server-sent events does: at CR, LF or both, and nowhere else."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _event(id_: int, type_: str, data: Mapping[str, Any]) -> Event:
    return Event(id_, type_, json.dumps(data, separators=(",", ":"), ensure_ascii=False))
