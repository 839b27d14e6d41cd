"""What a message says: its type, its time, and what it is about, in less than 20 kB."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from flows.errors import InvalidInput

MOST_BYTES = 20_000

#: What is left out of a job, one after the other, until it is small enough; its links lead to the rest.
LEFT_OUT = ("result", "stages", "problem")


class EventType(StrEnum):
    """What a message tells."""

    JOB_SUCCEEDED = "job.succeeded"
    JOB_FAILED = "job.failed"
    JOB_CANCELLED = "job.cancelled"
    JOB_REFINED = "job.refined"
    BATCH_FINISHED = "batch.finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one address. ``id`` stays the same however often it is sent.

    ``body`` is what is sent, to the byte. ``user_id`` is the person whom it is about, if it is about one.
    """

    organisation: str
    id: str
    url: str
    type: str
    body: str
    job_id: str | None = None
    user_id: str | None = None


def message_id(type_: str, about: str, organisation: str, url: str) -> str:
    """The id of the message that tells an address this of a job or batch: the same each time."""
    text = json.dumps([type_, about, organisation, url])
    return "msg_" + hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def body_of(type_: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The text of a message, as ASCII. Raises InvalidInput for data that are too much."""
    text = _text(type_, at, data)
    if len(text) >= MOST_BYTES:
        raise InvalidInput(f"a webhook holds less than {MOST_BYTES} bytes")
    return text


def body_of_job(type_: str, at: datetime, job: Mapping[str, Any]) -> str:
    """The same for a job as clients see it; ``omitted`` names what had to be left out."""
    text, omitted = _text(type_, at, job), []
    for name in LEFT_OUT:
        if len(text) < MOST_BYTES:
            break
        omitted.append(name)
        kept = {key: value for key, value in job.items() if key not in omitted}
        text = _text(type_, at, {**kept, "omitted": omitted})
    return text


def _text(type_: str, at: datetime, data: Mapping[str, Any]) -> str:
    timestamp = at.astimezone(UTC).isoformat(timespec="milliseconds")
    body = {"type": type_, "timestamp": timestamp, "data": data}
    return json.dumps(body, separators=(",", ":"), allow_nan=False)
