"""The language model stays loaded, and what it takes is known."""

import logging
from typing import Any

from flows.errors import PortUnavailable, StoreUnavailable
from tasks.services import Services

log = logging.getLogger(__name__)


def keep_warm(services: Services) -> dict[str, Any]:
    """Look after the model, where one is configured; returns what came of it."""
    if services.model_care is None:
        return {}
    try:
        return services.model_care.look_after()
    except (PortUnavailable, StoreUnavailable) as error:  # A minute later it is tried again.
        log.warning("model_not_looked_after", extra={"error": str(error)})
        return {}
