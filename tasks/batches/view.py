"""A batch and its members as they are told outside: over HTTP, in callbacks, on the command line."""

import json
from datetime import datetime
from typing import Any

from tasks.batches.model import Batch, BatchState, Member
from tasks.store.base import State


def batch_url(id_: str) -> str:
    """Where to ask for the batch."""
    return f"/api/batches/{id_}"


def batch_view(batch: Batch, now: datetime) -> dict[str, Any]:
    """The batch's representation."""
    seconds = batch.seconds_left(now)
    return {
        "id": batch.id,
        "status": batch.state,
        "request": batch.request,
        "members": batch.members,
        "counts": {**{state.value: batch.counts[state] for state in State}, "erased": batch.erased},
        "progress": round(batch.progress, 4),
        "secondsLeft": None if seconds is None else round(seconds, 1),
        "createdAt": _time(batch.created_at),
        "startedAt": _time(batch.started_at),
        "finishedAt": _time(batch.finished_at),
        "callbackUrl": batch.callback_url,
        "links": _links(batch),
    }


def finished_data(batch: Batch) -> dict[str, Any]:
    """What is said of a batch that has finished. ``id`` is another one for each run, and the same when a run
    is told of again.
    """
    run = batch.started_at or batch.created_at
    counts = {state.value: count for state, count in batch.counts.items() if state.ended}
    url = batch_url(batch.id)
    return {
        "id": f"{batch.id}-{int(run.timestamp() * 1000)}",
        "batchId": batch.id,
        "counts": counts,
        "links": {"self": url, "results": f"{url}/results"},
    }


def member_view(member: Member) -> dict[str, Any]:
    """One member, without the result. A member that was never started has no job."""
    return {
        "userId": member.user_id,
        "status": member.state,
        "goal": member.goal,
        "attempts": member.attempts,
        "finishedAt": _time(member.finished_at),
        "problem": member.problem,
        "jobId": None if member.state is State.QUEUED else member.job_id,
    }


def result_text(member: Member) -> str:
    """A member with the result, as JSON text; the result is put in as it is stored."""
    view = {"userId": member.user_id, "status": member.state, "problem": member.problem}
    head = json.dumps(view, separators=(",", ":"), ensure_ascii=False)
    return f'{head[:-1]},"result":{member.result or "null"}}}'


def _links(batch: Batch) -> dict[str, str]:
    url = batch_url(batch.id)
    links = {"self": url, "members": f"{url}/members", "results": f"{url}/results"}
    if not batch.state.ended:
        links["cancel"] = url
    if batch.counts[State.FAILED] and batch.state is not BatchState.CANCELLED:
        links["retry"] = f"{url}/retry"
    return links


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds") if moment else None
