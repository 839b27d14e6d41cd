"""From the end of a job, or of a batch, to a message in the durable store that is to be sent."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows.errors import JobNotFound
from flows.webhooks.messages import EventType, Message, body_of, body_of_job, message_id
from tasks.job_json import job_url, job_view, time_text
from tasks.store.base import Callback, Job
from tasks.store.ledger import Ledger
from tasks.store.webhook_deliveries import WebhookDeliveries
from tasks.store.webhook_outbox import Entry, Outbox
from tasks.store.webhook_secrets import WebhookSecrets
from tasks.webhooks.guard import GuardedResolver

BATCH = 200  #: Messages per transaction.

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What front, batches and scheduled jobs do with messages; sending them is the sender's."""

    ledger: Ledger
    outbox: Outbox
    deliveries: WebhookDeliveries
    secrets: WebhookSecrets
    resolver: GuardedResolver

    def check(self, url: str, field: str = "callbackUrl") -> None:
        """Raises InvalidInput naming ``field`` for an address to which nothing would be sent."""
        self.resolver.check(url, field)

    def enqueue(
        self,
        organisation: str,
        url: str,
        event_type: EventType | str,
        data: Mapping[str, Any],
        *,
        user_id: str | None = None,
    ) -> str:
        """Store a message that is to be sent at once, and return its id.

        It is there once per type, ``data["id"]`` and address, however often this is called: call it
        before you write down that you did. Raises InvalidInput for data that are too much, and
        PortUnavailable.
        """
        id_ = message_id(event_type, data["id"], organisation, url)
        message = Message(
            organisation=organisation,
            id=id_,
            url=url,
            type=event_type,
            body=body_of(event_type, datetime.now(UTC), data),
            user_id=user_id,
        )
        self.deliveries.put([message])
        return id_

    def tell_refined(self, job: Job) -> int:
        """Tell everybody who was told of a job's end that its answer was made better since.

        ``job`` is the one that was asked for, with the better result. Returns how many are told; who
        was told before is not told again. Raises PortUnavailable.
        """
        now = datetime.now(UTC)
        view = job_view(job)
        return self.deliveries.put(
            _message(callback, EventType.JOB_REFINED, now, view, job.user_id) for callback in job.callbacks
        )

    def move(self) -> int:
        """Store all messages that wait in the outbox; returns how many were new.

        One leaves the outbox after it was stored, and is stored once however often it is moved, so
        a crash at any point loses none. Raises PortUnavailable and StoreUnavailable.
        """
        moved = 0
        for entries in self.outbox.batches(BATCH):
            moved += self.deliveries.put(self._of_entry(entry) for entry in entries)
            self.outbox.remove([entry.field for entry in entries])
        return moved

    def _of_entry(self, entry: Entry) -> Message:
        at = datetime.fromtimestamp(entry.finished_ms / 1000, UTC)
        return _message(entry.callback, f"job.{entry.state}", at, self._view(entry), entry.user_id)

    def _view(self, entry: Entry) -> dict[str, Any]:
        try:
            return job_view(self.ledger.read(entry.job_id))
        except JobNotFound:  # Its hour was over before the durable store answered again.
            log.warning("webhook_without_job", extra={"job_id": entry.job_id})
        except ValueError as error:  # One job that cannot be read must not keep all others waiting.
            log.error("webhook_job_unreadable", extra={"job_id": entry.job_id}, exc_info=error)
        return {
            "id": entry.job_id,
            "flow": entry.flow,
            "status": str(entry.state),
            "finishedAt": time_text(entry.finished_ms),
            "links": {"self": job_url(entry.job_id)},
        }


def _message(
    callback: Callback, type_: str, at: datetime, view: Mapping[str, Any], user_id: str | None
) -> Message:
    return Message(
        organisation=callback.organisation,
        id=message_id(type_, view["id"], callback.organisation, callback.url),
        url=callback.url,
        type=type_,
        body=body_of_job(type_, at, view),
        job_id=view["id"],
        user_id=user_id,
    )
