"""Decisions of jobs that have ended go from Redis into the durable store."""

import logging

from flows.errors import PortUnavailable
from tasks.services import Services

log = logging.getLogger(__name__)


def store_decisions(services: Services) -> dict[str, int]:
    """Store all that wait; returns how many had which fate. A database that is away is tried again."""
    try:
        return services.decisions.move()
    except PortUnavailable as error:
        log.warning("decisions_wait", extra={"error": str(error)})
        return {}
