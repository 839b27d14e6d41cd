"""Messages to callers' addresses go from the outbox into the durable store, and from there out."""

import logging

from flows.errors import PortUnavailable
from tasks.services import Services

#: Less than a tick, so that each tick finds the one before at its end.
FOR_S = 0.8

log = logging.getLogger(__name__)


def store_webhooks(services: Services) -> int:
    """Store all messages that wait; returns how many were new. A database that is away is tried again."""
    try:
        return services.webhooks.move()
    except PortUnavailable as error:
        log.warning("webhooks_wait", extra={"error": str(error)})
        return 0


def send_webhooks(services: Services) -> int:
    """Send what is due; returns how many messages that were.

    What has just come in is fetched first: a message waits for one tick of the clock and not for two.
    """
    try:
        services.webhooks.move()
        sent = services.webhook_sender.send_due(FOR_S)
        services.webhook_sender.observe()
    except PortUnavailable as error:
        log.warning("webhooks_wait", extra={"error": str(error)})
        return 0
    return sent
