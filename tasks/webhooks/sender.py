"""Sends messages that are due, several at a time; a receiver that is slow holds up none but its own.

Delivery is at least once: a sender that is killed after the receiver took a message sends it again, with
the same ``webhook-id``, and receivers go by that.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from random import Random
from time import monotonic, time

from config.metrics import WEBHOOK_OLDEST_SECONDS, WEBHOOKS, WEBHOOKS_WAITING
from flows.errors import ServiceError
from flows.webhooks.schedule import Answer, Fate, Verdict, judge
from flows.webhooks.signing import headers
from tasks.store.webhook_deliveries import Delivery, DeliveryState, WebhookDeliveries
from tasks.store.webhook_secrets import WebhookSecrets

SENDERS = 8
PER_ADDRESS = 2  #: Messages that may be on their way to one address: one receiver cannot take all senders.
LEASE = timedelta(seconds=30)  #: Twice what an attempt takes at most.

STATES = {
    Fate.DELIVERED: DeliveryState.DELIVERED,
    Fate.FAILED: DeliveryState.PENDING,
    Fate.THROTTLED: DeliveryState.PENDING,
    Fate.DISABLED: DeliveryState.DISABLED,
    Fate.DEAD: DeliveryState.DEAD,
}

#: Sends one message: address, headers, body.
Send = Callable[[str, Mapping[str, str], bytes], Answer]

log = logging.getLogger(__name__)


class WebhookSender:
    """The senders of one process. Its threads are started when the first message is due."""

    def __init__(
        self,
        deliveries: WebhookDeliveries,
        secrets: WebhookSecrets,
        send: Send,
        *,
        now_s: Callable[[], float] = time,
        random: Random | None = None,
    ) -> None:
        self._deliveries, self._secrets, self._send = deliveries, secrets, send
        self._now_s, self._random = now_s, random or Random()
        self._threads = ThreadPoolExecutor(SENDERS, thread_name_prefix="webhook")
        self._busy: set[Future[None]] = set()

    def send_due(self, for_s: float) -> int:
        """Hand what is due to senders that are free, for so many seconds or until nothing is left.

        Returns how many messages that were. Those that are still on their way are not waited for.
        One thread at a time may call this. Raises PortUnavailable.
        """
        until, handed = monotonic() + for_s, 0
        while True:
            claimed = self._deliveries.claim(self._free(), PER_ADDRESS, LEASE)
            self._busy |= {self._threads.submit(self._attempt, delivery) for delivery in claimed}
            handed += len(claimed)
            left_s = until - monotonic()
            if left_s <= 0 or not self._busy:
                return handed
            wait(self._busy, left_s, FIRST_COMPLETED)

    def finish(self) -> None:
        """Wait for what is on its way."""
        wait(self._busy)

    def observe(self) -> None:
        """Say how much is to be sent, and how late the latest is. Raises PortUnavailable."""
        count, oldest_s = self._deliveries.waiting()
        WEBHOOKS_WAITING.set(count)
        WEBHOOK_OLDEST_SECONDS.set(oldest_s)

    def _free(self) -> int:
        self._busy = {future for future in self._busy if not future.done()}
        return SENDERS - len(self._busy)

    def _attempt(self, delivery: Delivery) -> None:
        try:
            self.attempt(delivery)
        except Exception as error:  # The lease ends, and the message is sent again.
            expected = isinstance(error, ServiceError)
            shown = {"delivery_id": delivery.id, "error": str(error)}
            log.error("webhook_attempt_lost", extra=shown, exc_info=None if expected else error)

    def attempt(self, delivery: Delivery) -> Verdict:
        """Send a message that was claimed, and write down what came of it. Raises PortUnavailable."""
        body = delivery.body.encode()
        secrets = [secret.text for secret in self._secrets.in_force(delivery.organisation)]
        signed = headers(secrets, delivery.id, int(self._now_s()), body)
        answer = self._send(delivery.url, signed, body)
        verdict = judge(answer, delivery.attempts, self._random)
        self._conclude(delivery, answer, verdict)
        return verdict

    def _conclude(self, delivery: Delivery, answer: Answer, verdict: Verdict) -> None:
        self._deliveries.conclude(
            delivery,
            STATES[verdict.fate],
            status=answer.status,
            error=answer.error or None,
            wait_s=verdict.wait_s,
        )
        if verdict.fate is Fate.DISABLED:
            self._deliveries.disable(delivery.organisation, delivery.url)
        if verdict.fate is Fate.THROTTLED and verdict.wait_s is not None:
            self._deliveries.postpone(delivery.organisation, delivery.url, verdict.wait_s)
        WEBHOOKS.labels(verdict.fate).inc()
        said = {"delivery_id": delivery.id, "job_id": delivery.job_id, "attempt": delivery.attempts}
        log.info("webhook", extra={**said, "status": answer.status, "fate": verdict.fate})
