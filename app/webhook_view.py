"""Webhooks as clients see them."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.errors import InvalidInput
from flows.ports import Cursor
from tasks.store.webhook_deliveries import Delivery, DeliveryState
from tasks.store.webhook_secrets import Secret

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CURSOR = re.compile(r"([0-9]{1,17})-(msg_[0-9a-f]{32})")


def secrets_view(secrets: Sequence[Secret]) -> dict[str, Any]:
    """The secrets in force, the current one first."""
    return {
        "secrets": [
            {
                "number": secret.number,
                "secret": secret.text,
                "createdAt": _time(secret.created_at),
                "expiresAt": _time(secret.expires_at),
            }
            for secret in secrets
        ]
    }


def delivery_view(delivery: Delivery) -> dict[str, Any]:
    """A message and what became of it."""
    pending = delivery.state is DeliveryState.PENDING
    return {
        "id": delivery.id,
        "type": delivery.type,
        "jobId": delivery.job_id,
        "url": delivery.url,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "createdAt": _time(delivery.created_at),
        "nextAttemptAt": _time(delivery.due_at) if pending else None,
        "finishedAt": _time(delivery.finished_at),
        "lastStatus": delivery.last_status,
        "lastError": delivery.last_error,
        "payload": json.loads(delivery.body),
    }


def list_view(deliveries: Sequence[Delivery], limit: int) -> dict[str, Any]:
    """The first ``limit`` of the messages; where the list goes on after them, if it does."""
    shown = deliveries[:limit]
    return {
        "deliveries": [delivery_view(delivery) for delivery in shown],
        "next": _cursor(shown[-1]) if len(deliveries) > limit else None,
    }


def disabled_view(disabled: Sequence[tuple[str, datetime]]) -> dict[str, Any]:
    """Addresses that want nothing, and since when."""
    return {"disabled": [{"url": url, "disabledAt": _time(at)} for url, at in disabled]}


def place_of(cursor: str | None) -> Cursor | None:
    """The place in a list that a cursor names; raises InvalidInput for what is no cursor."""
    if cursor is None:
        return None
    found = CURSOR.fullmatch(cursor)
    if not found:
        raise InvalidInput("must be the next of a list", field="?before")
    return EPOCH + int(found[1]) * MICROSECOND, found[2]


def _cursor(delivery: Delivery) -> str:
    return f"{(delivery.created_at - EPOCH) // MICROSECOND}-{delivery.id}"


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")
