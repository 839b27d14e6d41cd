"""Members of batches are handed to the workers, and what came of them is collected."""

import logging

from flows.errors import PortUnavailable, StoreUnavailable
from tasks.batches.feeder import feed
from tasks.services import Services

log = logging.getLogger(__name__)


def feed_batches(services: Services) -> dict[str, int]:
    """One turn; returns how many had which fate. Without database or Redis the next one tries again."""
    try:
        return feed(services)
    except (PortUnavailable, StoreUnavailable) as error:
        log.warning("batches_wait", extra={"error": str(error)})
        return {}
